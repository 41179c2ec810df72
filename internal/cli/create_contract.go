package cli

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/assay-dev/assay/internal/charset"
	"github.com/assay-dev/assay/internal/detect"
	"github.com/assay-dev/assay/internal/flow"
)

// contractWriter writes a contract for what has been found out of a sample.
type contractWriter struct {
	reading  *detect.Reading
	declared []contractLine
	left     []string // what is said of columns that a contract cannot name
}

// contractLine is a column: its name, what is said of it, and a comment.
type contractLine struct {
	name, value, comment string
	field                *flow.Field
}

// How the lines are laid out, in characters. Longer names and values push what follows to the right.
const (
	nameAt        = 32
	valueAt       = 80
	commentWidth  = 110
	evidenceWidth = 160
)

// columns makes the lines of the columns. A header tells columns apart by their names, trimmed and in any case (CSV rule 10):
// those without one, or with another's, cannot be declared; the engine keeps them as they are.
func (w *contractWriter) columns() {
	r := w.reading
	byName := map[string][]int{}
	for i := range r.Columns {
		name := strings.ToLower(headerName(&r.Columns[i]))
		byName[name] = append(byName[name], i)
	}
	for i := range r.Columns {
		c := &r.Columns[i]
		name := c.Field.Name
		if r.Header.Value {
			name = headerName(c)
			same := byName[strings.ToLower(name)]
			switch {
			case name == "":
				w.left = append(w.left, fmt.Sprintf("column %d (no name)", i+1))
				continue
			case len(same) > 1:
				if i == same[0] {
					w.left = append(w.left, fmt.Sprintf("columns %s (all called %s)", numbers(same), name))
				}
				continue
			case strings.TrimSpace(name) != name: // blanks that the engine does not take off a name, and a contract cannot write
				w.left = append(w.left, fmt.Sprintf("column %d (odd blanks around its name)", i+1))
				continue
			}
		}
		w.declared = append(w.declared, contractLine{yamlText(name) + ":", valueText(&c.Field), evidenceText(c), &c.Field})
	}
}

// headerName gives the name by which the engine knows a column of the header.
func headerName(c *detect.Column) string { return strings.Trim(c.Header, " \t\r\n") }

// numbers lists columns, from 1.
func numbers(columns []int) string {
	list := make([]string, len(columns))
	for i, c := range columns {
		list[i] = strconv.Itoa(c + 1)
	}
	return enumeration(list)
}

// text gives the whole contract.
func (w *contractWriter) text(file string, evidence bool) []byte {
	r := w.reading
	var b strings.Builder
	part := ""
	if !r.Complete {
		part = "the first " + bytesText(int64(r.Bytes)) + " of "
	}
	comment(&b, "", fmt.Sprintf("Written by assay create from %s%s: its types read all %s there that are not refused. Behind each column "+
		"stands why it is taken so: read it before you rely on it.", part, filepath.Base(file), count(r.Rows, "row")))
	for i := range r.Problems {
		if x := &r.Problems[i]; x.Level == detect.File {
			comment(&b, "", strings.TrimSuffix("The file cannot be read as it is: "+x.Text+"; "+x.Guess, "; "))
		}
	}
	fmt.Fprintf(&b, "feed: %s\nversion: 1\n%s\ncolumns:\n", yamlText(feedName(file)), csvBlock(r))
	name, value := 0, 0
	for _, l := range w.declared {
		name = max(name, min(textWidth(l.name), nameAt))
	}
	for _, l := range w.declared {
		if n := textWidth(l.value); n <= valueAt {
			value = max(value, n)
		}
	}
	for _, l := range w.declared {
		head := "  " + padded(l.name, name, false) + " "
		switch {
		case textWidth(l.value) > valueAt:
			if evidence {
				comment(&b, "  ", l.comment)
			}
			if textWidth(l.value) > commentWidth && l.field.Type == flow.Category {
				l.value = folded(l.field)
			}
			b.WriteString(head + l.value + "\n")
		case evidence:
			b.WriteString(head + padded(l.value, value, false) + "  # " + l.comment + "\n")
		default:
			b.WriteString(head + l.value + "\n")
		}
	}
	if n := len(w.left); n > 0 {
		list := w.left[:min(n, maxListed)]
		if n > len(list) {
			list = append(list, count(int64(n-len(list)), "other"))
		}
		comment(&b, "  ", "Not declared, as a contract tells columns by their names; they are kept as they come: "+enumeration(list))
	}
	return []byte(b.String())
}

