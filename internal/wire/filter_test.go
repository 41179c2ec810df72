package wire

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// marker makes a control batch as a broker writes it at the end of a transaction.
func marker(t testing.TB, producer int64, commit bool) []byte {
	kind := byte(0)
	if commit {
		kind = 1
	}
	b := encode(t, BatchInfo{Transactional: true, ProducerID: producer}, testRecord{Key: []byte{0, 0, 0, kind}, Value: make([]byte, 6)})
	b[atAttributes+1] |= bitControl
	return sum(b)
}

func data(t testing.TB, producer int64, value string) []byte {
	return encode(t, BatchInfo{Transactional: producer >= 0, ProducerID: producer}, testRecord{Value: []byte(value)})
}

// visible reads log, which begins at offset from, as a reader of committed data.
func visible(t testing.TB, f *Filter, log []byte) []string {
	t.Helper()
	var out []string
	d := NewDecoder(1 << 20)
	for len(log) > 0 {
		batch, rest, err := Next(log)
		if err != nil {
			t.Fatal(err)
		}
		log = rest
		if !f.Keep(&batch) {
			continue
		}
		records, err := d.Records(&batch)
		if err != nil {
			t.Fatal(err)
		}
		var r Record
		for records.Next(&r) {
			out = append(out, string(r.Value))
		}
	}
	return out
}

// TestInterleavedAborts is the case that a reader gets wrong which takes the list of aborted transactions as it comes: A
// opens first, B aborts first.
func TestInterleavedAborts(t *testing.T) {
	const a, b = 1, 2
	var log []byte
	for i, batch := range [][]byte{
		data(t, a, "A bad"), data(t, b, "B bad"), marker(t, b, false), data(t, a, "A bad too"), data(t, -1, "plain"), marker(t, a, false),
		data(t, b, "B good"), marker(t, b, true), data(t, a, "A good"), marker(t, a, true),
	} {
		log = append(log, at(int64(i), batch)...)
	}
	var f Filter
	f.Reset([]Aborted{{b, 1}, {a, 0}})
	if d := cmp.Diff([]string{"plain", "B good", "A good"}, visible(t, &f, log)); d != "" {
		t.Error(d)
	}
	// A filter that has been used begins anew.
	f.Reset(nil)
	if got := visible(t, &f, log); len(got) != 6 {
		t.Errorf("%q", got)
	}
}

// TestAbortedBeforeTheFetch begins in the middle of a transaction that aborts.
func TestAbortedBeforeTheFetch(t *testing.T) {
	log := append(at(10, data(t, 1, "bad")), at(11, marker(t, 1, false))...)
	log = append(log, at(12, data(t, 1, "good"))...)
	var f Filter
	f.Reset([]Aborted{{1, 3}})
	if d := cmp.Diff([]string{"good"}, visible(t, &f, log)); d != "" {
		t.Error(d)
	}
}

func TestControlBatches(t *testing.T) {
	change := func(i int, v byte) []byte { b := marker(t, 1, false); b[i] = v; return sum(b) }
	batch, _, err := Next(marker(t, 1, true))
	if err != nil || !batch.Control || batch.Abort {
		t.Errorf("commit: %+v, %v", batch, err)
	}
	batch, _, err = Next(marker(t, 1, false))
	if err != nil || !batch.Abort {
		t.Errorf("abort: %+v, %v", batch, err)
	}
	// Leader changes and snapshots are control batches too.
	if batch, _, err = Next(change(BatchHeader+8, 2)); err != nil || batch.Abort {
		t.Errorf("other kinds: %+v, %v", batch, err)
	}
	short := encode(t, BatchInfo{}, testRecord{Key: []byte{0, 0, 0}})
	short[atAttributes+1] |= bitControl
	for name, b := range map[string][]byte{"compressed": change(atAttributes+1, bitControl|byte(Gzip)), "short key": sum(short),
		"damaged record": change(BatchHeader, 1)} {
		if _, _, err := Next(b); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// TestFilterAgainstBookkeeping writes a random log of interleaved transactions, fetches it from anywhere, and compares what
// is seen with what the log's writer knows to be committed.
func TestFilterAgainstBookkeeping(t *testing.T) {
	tb := t
	rapid.Check(t, func(t *rapid.T) {
		type open struct {
			first  int64
			values []int
		}
		running := map[int64]*open{}
		committed := map[int]bool{}
		var aborted []Aborted
		var batches [][]byte
		var lasts []int64 // marker offset of each aborted
		end := func(producer int64, commit bool) {
			txn := running[producer]
			delete(running, producer)
			if commit {
				for _, v := range txn.values {
					committed[v] = true
				}
			} else {
				aborted = append(aborted, Aborted{producer, txn.first})
				lasts = append(lasts, int64(len(batches)))
			}
			batches = append(batches, at(int64(len(batches)), marker(tb, producer, commit)))
		}
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			producer := rapid.Int64Range(-1, 4).Draw(t, "producer")
			n := len(batches)
			if producer >= 0 && running[producer] != nil && rapid.Bool().Draw(t, "end") {
				end(producer, rapid.Bool().Draw(t, "commit"))
				continue
			}
			batches = append(batches, at(int64(n), data(tb, producer, fmt.Sprint(n))))
			if producer < 0 {
				committed[n] = true
				continue
			}
			if running[producer] == nil {
				running[producer] = &open{first: int64(n)}
			}
			running[producer].values = append(running[producer].values, n)
		}
		for producer := range int64(5) {
			if running[producer] != nil {
				end(producer, rapid.Bool().Draw(t, "commit"))
			}
		}
		from := rapid.IntRange(0, len(batches)-1).Draw(t, "from")
		var listed []Aborted
		for i, a := range aborted {
			if lasts[i] >= int64(from) {
				listed = append(listed, a)
			}
		}
		var want []string
		for v := from; v < len(batches); v++ {
			if committed[v] {
				want = append(want, fmt.Sprint(v))
			}
		}
		var f Filter
		f.Reset(listed)
		if got := visible(tb, &f, slices.Concat(batches[from:]...)); !slices.Equal(got, want) {
			t.Fatalf("from %d: %q, want %q", from, got, want)
		}
	})
}
