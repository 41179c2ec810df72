package flow

import (
	"fmt"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/decimal128"
	"github.com/apache/arrow/go/v17/arrow/memory"
	"pgregory.net/rapid"
)

// sample makes a batch of n rows with a column of each type; every third row is null, where the type can be. It gives the
// values as Arrow writes them, too.
func sample(n int) (b *Batch, want map[string][]string) {
	b = &Batch{}
	b.Reset(&Chunk{})
	b.N = n
	labels := []string{"low", "high"}
	fields := []Field{
		{Name: "text", Type: String}, {Name: "int", Type: Int64}, {Name: "float", Type: Float64},
		{Name: "money", Type: Decimal, Precision: 12, Scale: 2}, {Name: "yes", Type: Bool}, {Name: "day", Type: Date},
		{Name: "at", Type: Timestamp}, {Name: "at_ms", Type: Timestamp, Unit: "ms"}, {Name: "at_s", Type: Timestamp, Unit: "s"},
		{Name: "at_us", Type: Timestamp, Unit: "us"}, {Name: "id", Type: UUID}, {Name: "kind", Type: Category, Labels: labels},
		{Name: "kept", Type: Category, Labels: labels, Keeps: true},
	}
	outs := []Field{{Name: "score", Type: Int8}, {Name: "level", Type: Category, Labels: labels}}
	want = map[string][]string{}
	for _, f := range fields {
		b.Cols = append(b.Cols, NewColumn(&f, MaxRows, false))
	}
	for _, f := range outs {
		b.Out = append(b.Out, NewColumn(&f, MaxRows, false))
	}
	var window []byte
	type span struct{ from, to int }
	var spans []span
	for i := range n {
		from := len(window)
		window = append(window, strings.Repeat("é", i%11)...)
		spans = append(spans, span{from, len(window)})
	}
	for _, group := range [...][]Column{b.Cols, b.Out} {
		for k := range group {
			c := &group[k]
			c.Valid.Fill(true)
			c.Buffers = [2][]byte{window, nil}
			for i := range n {
				text := c.fill(i, window, spans[i].from, spans[i].to)
				if c.Type != String && i%3 == 2 {
					c.Valid.Clear(i)
					text = array.NullValueStr
				}
				want[c.Name] = append(want[c.Name], text)
			}
		}
	}
	return b, want
}

// fill puts a value into row i and gives it as Arrow writes it.
func (c *Column) fill(i int, window []byte, from, to int) string {
	switch c.Type {
	case String:
		c.Text[i].SetView(window, from, to, 0)
		return string(window[from:to])
	case Float64:
		c.Floats[i] = float64(i) + 0.5
		return fmt.Sprint(c.Floats[i])
	case Decimal:
		c.Decimals[i] = decimal128.FromI64(int64(-100 * i))
		return decimal128.FromI64(int64(-100 * i)).ToString(2)
	case UUID:
		c.UUIDs[i] = [16]byte{byte(i), 15: 9}
		return string(c.UUIDs[i][:])
	case Category:
		if c.Keeps && i%5 == 0 {
			c.Codes[i] = int16(len(c.Labels))
			c.Text[i].SetView(window, from, to, 0)
			return string(window[from:to])
		}
		c.Codes[i] = int16(i % 2)
		return c.Labels[i%2]
	case Bool:
		c.Ints[i] = int64(i) % 2
		return fmt.Sprint(i%2 == 1)
	default:
		c.Ints[i] = int64(i)%256 - 128
		return fmt.Sprint(c.Ints[i])
	}
}

// texts gives the values of an array; those of which Arrow's own form depends on its version are read by their type.
func texts(a arrow.Array) (out []string) {
	for i := range a.Len() {
		if a.IsNull(i) {
			out = append(out, array.NullValueStr)
			continue
		}
		switch a := a.(type) {
		case *array.FixedSizeBinary:
			out = append(out, string(a.Value(i)))
		case *array.Dictionary:
			out = append(out, a.Dictionary().ValueStr(a.GetValueIndex(i)))
		case *array.Date32:
			out = append(out, fmt.Sprint(int32(a.Value(i))))
		case *array.Timestamp:
			out = append(out, fmt.Sprint(int64(a.Value(i))))
		case *array.Decimal128:
			out = append(out, a.Value(i).ToString(2))
		default:
			out = append(out, a.ValueStr(i))
		}
	}
	return out
}

func check(t testing.TB, r arrow.Record, n int, want map[string][]string) {
	t.Helper()
	if r.NumRows() != int64(n) || int(r.NumCols()) != len(want) {
		t.Fatalf("%d rows of %d columns, want %d of %d", r.NumRows(), r.NumCols(), n, len(want))
	}
	for k, f := range r.Schema().Fields() {
		if got := texts(r.Column(k)); fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want[f.Name]) {
			t.Errorf("%s, %s:\n%q\n%q", f.Name, f.Type, got, want[f.Name])
		}
		if nulls := strings.Count(fmt.Sprintf("%q", want[f.Name]), array.NullValueStr); r.Column(k).NullN() != nulls {
			t.Errorf("%s counts %d nulls, has %d", f.Name, r.Column(k).NullN(), nulls)
		}
	}
}

