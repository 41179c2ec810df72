package csvarrow

// Entry is one spelling of a label.
type Entry struct {
	Text string
	Code int16
}

// Vocab finds the code of a category cell: first by its exact bytes, then, where the contract says so, by its relaxed key.
// It is immutable and may be shared by scanners.
type Vocab struct {
	entries []Entry
	bytes   table
	keys    table
	relaxed func(dst, text []byte) []byte // nil for match: exact
}

// NewVocab makes a vocabulary. relaxed appends the relaxed key of a text to dst and must be safe for concurrent use; nil
// means that only exact bytes match. Of two entries with the same bytes or the same key the first wins: the linter refuses
// those whose codes differ.
func NewVocab(entries []Entry, relaxed func(dst, text []byte) []byte) *Vocab {
	v := &Vocab{entries: entries, bytes: newTable(entries), relaxed: relaxed}
	if relaxed == nil {
		return v
	}
	var keys []Entry
	for _, e := range entries {
		if key := relaxed(nil, []byte(e.Text)); len(key) > 0 {
			keys = append(keys, Entry{string(key), e.Code})
		}
	}
	v.keys = newTable(keys)
	return v
}

// Lookup gives the code of cell and whether it is a label. scratch is memory for the relaxed key; whoever keeps it from
// call to call allocates nothing.
func (v *Vocab) Lookup(cell []byte, scratch *[]byte) (code int16, ok bool) {
	if code, ok = v.exact(cell, 0, len(cell)); ok {
		return code, true
	}
	code, m := v.relax(cell, scratch)
	return code, m == knownKey
}

// match is the outcome of a look-up by relaxed key.
type match uint8

const (
	unknownKey match = iota
	knownKey
	blankKey // the key is empty
)

// exact looks for the cell buf[from:to] itself.
func (v *Vocab) exact(buf []byte, from, to int) (int16, bool) {
	return v.bytes.get(buf, from, to)
}

// relax looks for cell by its relaxed key, if there are such.
func (v *Vocab) relax(cell []byte, scratch *[]byte) (int16, match) {
	if v.relaxed == nil {
		return 0, unknownKey
	}
	*scratch = v.relaxed((*scratch)[:0], cell)
	if len(*scratch) == 0 {
		return 0, blankKey
	}
	if code, ok := v.keys.get(*scratch, 0, len(*scratch)); ok {
		return code, knownKey
	}
	return 0, unknownKey
}
