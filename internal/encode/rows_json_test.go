package encode

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"testing"

	"pgregory.net/rapid"

	"github.com/assay-dev/assay/internal/flow"
)

// Every type of column, null and not, every header mode, and what the settings leave out.
func TestJSONRows(t *testing.T) {
	for name, set := range map[string]func(*rig){
		"source":  func(r *rig) {},
		"none":    func(r *rig) { r.feed.Headers = HeadersNone },
		"all":     func(r *rig) { r.feed.Headers = HeadersAll },
		"columns": func(r *rig) { r.few = true },
		// A column that is called like one of the scorer's gives way to it.
		"replaced": func(r *rig) { r.fields, r.outs[1].Name, r.outs[2].Name = nil, "note", "id" },
		"chosen":   chosen,
		// Rows without a key column have the chunk's key.
		"keyless": func(r *rig) { r.fields = peopleFields[1:] },
		"by_key":  func(r *rig) { r.feed.ByKey, r.feed.Partitions[flow.Scored] = true, 6 },
		// Fewer partitions than the input has.
		"folded": func(r *rig) { r.feed.Partitions[flow.Scored] = 2 },
	} {
		t.Run(name, func(t *testing.T) {
			r := mixed(t)
			set(r)
			if refused := r.encode(NewJSONRows(r.begin()), people); len(refused) > 0 {
				t.Errorf("refused: %+v", refused)
			}
			r.golden(t, "json_"+name)
		})
	}
}

func TestJSONRowWithoutColumns(t *testing.T) {
	r := newRig(t)
	r.few = true
	r.encode(NewJSONRows(r.begin()), "a,b\n1,2\n")
	if m := r.sent()[0]; string(m.value) != "{}" {
		t.Errorf("%s", m.value)
	}
}

// One encoder serves chunks whose headers differ, and the same header again.
func TestJSONRowsOfSeveralHeaders(t *testing.T) {
	r := newRig(t)
	rows := NewJSONRows(r.begin())
	r.encode(rows, "a,b\n1,2\n")
	r.outs = []output{{flow.Field{Name: "n", Type: flow.Int8}, func(int64) any { return 5 }}}
	r.encode(rows, "c\n3\n")
	r.outs = nil
	r.encode(rows, "a,b\n4,5\n")
	want := []string{`{"a":"1","b":"2"}`, `{"c":"3","n":5}`, `{"a":"4","b":"5"}`}
	for i, m := range r.sent() {
		if string(m.value) != want[i] {
			t.Errorf("row %d is %s, want %s", i, m.value, want[i])
		}
	}
}

// Whatever a cell holds, encoding/json reads the same text under the same name in the same place.
func TestJSONRowsHoldTheCells(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawTable(t, 0)
		r := profile(t)
		r.fields, r.batch, r.dead = nil, in.batch, in.dead
		if refused := r.encode(NewJSONRows(r.begin()), in.text()); len(refused) > 0 {
			t.Fatalf("refused: %+v", refused)
		}
		all := r.sent()
		for i, row := range in.rows {
			if row.fate != live {
				continue
			}
			if len(all) == 0 {
				t.Fatalf("row %d and those behind it are missing", i)
			}
			m := all[0]
			all = all[1:]
			if got, want := m.header(t, "assay-source"), fmt.Sprint("census.in/3/42/", i); got != want {
				t.Fatalf("source %s, want %s", got, want)
			}
			want := []json.Token{json.Delim('{')}
			for k, c := range row.cells {
				want = append(want, in.names[k], c.text)
			}
			for k := range r.outs {
				value := r.outs[k].value(int64(i))
				if n, ok := value.(int); ok {
					value = float64(n)
				}
				want = append(want, r.outs[k].Name, value)
			}
			want = append(want, json.Delim('}'))
			if got := tokens(t, m.value); fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) {
				t.Fatalf("row %d is %s\ngot  %q\nwant %q", i, m.value, got, want)
			}
		}
		if len(all) > 0 {
			t.Fatalf("%d rows too many", len(all))
		}
	})
}

// tokens gives what encoding/json reads, in its order.
func tokens(t tb, value []byte) (all []json.Token) {
	t.Helper()
	for d := json.NewDecoder(bytes.NewReader(value)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatalf("%v in %s", err, value)
		}
		all = append(all, token)
	}
}