// folded breaks the labels of a category into lines.
func folded(f *flow.Field) string {
	var b strings.Builder
	b.WriteString(columnText(f, ""))
	width := commentWidth
	for i, l := range f.Labels {
		l = yamlText(l)
		if i < len(f.Labels)-1 {
			l += ","
		}
		if width += 1 + textWidth(l); width > commentWidth {
			b.WriteString("\n     ")
			width = 5 + textWidth(l)
		}
		b.WriteString(" " + l)
	}
	b.WriteString("]}")
	return b.String()
}

// comment writes a comment, wrapped.
func comment(b *strings.Builder, indent, text string) {
	for _, line := range wrapped(detect.Visible(text), commentWidth) {
		b.WriteString(indent + "# " + line + "\n")
	}
}

// csvBlock says how the input is written, where that is not the default.
func csvBlock(r *detect.Reading) string {
	var keys []string
	add := func(key, value string, usual bool) {
		if !usual {
			keys = append(keys, key+": "+value)
		}
	}
	add("delimiter", yamlQuoted(string(rune(r.Delimiter.Value))), r.Delimiter.Value == ',')
	add("quote", yamlQuoted(string(rune(r.Quote.Value))), r.Quote.Value == '"')
	add("escape", yamlQuoted(string(rune(r.Escape.Value))), r.Escape.Value == r.Quote.Value)
	add("header", "never", r.Header.Value)
	add("charset", r.Charset.Value.String(), r.Charset.Value == charset.UTF8)
	add("trim", "true", !r.Trim.Value)
	if len(keys) == 0 {
		return ""
	}
	return "csv: {" + strings.Join(keys, ", ") + "}\n"
}

// columnText gives what a contract says of a column; of a category with labels at its end.
func columnText(f *flow.Field, labels string) string {
	text := "{type: " + typeText(f)
	if f.Type == flow.Decimal {
		text = "{type: " + yamlQuoted(typeText(f)) // its comma would end it
	}
	if f.Unit != "" {
		text += ", unit: " + f.Unit
	}
	for _, k := range []struct {
		name string
		set  bool
	}{{"required", f.Required}, {"key", f.Key}, {"pii", f.PII}} {
		if k.set {
			text += ", " + k.name + ": true"
		}
	}
	if f.Type != flow.Category {
		return text + "}"
	}
	text += ", unknown: keep"
	if !f.Required {
		text += ", empty: null"
	}
	return text + ", values: [" + labels
}

// valueText gives what a contract says of a column, in one line.
func valueText(f *flow.Field) string {
	labels := make([]string, len(f.Labels))
	for i, l := range f.Labels {
		labels[i] = yamlText(l)
	}
	return columnText(f, strings.Join(labels, ", ")+"]}")
}

// evidenceText gives the evidence for a column, and what else there is to know.
func evidenceText(c *detect.Column) string {
	parts := []string{c.Evidence}
	if c.PII != "" {
		parts = append(parts, "pii: "+c.PII)
	}
	return cutWidth(detect.Visible(strings.Join(append(parts, c.Notes...), "; ")), evidenceWidth)
}

var (
	// plainYAML is text that needs no quotes as a key or a value, in braces and brackets too, unless YAML has a meaning for it.
	plainYAML = regexp.MustCompile(`^[\pL_]([\pL\pN_.()/' -]*[\pL\pN_)])?$`)
	yamlWords = regexp.MustCompile(`(?i)^(true|false|yes|no|on|off|y|n|null|nan|inf|infinity)$`)
)

// yamlText writes text so that YAML takes it for just that.
func yamlText(s string) string {
	if plainYAML.MatchString(s) && !yamlWords.MatchString(s) {
		return s
	}
	return yamlQuoted(s)
}

// yamlQuoted writes text in double quotes.
func yamlQuoted(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteString("\\" + string(r))
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r < ' ' || r >= 0x7f && r < 0xa0:
			fmt.Fprintf(&b, `\x%02x`, r)
		case r == 0x2028 || r == 0x2029 || r == 0xfeff:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

var notInFeedName = regexp.MustCompile(`[^A-Za-z0-9._-]+`)

// feedName makes the name of a feed from that of a file.
func feedName(file string) string {
	if file == stdio {
		return "stdin"
	}
	name := filepath.Base(file)
	for _, ext := range []string{".gz", ".zst", ".csv", ".tsv", ".txt"} {
		if len(name) > len(ext) && strings.EqualFold(name[len(name)-len(ext):], ext) {
			name = name[:len(name)-len(ext)]
		}
	}
	name = strings.TrimLeft(notInFeedName.ReplaceAllString(name, "-"), "._-")
	name = strings.TrimRight(name[:min(len(name), 100)], "-")
	if name == "" {
		return "feed"
	}
	return name
}
