package judge

import (
	"bytes"
	"encoding/json"
	"fmt"

	"github.com/twmb/franz-go/pkg/kgo"
)

// scored judges one scored row: a JSON object with the row's cells under their names and three more members.
func (h *hearing) scored(r *kgo.Record) {
	h.verdict.Scored++
	source, ok := header(r, "assay-source")
	if !ok {
		h.verdict.add(Malformed, 1, "%s has not one header assay-source", at(r))
		return
	}
	topic, partition, offset, index, err := parseSource(source)
	if err != nil {
		h.verdict.add(Malformed, 1, "%s: %v", at(r), err)
		return
	}
	d := h.find(r, topic, partition, offset, index)
	if d == nil {
		return
	}
	h.once(r, d, index, "scored row", &d.rows[index].scored)
	if !h.options.ByKey && r.Partition != d.Partition {
		h.verdict.add(Misplaced, 1, "%s: %s", at(r), d.of(index))
	}
	row := &d.Rows[index]
	if row.Dead != "" {
		h.verdict.add(WrongFate, 1, "%s: %s is scored and should have died with %s", at(r), d.of(index), row.Dead)
		return
	}
	if err := compare(r, d.Chunk, row); err != nil {
		h.verdict.add(Differs, 1, "%s: %s: %v", at(r), d.of(index), err)
	}
}

// compare says how a scored row differs from what it should be. Which profile it got is the model's affair; that it got one
// is not.
func compare(r *kgo.Record, c *Chunk, row *Row) error {
	if string(r.Key) != row.ID {
		return fmt.Errorf("key %q, want %q", r.Key, row.ID)
	}
	var got map[string]any
	if err := json.Unmarshal(r.Value, &got); err != nil {
		return fmt.Errorf("value is not a JSON object: %w", err)
	}
	for i, name := range c.Names {
		if got[name] != row.Cells[i] {
			return fmt.Errorf("%s is %v, want %q", name, got[name], row.Cells[i])
		}
		delete(got, name)
	}
	profile, ok := got["profile_id"].(float64)
	if !ok || profile != float64(int(profile)) || profile < 0 || profile > 7 {
		return fmt.Errorf("profile_id is %v", got["profile_id"])
	}
	if name, ok := got["profile_name"].(string); !ok || name == "" {
		return fmt.Errorf("profile_name is %v", got["profile_name"])
	}
	confidence := "high"
	if row.Low {
		confidence = "low"
	}
	if got["profile_confidence"] != confidence {
		return fmt.Errorf("profile_confidence is %v, want %s", got["profile_confidence"], confidence)
	}
	if len(got) != 3 {
		return fmt.Errorf("%d members too many in %s", len(got)-3, r.Value)
	}
	return nil
}

// letter judges one dead letter, of a row or of a whole chunk.
func (h *hearing) letter(r *kgo.Record) {
	if r = h.joined(r); r == nil {
		return
	}
	topic, _ := header(r, "__connect.errors.topic")
	partition, offset := number(r, "__connect.errors.partition"), number(r, "__connect.errors.offset")
	if topic == "" || partition < 0 || offset < 0 {
		h.verdict.add(Malformed, 1, "%s has no source in its headers", at(r))
		return
	}
	index := number(r, "assay-error-row")
	d := h.find(r, topic, int32(partition), offset, index)
	if d == nil {
		return
	}
	code, _ := header(r, "assay-error-code")
	want, wanted, bytes := d.Code, "chunk letter", d.Value
	if index >= 0 {
		h.verdict.DeadRows++
		h.once(r, d, index, "row letter", &d.rows[index].dead)
		want, wanted, bytes = d.Rows[index].Dead, "row letter", d.Rows[index].Text
	} else {
		h.verdict.DeadChunks++
		h.once(r, d, index, "chunk letter", &d.letters)
	}
	switch {
	case want == "":
		h.verdict.add(WrongFate, 1, "%s: a %s with %s of %s, which is not to die", at(r), wanted, code, d.of(index))
	case code != want:
		h.verdict.add(WrongFate, 1, "%s: a %s with %s of %s, want %s", at(r), wanted, code, d.of(index), want)
	default:
		if err := compareLetter(r, d.Chunk, index, bytes); err != nil {
			h.verdict.add(Differs, 1, "%s: letter of %s: %v", at(r), d.of(index), err)
		}
	}
}

func compareLetter(r *kgo.Record, c *Chunk, index int64, want []byte) error {
	if !bytes.Equal(r.Value, want) {
		return fmt.Errorf("value %q, want %q", r.Value, want)
	}
	if string(r.Key) != c.ID {
		return fmt.Errorf("key %q, want %q", r.Key, c.ID)
	}
	if origin, _ := header(r, originHeader); origin != c.ID {
		return fmt.Errorf("the input's header %s has not travelled on", originHeader)
	}
	for _, name := range []string{"assay-error-class", "assay-error-feed", "assay-error-version", "assay-error-attempt"} {
		if v, _ := header(r, name); v == "" {
			return fmt.Errorf("no header %s", name)
		}
	}
	if index < 0 {
		return nil
	}
	row := &c.Rows[index]
	if line := number(r, "assay-error-line"); line != int64(row.Line) {
		return fmt.Errorf("line %d, want %d", line, row.Line)
	}
	span, _ := header(r, "assay-error-bytes")
	if want := fmt.Sprintf("%d-%d", row.From, row.To); span != want {
		return fmt.Errorf("bytes %s, want %s", span, want)
	}
	if head, _ := header(r, "assay-header-row"); head != string(c.Header) {
		return fmt.Errorf("header row %q, want %q", head, c.Header)
	}
	return nil
}
