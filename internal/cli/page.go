package cli

import (
	"os"
	"slices"
	"strings"

	"golang.org/x/term"

	"github.com/assay-dev/assay/internal/detect"
)

// page is text for people, as wide as their terminal.
type page struct {
	strings.Builder
	width int
	ink   bool // colours
}

// plainWidth is the width of a page that does not go to a terminal.
const plainWidth = 100

// newPage makes a page for standard output.
func newPage(s *streams) *page {
	p := &page{width: plainWidth}
	if !isTerminal(s.outFile) {
		return p
	}
	p.ink = os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" // see no-color.org
	if width, _, err := term.GetSize(int(s.outFile.Fd())); err == nil && width > 0 {
		p.width = max(width, 40)
	}
	return p
}

// The inks of a terminal.
const (
	bold   = "1"
	dim    = "2"
	red    = "31"
	yellow = "33"
)

// in gives text in an ink, where the page has inks.
func (p *page) in(ink, text string) string {
	if !p.ink || text == "" {
		return text
	}
	return "\x1b[" + ink + "m" + text + "\x1b[0m"
}

func (p *page) line(text string) { p.WriteString(strings.TrimRight(text, " ") + "\n") }

// section begins a part of the page.
func (p *page) section(title string) { p.line("\n" + p.in(bold, title)) }

// grid is a table: a line of titles, and lines of cells below.
type grid struct {
	titles []string
	right  []bool // columns of numbers
	dim    []bool
	rows   [][]string
	least  int // to which columns may be cut, if they are longer
}

// indent stands in front of every line of a section, gap between columns.
const (
	indent = "  "
	gap    = "  "
)

// grid writes a table. Long cells are cut where it would be wider than the page, the longest first; when that does not do,
// columns at the end are left out. It gives how many columns are shown.
func (p *page) grid(g *grid) int {
	widths := make([]int, len(g.titles))
	for j, t := range g.titles {
		widths[j] = textWidth(t)
	}
	for _, row := range g.rows {
		for j := range row {
			row[j] = detect.Visible(row[j])
			widths[j] = max(widths[j], textWidth(row[j]))
		}
	}
	shown := squeeze(widths, p.width-len(indent), g.least)
	p.gridLine(g, widths[:shown], g.titles, true)
	for _, row := range g.rows {
		p.gridLine(g, widths[:shown], row, false)
	}
	return shown
}

func (p *page) gridLine(g *grid, widths []int, cells []string, title bool) {
	line := indent
	for j, w := range widths {
		if j > 0 {
			line += gap
		}
		text, right := cutWidth(cells[j], w), g.right != nil && g.right[j]
		if right || j < len(widths)-1 {
			text = padded(text, w, right)
		} else {
			text = strings.TrimRight(text, " ")
		}
		if title || g.dim != nil && g.dim[j] {
			text = p.in(dim, text)
		}
		line += text
	}
	p.line(line)
}

// squeeze lessens widths until they have room beside each other, none below least if it was longer, and gives how many have.
func squeeze(widths []int, room, least int) int {
	shown := len(widths)
	for ; shown > 1; shown-- {
		if narrow(widths[:shown], least)+len(gap)*(shown-1) <= room {
			break
		}
	}
	room -= len(gap) * (shown - 1)
	most := slices.Max(append(slices.Clone(widths[:shown]), 1))
	for most > 1 && narrow(widths[:shown], most) > room {
		most--
	}
	for j := range shown {
		widths[j] = min(widths[j], most)
	}
	return shown
}

// narrow gives the sum of widths when none is more than most.
func narrow(widths []int, most int) int {
	sum := 0
	for _, w := range widths {
		sum += min(w, most)
	}
	return sum
}
