package cli

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/assay-dev/assay/internal/flow"
)

// messagePrinter prints messages.
type messagePrinter struct {
	w    io.Writer
	json bool
	some bool // one has been printed
	left int  // how many may still be printed
}

// more reports whether there is to be another one after the next.
func (p *messagePrinter) more() bool { return p.left > 1 }

// How much of a message is shown to people. JSON has all of it.
const (
	shownLines = 10  // of a text, and rows of Arrow
	shownLine  = 500 // bytes of a line
)

func (p *messagePrinter) print(m *message) error {
	text := m.text
	if p.json {
		text = m.json
	} else if p.some {
		if _, err := io.WriteString(p.w, "\n"); err != nil {
			return err
		}
	}
	p.some = true
	p.left--
	_, err := io.WriteString(p.w, text())
	return err
}

// text gives the message for people: where it stands, its headers, its value.
func (m *message) text() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s/%d/%d  %s", m.topic, m.partition, m.offset, m.time.Format(time.RFC3339Nano))
	if m.key != nil {
		fmt.Fprintf(&b, "  key %s", printable(short(string(m.key), shownLine)))
	}
	b.WriteByte('\n')
	for _, h := range ordered(m.headers) {
		value := "null"
		if h.Value != nil {
			value = printable(short(string(h.Value), shownLine))
		}
		fmt.Fprintf(&b, "  %s: %s\n", printable(h.Key), value)
	}
	c := m.read()
	if c.note != "" {
		fmt.Fprintf(&b, "  (%s)\n", c.note)
	}
	c.show(&b)
	return b.String()
}

// firstHeaders are what a reader of dead letters wants to know, in that order.
var firstHeaders = []string{
	"assay-error-code", "__connect.errors.exception.message", "__connect.errors.stage", "assay-error-row", "assay-error-line",
	"assay-error-bytes", "assay-part", "assay-header-row", "assay-source", "assay-version", "assay-error-class", "assay-error-attempt", "assay-error-first-seen",
}

// ordered gives the headers in the order in which they are shown: what is wrong, others as they come, and at last what Kafka
// Connect's viewers want and the first ones have told.
func ordered(headers []flow.Header) []flow.Header {
	rank := func(h flow.Header) int {
		if i := slices.Index(firstHeaders, h.Key); i >= 0 {
			return i
		}
		if strings.HasPrefix(h.Key, "__connect.errors.") {
			return len(firstHeaders) + 1
		}
		return len(firstHeaders)
	}
	out := slices.Clone(headers)
	slices.SortStableFunc(out, func(a, b flow.Header) int { return rank(a) - rank(b) })
	return out
}

// show appends the value.
func (c *content) show(b *strings.Builder) {
	switch c.format {
	case formatNull:
		b.WriteString("null\n")
	case formatJSON:
		var out bytes.Buffer
		_ = json.Indent(&out, bytes.TrimSpace(c.text), "", "  ") // it is valid
		b.WriteString(printableLines(out.String()) + "\n")
	case formatArrow:
		fmt.Fprintf(b, "Arrow, %s\n", count(int64(len(c.rows)), "row"))
		for line := range strings.Lines(c.schema) {
			b.WriteString("  " + printable(strings.TrimSuffix(line, "\n")) + "\n")
		}
		for _, row := range c.rows[:min(len(c.rows), shownLines)] {
			b.WriteString(printable(short(string(row), shownLine)) + "\n")
		}
		showMore(b, len(c.rows)-shownLines, "row")
	case formatBytes:
		fmt.Fprintf(b, "%s: %s\n", count(int64(len(c.text)), "byte"), strconv.QuoteToASCII(string(c.text[:min(len(c.text), shownLine)])))
	default:
		c.showText(b)
	}
}

func (c *content) showText(b *strings.Builder) {
	if len(c.text) == 0 {
		b.WriteString("empty\n")
		return
	}
	n := 0
	for line := range strings.Lines(string(c.text)) {
		if n++; n <= shownLines {
			b.WriteString(printable(short(strings.TrimRight(line, "\r\n"), shownLine)) + "\n")
		}
	}
	showMore(b, n-shownLines, "line")
}

// showMore says how much is not shown.
func showMore(b *strings.Builder, n int, what string) {
	if n > 0 {
		fmt.Fprintf(b, "… %s more\n", count(int64(n), what))
	}
}

// printable gives a text that does nothing to a terminal.
func printable(s string) string {
	if !strings.ContainsFunc(s, unshown) && utf8.ValidString(s) {
		return s
	}
	var b strings.Builder
	for s != "" {
		r, size := utf8.DecodeRuneInString(s)
		if unshown(r) || r == utf8.RuneError && size == 1 {
			quoted := strconv.QuoteToASCII(s[:size])
			b.WriteString(quoted[1 : len(quoted)-1])
		} else {
			b.WriteString(s[:size])
		}
		s = s[size:]
	}
	return b.String()
}

func unshown(r rune) bool { return r != '\t' && !unicode.IsPrint(r) }

// printableLines does the same with each line.
func printableLines(s string) string {
	lines := strings.Split(s, "\n")
	for i := range lines {
		lines[i] = printable(lines[i])
	}
	return strings.Join(lines, "\n")
}

// jsonMessage is a message for machines.
type jsonMessage struct {
	Topic     string         `json:"topic"`
	Partition int32          `json:"partition"`
	Offset    int64          `json:"offset"`
	Timestamp time.Time      `json:"timestamp"`
	Key       *string        `json:"key"`     // Base64 where it is no UTF-8
	Headers   map[string]any `json:"headers"` // a name that stands twice has a list
	Format    string         `json:"format"`
	Value     any            `json:"value"` // JSON as it is, rows of Arrow as objects, text, or Base64 of bytes
}

// json gives the message for machines, as one line.
func (m *message) json() string {
	c := m.read()
	j := jsonMessage{
		Topic: m.topic, Partition: m.partition, Offset: m.offset, Timestamp: m.time, Key: textOf(m.key), Headers: map[string]any{}, Format: c.format,
	}
	for _, h := range m.headers {
		value := any(textOf(h.Value))
		switch before := j.Headers[h.Key].(type) {
		case nil:
		case []any:
			value = append(before, value)
		default:
			value = []any{before, value}
		}
		j.Headers[h.Key] = value
	}
	switch c.format {
	case formatNull:
	case formatJSON:
		j.Value = json.RawMessage(c.text)
	case formatArrow:
		j.Value = c.rows
	case formatBytes:
		j.Value = c.text // which encoding/json writes as Base64
	default:
		j.Value = string(c.text)
		if !utf8.Valid(c.text) { // JSON has no other place for such bytes
			j.Format, j.Value = formatBytes, c.text
		}
	}
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(&j) // a builder takes everything, and every member has a form
	return b.String()
}

// textOf gives bytes as text, as Base64 where they are none, and nil for a null.
func textOf(v []byte) *string {
	if v == nil {
		return nil
	}
	s := string(v)
	if !utf8.Valid(v) {
		s = base64.StdEncoding.EncodeToString(v)
	}
	return &s
}
