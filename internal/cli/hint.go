package cli

import (
	"bufio"
	"bytes"
	"fmt"
	"strings"

	"github.com/assay-dev/assay/internal/charset"
	"github.com/assay-dev/assay/internal/detect"
	"github.com/assay-dev/assay/internal/engine"
	"github.com/assay-dev/assay/internal/service"
	"github.com/assay-dev/assay/internal/stream"
)

// What is tried to make a refused header fit.
const hintLines = 100 // in front of it, as many as peek looks for

type delimiter struct {
	byte byte
	name string
}

var hintDelimiters = []delimiter{{',', "commas"}, {';', "semicolons"}, {'\t', "tabs"}, {'|', "pipes"}}

// hint says what would make a file fit whose header the contract refuses, or nothing: a header further down, another delimiter,
// names of one set. It is for people with a file in their hands; nothing is read otherwise for it.
func (c *scoreCmd) hint(p *engine.Program, in *input) string {
	if !p.HasHeader() {
		return ""
	}
	text := behind(in.head, c.SkipLines)
	if _, err := p.Header(text, true, 0); err == nil {
		return "" // it is not the header
	}
	for skip := range hintLines + 1 {
		below := behind(in.head, skip)
		if len(below) == 0 {
			break
		}
		for _, d := range append([]delimiter{{byte: p.Delimiter()}}, hintDelimiters...) {
			if h, err := p.Header(below, true, d.byte); err == nil {
				return join(c.skipHint(skip, skip+int(h.Line)), c.delimiterHint(p, d.byte))
			}
		}
	}
	// Nothing would make it fit as a whole. What is likely is told all the same.
	if mixed := mixHint(p, text); mixed != "" {
		return mixed
	}
	if seen := lookHint(in, c.SkipLines); seen != "" {
		return seen
	}
	return c.delimiterHint(p, oneCell(p, text))
}

// behind gives the text behind so many lines.
func behind(text []byte, lines int) []byte {
	_, n, _ := stream.Skip(bufio.NewReader(bytes.NewReader(text)), lines, charset.UTF8) // memory is always read
	return text[n:]
}

func join(hints ...string) string {
	var some []string
	for _, h := range hints {
		if h != "" {
			some = append(some, h)
		}
	}
	return strings.Join(some, "\n  ")
}

// skipHint says on which line a header stands that fits when so many lines are left out. Blank lines may stand in between.
func (c *scoreCmd) skipHint(skip, line int) string {
	switch {
	case skip == c.SkipLines:
		return ""
	case line == 1:
		return "the header stands on line 1: no --skip-lines"
	}
	return fmt.Sprintf("the header stands on line %d: --skip-lines %d leaves out what is in front of it", line, line-1)
}

// lookHint says, with no regard to a contract, that a file is no CSV at all, or that other lines than the first skipped ones seem to
// be no part of the table.
func lookHint(in *input, skipped int) string {
	r := detect.Read(in.head, in.whole, detect.Declared{})
	for _, x := range r.Problems {
		if x.Kind == detect.KindNotCSV {
			return strings.TrimSuffix(x.Text+": "+x.Guess, ": ")
		}
	}
	if n := r.Skip.Value; n > 0 && n != skipped && len(r.Columns) > 1 {
		return fmt.Sprintf("--skip-lines %d leaves out what seems to stand in front of the table (%s)", n, detect.Visible(r.Skip.Evidence))
	}
	return ""
}

// delimiterHint says that cells are separated by d, which is not the contract's delimiter; 0 says nothing.
func (c *scoreCmd) delimiterHint(p *engine.Program, d byte) string {
	if d == 0 || d == p.Delimiter() {
		return ""
	}
	file, first := c.Contract, ""
	if service.IsPack(c.Contract) {
		file, first = "DIR/feed.yaml", fmt.Sprintf("assay create --from %s DIR copies it, and ", c.Contract)
	}
	return fmt.Sprintf("the header is separated by %s, the contract says %s: %scsv: {delimiter: %s} in %s changes that",
		delimiterName(d), delimiterName(p.Delimiter()), first, yamlQuoted(string(rune(d))), file)
}

func delimiterName(b byte) string {
	for _, d := range hintDelimiters {
		if d.byte == b {
			return d.name
		}
	}
	return detect.Visible(string(rune(b)))
}

// oneCell gives the delimiter that makes most cells of a header that is one cell to the contract, or 0.
func oneCell(p *engine.Program, text []byte) (best byte) {
	h, _ := p.Header(text, true, 0) // that it is refused is known
	if h == nil || len(h.Names) > 1 {
		return 0
	}
	most := 1
	for _, d := range hintDelimiters {
		if h, _ := p.Header(text, true, d.byte); h != nil && len(h.Names) > most {
			best, most = d.byte, len(h.Names)
		}
	}
	return best
}

// mixHint says which names of a header are of which name set, when they are of several.
func mixHint(p *engine.Program, text []byte) string {
	h, _ := p.Header(text, true, 0)
	if h == nil {
		return ""
	}
	shares := p.NameSets(h.Names)
	if len(shares) < 2 {
		return ""
	}
	var parts []string
	for _, share := range shares {
		names := make([]string, len(share.Names))
		for i, n := range share.Names {
			names[i] = detect.Visible(n)
		}
		of := "the contract's own"
		if share.Set != "" {
			of = "set " + share.Set
		}
		parts = append(parts, of+": "+strings.Join(names, ", "))
	}
	return "the header mixes name sets, and all its names must be of one: " + strings.Join(parts, "; ")
}
