package encode

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/assay-dev/assay/internal/fault"
	"github.com/assay-dev/assay/internal/flow"
	"github.com/assay-dev/assay/internal/wire"
)

// Whatever a topic takes, each row has one fate: it leaves, in its order and in a batch that the topic takes (sent checks
// that), or it is refused with the topic's limit, and then it would not have fitted alone.
func TestEachRowLeavesOrIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		rows  func(*Writer) Rows
		ids   func(tb, *message) []string
		least int // limit at which a small row just fits or just does not
		// slack is by how many bytes a message may be refused too early: room is kept for the longest numbers in its headers,
		// for assay-part-last and for the longest lengths, and a row has other scores when it is alone.
		slack int
	}{
		"json":  {NewJSONRows, jsonIDs, 150, 8},
		"csv":   {func(w *Writer) Rows { return NewCSVRows(w, false) }, csvIDs, 250, 32},
		"arrow": {func(w *Writer) Rows { return NewArrowRows(w, false) }, arrowIDs, 1300, 32},
	} {
		t.Run(name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				limit := c.least + rapid.IntRange(0, 600).Draw(t, "limit")
				var rows []string
				for i, n := range rapid.SliceOfN(rapid.IntRange(0, 500), 0, 20).Draw(t, "lengths") {
					rows = append(rows, fmt.Sprintf("%d,%s\n", i, strings.Repeat("x", n)))
				}
				r := profile(t)
				r.batch, r.fx.Limit[flow.Scored] = rapid.IntRange(1, 8).Draw(t, "batch"), limit
				refused := map[string]bool{}
				for _, f := range r.encode(c.rows(r.begin()), "id,note\n"+strings.Join(rows, "")) {
					if f.Code != fault.FileTooLarge || f.Limit != int64(limit) || !f.Dead {
						t.Fatalf("refused with %+v", f)
					}
					refused[strconv.FormatInt(f.Row, 10)] = true
				}
				var got, want []string
				for _, m := range r.sent() {
					got = append(got, c.ids(t, &m)...)
				}
				for i := range rows {
					id := strconv.Itoa(i)
					if !refused[id] {
						want = append(want, id)
						continue
					}
					if size := alone(t, c.rows, rows[i]); size <= limit-c.slack {
						t.Fatalf("row %d takes %d bytes alone and is refused by a topic that takes %d", i, size, limit)
					}
				}
				if !slices.Equal(got, want) {
					t.Fatalf("got  %q\nwant %q", got, want)
				}
			})
		})
	}
}

// alone gives the size of the message that a row makes by itself.
func alone(t tb, rows func(*Writer) Rows, row string) int {
	r := profile(t)
	r.encode(rows(r.begin()), "id,note\n"+row)
	m := r.sent()[0]
	return wire.RecordSize(math.MaxInt32, m.key, m.value, m.headers)
}

func jsonIDs(t tb, m *message) []string {
	var row struct{ ID string }
	if err := json.Unmarshal(m.value, &row); err != nil {
		t.Fatal(err)
	}
	return []string{row.ID}
}

func csvIDs(_ tb, m *message) (ids []string) {
	for _, line := range strings.Split(strings.TrimSuffix(string(m.value), "\n"), "\n")[1:] {
		id, _, _ := strings.Cut(line, ",")
		ids = append(ids, id)
	}
	return ids
}

func arrowIDs(t tb, m *message) (ids []string) {
	for _, line := range readArrow(t, m.value)[5:] {
		id, _, _ := strings.Cut(line, " ")
		ids = append(ids, strings.Trim(id, `"`))
	}
	return ids
}
