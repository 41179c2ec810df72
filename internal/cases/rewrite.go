package cases

import "strings"

// New gives the text of a file with one chunk of which nothing is expected yet: Rewrite adds what comes. About says in words what
// it shows.
func New(about, chunk string) string {
	var b strings.Builder
	b.WriteString(about + "\n\n")
	if chunk == "" {
		b.WriteString("-- " + input + " --\n")
	}
	section(&b, input, chunk, false)
	return b.String()
}

// Rewrite gives the file's text with the expected sections changed to what came, one output for each chunk. Sections that are
// right keep their text, and documents the members that their author has chosen to show.
func (f *File) Rewrite(outputs []*Output) string {
	var b strings.Builder
	b.WriteString(f.About)
	for i := range f.Chunks {
		f.Chunks[i].rewrite(&b, outputs[i])
	}
	return b.String()
}

func (c *Chunk) rewrite(b *strings.Builder, out *Output) {
	for _, w := range c.written {
		switch whole := strings.HasSuffix(w.text, "\n"); {
		case w.name != input && !c.expects(w.name, out):
			section(b, w.name, c.got(w.name, out), w.escaped)
		case whole:
			b.WriteString(w.text)
		case c.want(w.name) == "": // an input must stay, also one without bytes
			b.WriteString(w.text + "\n")
		default: // the file's last line has no end, and more may follow it
			section(b, w.name, c.want(w.name), w.escaped)
		}
	}
	for _, name := range []string{scored, quality, faults, dead} {
		if c.section(name) == nil && !c.expects(name, out) {
			section(b, name, c.got(name, out), false)
		}
	}
}

// section writes a section, if there is anything in it.
func section(b *strings.Builder, name, text string, escaped bool) {
	switch {
	case text == "":
	case isText(name) && (escaped || !plain(text)):
		b.WriteString("-- " + name + " escaped --\n")
		b.WriteString(escape(text))
	default:
		b.WriteString("-- " + name + " --\n")
		b.WriteString(text)
	}
}
