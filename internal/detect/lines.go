package detect

import (
	"bytes"
	"strings"
)

// skipLines gives the place and the number of the line behind the first n.
func skipLines(text []byte, n int) (at, line int) {
	lone := false
	if i := bytes.IndexAny(text, "\r\n"); i >= 0 {
		lone = text[i] == '\r' && !(i+1 < len(text) && text[i+1] == '\n')
	}
	for line = 1; line <= n && at < len(text); at++ {
		if text[at] == '\n' || lone && text[at] == '\r' && !(at+1 < len(text) && text[at+1] == '\n') {
			line++
		}
	}
	return at, line
}

// countLineEnds counts the line ends of the text and says which is the usual one.
func (r *Reading) countLineEnds() {
	lf, cr := int64(bytes.Count(r.text, []byte("\n"))), int64(bytes.Count(r.text, []byte("\r")))
	crlf := int64(bytes.Count(r.text, []byte("\r\n")))
	e := LineEnds{LF: lf - crlf, CRLF: crlf, CR: cr - crlf}
	r.LineEnds = e
	all := []struct {
		name string
		n    int64
	}{{"LF", e.LF}, {"CRLF", e.CRLF}, {"CR", e.CR}}
	best := all[0]
	var listed []string
	for _, a := range all {
		if a.n > best.n {
			best = a
		}
		if a.n > 0 {
			listed = append(listed, plural(a.n, a.name))
		}
	}
	switch len(listed) {
	case 0:
		r.LineEnd = found("", "there is no line end")
	case 1:
		r.LineEnd = found(best.name, "%s and no other", listed[0])
	default:
		r.LineEnd = found(best.name, "%s", strings.Join(listed, ", "))
	}
}

// crRows says whether lone CRs end most lines though the first line ends otherwise. The engine would take them for text; to find
// out how the file is written they are taken for line ends.
func (r *Reading) crRows() bool { return r.LineEnds.CR > 2*(r.LineEnds.LF+r.LineEnds.CRLF) }

// ends tells of lone CRs where other line ends are the rule, and of line ends of several kinds.
func (r *Reading) ends() {
	e := r.LineEnds
	first := bytes.IndexAny(r.text[r.start:], "\r\n") + r.start
	ruled := r.Header.Value && first >= r.start && e.CR > 0 && r.text[first] == '\r' && !bytes.HasPrefix(r.text[first:], []byte("\r\n"))
	switch {
	case e.CR > 0 && e.CR == e.CRLF && bytes.Count(r.text, []byte("\r\r\n")) == int(e.CR):
		r.whole(KindLineEnds, Note, "each line ends in CR CR LF", "written twice in text mode? The lone CR counts as a blank line")
	case e.CR > 0 && !ruled:
		x := Problem{Kind: KindLoneCR, Text: plural(e.CR, "lone CR") + " in the text", Guess: "text, not a line end"}
		if r.crRows() {
			x.Level, x.Text = File, plural(e.CR, "lone CR")+", which the engine takes for text"
			x.Guess = "it takes a lone CR for a line end only where a header record ends in one: save the file with LF"
		}
		r.add(x, r.firstLoneCR())
	case ruled && e.LF+e.CRLF > 0, e.LF > 0 && e.CRLF > 0:
		r.whole(KindLineEnds, Note, "line ends of different kinds: "+r.LineEnd.Evidence, "all of them end lines; files put together?")
	}
}

func (r *Reading) firstLoneCR() int {
	for i, b := range r.text {
		if b == '\r' && !(i+1 < len(r.text) && r.text[i+1] == '\n') {
			return i
		}
	}
	return 0
}
