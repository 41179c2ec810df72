package flow

import (
	"bytes"
	"fmt"
	"maps"
	"testing"

	"pgregory.net/rapid"
)

// model is what Effects are in words: a list of batches, of which the last of each output and partition takes records.
type model struct {
	batches []string // output/partition: records
	bytes   int
	found   map[FindingID]int64
	rows    int64
}

func (m *model) copy() model {
	return model{append([]string(nil), m.batches...), m.bytes, maps.Clone(m.found), m.rows}
}

func (m *model) emit(limit int, out Output, partition int32, record string) bool {
	if limit > 0 && len(record) > limit {
		return false
	}
	m.bytes += len(record)
	name := fmt.Sprintf("%s/%d:", out, partition)
	for i := len(m.batches) - 1; i >= 0; i-- {
		b := &m.batches[i]
		if len(*b) < len(name) || (*b)[:len(name)] != name {
			continue
		}
		if limit > 0 && len(*b)-len(name)+len(record) > limit {
			break
		}
		*b += record
		return true
	}
	m.batches = append(m.batches, name+record)
	return true
}

// Any sequence of records, marks, rollbacks and resets gives what it gives in the model.
func TestEffectsGoBackToTheirMarks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		e := &Effects{}
		for i := range e.Limit {
			e.Limit[i] = rapid.SampledFrom([]int{0, 5, 20}).Draw(t, "limit")
		}
		m := model{found: map[FindingID]int64{}}
		var marks [2]Mark
		var marked [2]*model
		t.Repeat(map[string]func(*rapid.T){
			"emit": func(t *rapid.T) {
				out := Output(rapid.IntRange(0, int(Outputs)-1).Draw(t, "output"))
				partition := rapid.SampledFrom([]int32{0, 1, 7}).Draw(t, "partition")
				record := rapid.StringMatching("[a-z]{1,9}").Draw(t, "record")
				f := e.Open(out, partition, len(record))
				if fits := m.emit(e.Limit[out], out, partition, record); fits != (f != nil) {
					t.Fatalf("%q of limit %d: given a batch %t", record, e.Limit[out], f != nil)
				}
				if f != nil {
					f.Buf = append(f.Buf, record...)
					e.Added(f, len(record))
				}
			},
			"count": func(t *rapid.T) {
				id := FindingID{Code: "X", Field: rapid.SampledFrom([]string{"", "a"}).Draw(t, "field")}
				e.Counts.Found(id, 2)
				m.found[id] += 2
				e.Counts.LookedUp("set", 1, 3)
				e.Counts.Rows++
				m.rows++
			},
			"mark": func(t *rapid.T) {
				i := rapid.IntRange(0, 1).Draw(t, "mark")
				e.Mark(&marks[i])
				c := m.copy()
				marked[i] = &c
			},
			"rollback": func(t *rapid.T) {
				i := rapid.IntRange(0, 1).Draw(t, "mark")
				if marked[i] == nil {
					t.Skip("no mark")
				}
				e.Rollback(&marks[i])
				m = marked[i].copy()
				if other := 1 - i; marked[other] != nil && len(marked[other].batches) > len(m.batches) {
					marked[other] = nil // of a future that has not happened
				}
				if other := 1 - i; marked[other] != nil && marked[other].bytes > m.bytes {
					marked[other] = nil
				}
			},
			"reset": func(t *rapid.T) {
				e.Reset()
				m, marked = model{found: map[FindingID]int64{}}, [2]*model{}
			},
			"": func(t *rapid.T) { same(t, e, &m) },
		})
	})
}

