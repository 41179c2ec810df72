package encode

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/ipc"
	"pgregory.net/rapid"

	"github.com/assay-dev/assay/internal/flow"
)

// Every type of column, null and not, read back by Arrow's own reader.
func TestArrowRows(t *testing.T) {
	for name, set := range map[string]func(*rig){
		"all":      func(r *rig) {},
		"columns":  func(r *rig) { r.few = true },
		"chosen":   chosen,
		"replaced": func(r *rig) { r.fields, r.outs[1].Name, r.outs[2].Name = nil, "note", "id" },
	} {
		t.Run(name, func(t *testing.T) {
			r := mixed(t)
			set(r)
			if refused := r.encode(NewArrowRows(r.begin(), false), people); len(refused) > 0 {
				t.Errorf("refused: %+v", refused)
			}
			r.golden(t, "arrow_"+name)
		})
	}
}

// Each batch of rows is a stream of its own, and one that is too large is halved.
func TestArrowParts(t *testing.T) {
	r := profile(t)
	r.batch = 4
	r.fx.Limit[flow.Scored] = 2000
	var b strings.Builder
	b.WriteString("id,note\n")
	for i := range 9 {
		n := 200
		if i == 5 {
			n = 2000
		}
		fmt.Fprintf(&b, "%d,%s\n", i, strings.Repeat("x", n))
	}
	refused := r.encode(NewArrowRows(r.begin(), false), b.String())
	if len(refused) != 1 || refused[0].Row != 5 || refused[0].Limit != 2000 || !refused[0].Dead {
		t.Errorf("refused: %+v", refused)
	}
	r.golden(t, "arrow_parts")
}

// A file is one stream for all chunks, which ends when it is closed.
func TestArrowFile(t *testing.T) {
	r := profile(t)
	rows := NewArrowRows(r.begin(), true)
	r.encode(rows, "id,note\n1,a\n2,b\n")
	r.encode(rows, "id,note\n3,c\n")
	var stream []byte
	for _, m := range r.sent() {
		stream = append(stream, m.value...)
	}
	end, err := rows.(*arrowRows).Close()
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Join(readArrow(t, append(stream, end...))[5:], "\n")
	if want := `"1" "a" 0 "Children" "low"` + "\n" + `"2" "b" 1 "Trades" "low"` + "\n" + `"3" "c" 0 "Children" "low"`; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// A file without rows is a stream with a schema; one whose header was never read is nothing.
func TestArrowFileOfNoRows(t *testing.T) {
	r := profile(t)
	rows := NewArrowRows(r.begin(), true)
	if end, err := rows.(*arrowRows).Close(); err != nil || len(end) > 0 {
		t.Errorf("%d bytes, %v", len(end), err)
	}
	r.encode(rows, "id,note\n")
	end, err := rows.(*arrowRows).Close()
	if err != nil {
		t.Fatal(err)
	}
	if got := readArrow(t, end); len(got) != 5 {
		t.Errorf("%q", got)
	}
}

// A stream has one schema: a second chunk with other columns cannot go into the same file.
func TestArrowFileOfOtherColumns(t *testing.T) {
	r := profile(t)
	rows := NewArrowRows(r.begin(), true)
	r.encode(rows, "id,note\n1,a\n")
	s := r.open("id,other\n2,b\n")
	if err := rows.Begin(s.layout, &s.batch); err == nil || !strings.Contains(err.Error(), "differ") {
		t.Errorf("error %v", err)
	}
}

// Whatever the table, its batches and its parts, Arrow's reader gives the cells' texts and the scores, in order.
func TestArrowRowsHoldTheCells(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawTable(t, 0)
		r := profile(t)
		r.fields, r.batch, r.dead = nil, in.batch, in.dead
		r.fx.Limit[flow.Scored] = rapid.SampledFrom([]int{0, 6000, 3000}).Draw(t, "limit")
		if refused := r.encode(NewArrowRows(r.begin(), false), in.text()); len(refused) > 0 {
			t.Fatalf("%d rows are refused", len(refused))
		}
		var want, got []string
		for i, row := range in.rows {
			if row.fate != live {
				continue
			}
			var cells []string
			for _, c := range row.cells {
				cells = append(cells, strconv.Quote(c.text))
			}
			for k := range r.outs {
				v := r.outs[k].value(int64(i))
				if s, ok := v.(string); ok {
					v = strconv.Quote(s)
				}
				cells = append(cells, fmt.Sprint(v))
			}
			want = append(want, strings.Join(cells, " "))
		}
		for i, m := range r.sent() {
			checkPart(t, &m, i+1, len(want) == len(got)+rowsOf(t, &m))
			got = append(got, readArrow(t, m.value)[len(in.names)+len(r.outs):]...)
		}
		if fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
			t.Fatalf("got  %q\nwant %q", got, want)
		}
	})
}

func rowsOf(t tb, m *message) int {
	n, err := strconv.Atoi(m.header(t, "assay-rows"))
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// readArrow gives a line for each column of a stream and one for each row.
func readArrow(t tb, stream []byte) (lines []string) {
	t.Helper()
	reader, err := ipc.NewReader(bytes.NewReader(stream))
	if err != nil {
		t.Fatal(err)
	}
	defer reader.Release()
	for _, f := range reader.Schema().Fields() {
		line := f.Name + ": " + f.Type.String()
		if !f.Nullable {
			line += " not null"
		}
		lines = append(lines, line)
	}
	for reader.Next() {
		record := reader.Record()
		for i := range int(record.NumRows()) {
			var cells []string
			for _, c := range record.Columns() {
				cells = append(cells, cellOf(c, i))
			}
			lines = append(lines, strings.Join(cells, " "))
		}
	}
	if err := reader.Err(); err != nil && !errors.Is(err, io.EOF) {
		t.Fatal(err)
	}
	return lines
}

// cellOf gives a value as text: in quotes where it is one, null where there is none.
func cellOf(c arrow.Array, i int) string {
	switch c := c.(type) {
	case *array.String:
		if c.IsValid(i) {
			return strconv.Quote(c.Value(i))
		}
	case *array.Dictionary:
		if c.IsValid(i) {
			return cellOf(c.Dictionary(), c.GetValueIndex(i))
		}
	default:
		if c.IsValid(i) {
			return c.ValueStr(i)
		}
	}
	return "null"
}
