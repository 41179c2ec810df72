package encode

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/assay-dev/assay/internal/flow"
)

// CP-07: whatever the table, its batches and its parts, the rows that leave are the input's bytes and line ends with three more
// cells, in order, under the input's header.
func TestCSVRowsAreTheInputs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawTable(t, 30)
		r := profile(t)
		r.fields, r.batch, r.dead = nil, in.batch, in.dead
		r.fx.Limit[flow.Scored] = rapid.SampledFrom([]int{0, 2000, 600}).Draw(t, "limit")
		if refused := r.encode(NewCSVRows(r.begin(), false), in.text()); len(refused) > 0 {
			t.Fatalf("refused: %+v", refused)
		}
		want, rows := "", 0
		for i, row := range in.rows {
			if row.fate != live {
				continue
			}
			rows++
			eol := row.eol
			if eol == "" {
				eol = in.before(i)
			}
			want += row.raw + scores(r, i) + eol
		}
		header := in.header + ",profile_id,profile_name,profile_confidence" + in.eol
		if got := string(joinParts(t, r.sent(), []byte(header), rows)); got != want {
			t.Fatalf("got  %q\nwant %q", got, want)
		}
	})
}

// The same where columns give way to the scorer's: the bytes of those that are left.
func TestCSVRowsKeepCells(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := drawTable(t, 0)
		r := profile(t)
		gone := rapid.IntRange(0, len(in.names)-1).Draw(t, "replaced")
		r.outs[1].Name = in.names[gone]
		r.fields, r.batch, r.dead = nil, in.batch, in.dead
		r.encode(NewCSVRows(r.begin(), false), in.text())
		want, rows := "", 0
		for i, row := range in.rows {
			if row.fate != live {
				continue
			}
			rows++
			var kept []string
			for k, c := range row.cells {
				if k != gone {
					kept = append(kept, c.raw)
				}
			}
			eol := row.eol
			if eol == "" {
				eol = in.before(i)
			}
			want += strings.Join(kept, ",") + scores(r, i) + eol
		}
		var kept []string
		for k, name := range in.names {
			if k != gone {
				kept = append(kept, quoteCell(name))
			}
		}
		header := strings.Join(kept, ",") + ",profile_id," + quoteCell(in.names[gone]) + ",profile_confidence" + in.eol
		if got := string(joinParts(t, r.sent(), []byte(header), rows)); got != want {
			t.Fatalf("got  %q\nwant %q", got, want)
		}
	})
}

// scores is what row i gets at its end.
func scores(r *rig, i int) (s string) {
	for k := range r.outs {
		s += "," + fmt.Sprint(r.outs[k].value(int64(i)))
	}
	return s
}

// joinParts checks how the parts of a chunk are named and counted, and gives their rows without the header of each.
func joinParts(t tb, parts []message, header []byte, rows int) (all []byte) {
	t.Helper()
	sum := 0
	for i, m := range parts {
		body, ok := bytes.CutPrefix(m.value, header)
		if !ok {
			t.Fatalf("part %d begins otherwise than with %q: %q", i+1, header, m.value)
		}
		all = append(all, body...)
		n, err := strconv.Atoi(m.header(t, "assay-rows"))
		if err != nil || n == 0 {
			t.Fatalf("part %d has %d rows, %v", i+1, n, err)
		}
		sum += n
		checkPart(t, &m, i+1, i == len(parts)-1)
	}
	if sum != rows {
		t.Fatalf("the parts have %d rows, want %d", sum, rows)
	}
	return all
}

func checkPart(t tb, m *message, part int, last bool) {
	t.Helper()
	if got := m.header(t, "assay-part"); got != strconv.Itoa(part) {
		t.Fatalf("part %d calls itself %s", part, got)
	}
	for _, h := range m.headers {
		if h.Key == "assay-part-last" && !last {
			t.Fatalf("part %d calls itself the last", part)
		}
	}
	if last && m.header(t, "assay-part-last") != "1" {
		t.Fatalf("the last part, %d, does not say so", part)
	}
}