const wantTypes = `text %s
int int64
float float64
money decimal(12, 2)
yes bool
day date32
at timestamp[ns, tz=UTC]
at_ms timestamp[ms, tz=UTC]
at_s timestamp[s, tz=UTC]
at_us timestamp[us, tz=UTC]
id fixed_size_binary[16]
kind dictionary<values=utf8, indices=int16, ordered=false>
kept utf8
score int8
level dictionary<values=utf8, indices=int16, ordered=false>
`

func types(r arrow.Record) (s string) {
	for _, f := range r.Schema().Fields() {
		s += f.Name + " " + f.Type.String() + "\n"
	}
	return s
}

// A Record holds the values of the batch, in memory of its own that all goes back.
func TestRecordIsACopy(t *testing.T) {
	for _, n := range []int{0, 1, 7, 8, 9, 64, 200} {
		mem := memory.NewCheckedAllocator(memory.NewGoAllocator())
		b, want := sample(n)
		r := b.Record(mem)
		for i := range b.Cols { // the next batch comes
			c := &b.Cols[i]
			clear(c.Text)
			clear(c.Ints)
			clear(c.Codes)
			clear(c.Decimals)
			clear(c.UUIDs)
			clear(c.Floats)
			c.Valid.Fill(false)
			for k := range c.Buffers[0] {
				c.Buffers[0][k] = 0xDB
			}
		}
		if n > 0 {
			check(t, r, n, want)
		}
		if got, want := types(r), fmt.Sprintf(wantTypes, "utf8"); got != want {
			t.Errorf("types:\n%s\n%s", got, want)
		}
		r.Release()
		mem.AssertSize(t, 0)
	}
}

// A borrowed record holds the same values over the batch's own memory.
func TestBorrowCopiesNothing(t *testing.T) {
	b, want := sample(100)
	r := b.Borrow()
	check(t, r, 100, want)
	if got, want := types(r), fmt.Sprintf(wantTypes, "string_view"); got != want {
		t.Errorf("types:\n%s\n%s", got, want)
	}
	for k, f := range r.Schema().Fields() {
		var ours []byte
		c := b.column(f.Name)
		switch c.Type {
		case String:
			ours = bytesOf(c.Text)
		case Int64, Timestamp:
			ours = bytesOf(c.Ints)
		case Float64:
			ours = bytesOf(c.Floats)
		case Decimal:
			ours = bytesOf(c.Decimals)
		case UUID:
			ours = bytesOf(c.UUIDs)
		case Category:
			if c.Keeps { // text, which lies nowhere as Arrow wants it
				continue
			}
			ours = bytesOf(c.Codes)
		default:
			continue
		}
		if theirs := r.Column(k).Data().Buffers()[1].Bytes(); &ours[0] != &theirs[0] {
			t.Errorf("%s is a copy", f.Name)
		}
	}
}

func (b *Batch) column(name string) *Column {
	for _, group := range [...][]Column{b.Cols, b.Out} {
		for i := range group {
			if group[i].Name == name {
				return &group[i]
			}
		}
	}
	return nil
}

// Whatever the texts are, and wherever they lie, both records give them back.
func TestRecordsKeepText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		cells := rapid.SliceOfN(rapid.String(), 0, 70).Draw(t, "cells")
		escaped := rapid.SliceOfN(rapid.Bool(), len(cells), len(cells)).Draw(t, "escaped")
		b := &Batch{}
		b.Reset(&Chunk{})
		b.N = len(cells)
		b.Cols = []Column{NewColumn(&Field{Name: "t"}, MaxRows, true)}
		c := &b.Cols[0]
		c.Valid.Fill(true)
		var buffers [2][]byte
		for i, s := range cells {
			which := int32(0)
			if escaped[i] {
				which = 1
			}
			from := len(buffers[which])
			buffers[which] = append(buffers[which], s...)
			c.Text[i].SetView(buffers[which], from, len(buffers[which]), which)
		}
		c.Buffers = buffers
		owned := b.Record(memory.DefaultAllocator).Column(0).(*array.String)
		borrowed := b.Borrow().Column(0).(*array.StringView)
		for i, s := range cells {
			if owned.Value(i) != s || borrowed.Value(i) != s || string(c.Cell(i)) != s {
				t.Fatalf("%q became %q, %q, %q", s, owned.Value(i), borrowed.Value(i), c.Cell(i))
			}
		}
	})
}