func same(t *rapid.T, e *Effects, m *model) {
	if len(e.Frames()) != len(m.batches) || e.Bytes() != m.bytes {
		t.Fatalf("%d batches of %d bytes, want %d of %d", len(e.Frames()), e.Bytes(), len(m.batches), m.bytes)
	}
	for i, f := range e.Frames() {
		if got := fmt.Sprintf("%s/%d:%s", f.Output, f.Partition, f.Buf); got != m.batches[i] {
			t.Fatalf("batch %d is %s, want %s", i, got, m.batches[i])
		}
		if f.Count < 1 || len(f.Buf) < int(f.Count) {
			t.Fatalf("batch %d counts %d records", i, f.Count)
		}
	}
	if !maps.Equal(e.Counts.FindingsByID, m.found) && len(e.Counts.FindingsByID)+len(m.found) > 0 || e.Counts.Rows != m.rows {
		t.Fatalf("counted %v and %d rows, want %v and %d", e.Counts.FindingsByID, e.Counts.Rows, m.found, m.rows)
	}
	looked := SetCount{Set: "set"}
	for _, s := range e.Counts.Sets {
		looked = s
	}
	if want := (SetCount{"set", m.rows, 3 * m.rows}); looked != want || len(e.Counts.Sets) > 1 {
		t.Fatalf("look-ups %v, want %v", e.Counts.Sets, want)
	}
}

// Effects are used for ever: filling them as before allocates nothing.
func TestEffectsKeepTheirMemory(t *testing.T) {
	e, mark := &Effects{}, &Mark{}
	e.Limit[Scored] = 100
	record := bytes.Repeat([]byte("x"), 40)
	fill := func() {
		e.Reset()
		for i := range 50 {
			if i == 30 {
				e.Mark(mark)
			}
			f := e.Open(Scored, int32(i%3), len(record))
			f.Buf = append(f.Buf, record...)
			e.Added(f, len(record))
		}
		e.Counts.Found(FindingID{Code: "X"}, 1)
		e.Counts.LookedUp("s", 1, 1)
		e.Counts.LookedUp("t", 1, 1)
		e.Rollback(mark)
	}
	fill()
	if n := testing.AllocsPerRun(10, fill); n > 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestCountsAddUp(t *testing.T) {
	one := Counts{Chunks: 1, ChunksDead: 2, Tombstones: 3, Rows: 4, RowsScored: 5, RowsDead: 6, RowsFlagged: 7, BytesIn: 8, Events: 9, Letters: 10}
	one.Found(FindingID{Code: "A", Field: "f"}, 11)
	one.LookedUp("s", 12, 13)
	one.LookedUp("t", 14, 15)
	one.LookedUp("s", 1, 2)
	var sum Counts
	sum.Add(&one)
	sum.Add(&one)
	got := fmt.Sprint(sum.Chunks, sum.ChunksDead, sum.Tombstones, sum.Rows, sum.RowsScored, sum.RowsDead, sum.RowsFlagged, sum.BytesIn, sum.Events, sum.Letters, sum.FindingsByID, sum.Sets)
	if want := "2 4 6 8 10 12 14 16 18 20 map[{A f}:22] [{s 26 30} {t 28 30}]"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	sum.Reset()
	if sum.Rows != 0 || len(sum.FindingsByID) != 0 || sum.FindingsByID == nil || len(sum.Sets) != 0 || cap(sum.Sets) < 2 {
		t.Errorf("after Reset: %+v", sum)
	}
}

func TestOutputNames(t *testing.T) {
	for o, want := range []string{"scored", "quality", "errors", "dead", "results"} {
		if got := Output(o).String(); got != want {
			t.Errorf("output %d is called %s", o, got)
		}
	}
}

// Every place of a frame may come to hold a large batch once. What is kept follows what was needed last, not their sum.
func TestEffectsKeepWhatTheyNeed(t *testing.T) {
	const large = 1 << 20
	e := &Effects{}
	emit := func(partition int32, size int) {
		f := e.Open(Scored, partition, size)
		f.Buf = append(f.Buf, make([]byte, size)...)
		e.Added(f, size)
	}
	kept := func() (bytes int) {
		for _, f := range e.frames[:cap(e.frames)] {
			bytes += cap(f.Buf)
		}
		return bytes
	}
	for round := range int32(64) {
		for partition := range round {
			emit(partition, 1)
		}
		emit(round, large) // at a place of its own
		e.Reset()
		if got, most := kept(), 2*(large+64)+spare; got > most {
			t.Fatalf("round %d: %d bytes are kept, more than %d", round, got, most)
		}
	}
	for range 2 { // nothing is thrown away of what is needed each time
		for partition := range int32(16) {
			emit(partition, large)
		}
		before := kept()
		e.Reset()
		if kept() != before {
			t.Fatalf("%d bytes are kept of %d", kept(), before)
		}
	}
}
