package judge

import (
	"fmt"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kgo"
)

// parts are those of a letter that did not fit into one message, as they come in a partition.
type parts struct {
	letter *kgo.Record // what has been joined so far
	done   int
	of     int
}

// joined gives a letter, when its last part is there as one message: the values behind each other, and the header rows.
func (h *hearing) joined(r *kgo.Record) *kgo.Record {
	p := h.parts[r.Partition]
	text, cut := header(r, "assay-part")
	var n, of int
	if _, err := fmt.Sscanf(text, "%d/%d", &n, &of); cut && err != nil || n > of {
		h.verdict.add(Malformed, 1, "%s is part %s of a letter", at(r), text)
		return nil
	}
	source, _ := header(r, "assay-source")
	if p != nil {
		if before, _ := header(p.letter, "assay-source"); n != p.done+1 || of != p.of || source != before {
			h.verdict.add(Malformed, 1, "%s is part %q of a letter of %s, behind %d of %d parts of one of %s", at(r), text, source, p.done, p.of, before)
			delete(h.parts, r.Partition)
			p = nil
		}
	}
	switch {
	case !cut:
		return r
	case p == nil && n == 1:
		copied := *r
		copied.Headers = slices.Clone(r.Headers)
		p = &parts{letter: &copied, done: 1, of: of}
		h.parts[r.Partition] = p
	case p == nil:
		h.verdict.add(Malformed, 1, "%s is part %s of a letter of %s that has not begun", at(r), text, source)
		return nil
	default:
		p.done = n
		p.letter.Value = slices.Concat(p.letter.Value, r.Value)
		p.join(r)
	}
	if p.done < p.of {
		return nil
	}
	delete(h.parts, r.Partition)
	return p.letter
}

// join puts the header row of one more part behind what is there, and lets the bytes of a row end where the part's end.
func (p *parts) join(r *kgo.Record) {
	row, _ := header(r, "assay-header-row")
	span, _ := header(r, "assay-error-bytes")
	_, to, _ := strings.Cut(span, "-")
	for i := range p.letter.Headers {
		switch x := &p.letter.Headers[i]; x.Key {
		case "assay-header-row":
			x.Value = append(slices.Clip(x.Value), row...)
		case "assay-error-bytes":
			from, _, _ := strings.Cut(string(x.Value), "-")
			x.Value = []byte(from + "-" + to)
		}
	}
}
