package encode

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"github.com/assay-dev/assay/internal/fault"
	"github.com/assay-dev/assay/internal/flow"
	"github.com/assay-dev/assay/internal/wire"
)

// A message of any kind leaves when its topic takes just its size; of a topic that takes a byte less it says so, with the
// right numbers, and nothing is sent.
func TestTooLarge(t *testing.T) {
	flagged := Quality{Rows: 1}
	for name, c := range map[string]struct {
		out  flow.Output
		send func(*Writer) error
	}{
		"error":   {flow.Errors, func(w *Writer) error { _, err := w.Error(&ErrorEvent{Code: fault.InvalidFile, Row: 1}); return err }},
		"summary": {flow.Errors, func(w *Writer) error { return w.Summary([]Total{{fault.InvalidFile, "", 7}}) }},
		"quality": {flow.Quality, func(w *Writer) error { return w.QualityEvent(&flagged, 1, nil) }},
		"result":  {flow.Results, func(w *Writer) error { _, err := w.Result(&Result{Quality: &flagged}); return err }},
		"row":     {flow.Dead, func(w *Writer) error { return w.DeadLetter(&rowLetter) }},
		"chunk":   {flow.Dead, func(w *Writer) error { return w.DeadLetter(&chunkLetter) }},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			if err := c.send(r.begin()); err != nil {
				t.Fatal(err)
			}
			m := r.sent()[0]
			size := wire.RecordSize(math.MaxInt32, m.key, m.value, m.headers)

			r = newRig(t)
			r.fx.Limit[c.out] = size
			if err := c.send(r.begin()); err != nil || len(r.sent()) != 1 {
				t.Errorf("a topic that takes %d bytes: %d messages, %v", size, len(r.sent()), err)
			}

			r = newRig(t)
			r.fx.Limit[c.out] = size - 1
			err := c.send(r.begin())
			large, want := (*TooLarge)(nil), TooLarge{Output: c.out, Size: size, Limit: size - 1}
			if !errors.As(err, &large) || *large != want {
				t.Errorf("%v, want %v", err, &want)
			}
			if len(r.sent()) > 0 {
				t.Error("something has been sent")
			}
		})
	}
}

func TestTooLargeSaysWhere(t *testing.T) {
	err := &TooLarge{Output: flow.Dead, Size: 1100, Limit: 1000}
	if got, want := err.Error(), "a record of 1100 bytes does not fit into the dead topic, which takes 1000"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

// A JSON row that fits into no message is refused with its topic's limit, and the rows around it leave.
func TestRowThatFitsNowhere(t *testing.T) {
	r := profile(t)
	r.fx.Limit[flow.Scored] = 200
	refused := r.encode(NewJSONRows(r.begin()), fmt.Sprintf("id,note\n1,a\n2,%0200d\n3,c\n", 5))
	if len(refused) != 1 || refused[0].Row != 1 || refused[0].Code != fault.FileTooLarge || refused[0].Limit != 200 || !refused[0].Dead {
		t.Errorf("refused: %+v", refused)
	}
	var keys []string
	for _, m := range r.sent() {
		keys = append(keys, string(m.key))
	}
	if !slices.Equal(keys, []string{"1", "3"}) {
		t.Errorf("rows %q left", keys)
	}
}

// A topic into which not even the headers fit refuses every row; nothing is sent and nothing panics.
func TestTopicThatTakesNothing(t *testing.T) {
	for name, rows := range map[string]func(*Writer) Rows{
		"json":  NewJSONRows,
		"csv":   func(w *Writer) Rows { return NewCSVRows(w, false) },
		"arrow": func(w *Writer) Rows { return NewArrowRows(w, false) },
	} {
		r := profile(t)
		r.fx.Limit[flow.Scored] = 10
		if refused := r.encode(rows(r.begin()), "id,note\n1,a\n2,b\n3,c\n"); len(refused) != 3 || len(r.sent()) > 0 {
			t.Errorf("%s: %d rows are refused, %d messages", name, len(refused), len(r.sent()))
		}
	}
}

// Records go on in the Effects that the lane has put in the place of those it has sent.
func TestEffectsAreReplaced(t *testing.T) {
	r := newRig(t)
	w := r.begin()
	var next flow.Effects
	w.Effects(&next)
	if err := w.DeadLetter(&rowLetter); err != nil {
		t.Fatal(err)
	}
	if len(r.fx.Frames()) != 0 || len(next.Frames()) != 1 {
		t.Errorf("%d batches in the old ones, %d in the new", len(r.fx.Frames()), len(next.Frames()))
	}
}

// Documents and letters stay with the partition of their input, folded where their topic has fewer.
func TestPartition(t *testing.T) {
	for of, want := range map[int32]int32{0: 11, 4: 3, 12: 11} {
		r := newRig(t)
		r.chunk.Partition, r.feed.Partitions[flow.Dead] = 11, of
		if err := r.begin().DeadLetter(&rowLetter); err != nil {
			t.Fatal(err)
		}
		if got := r.sent()[0].partition; got != want {
			t.Errorf("of %d partitions: %d, want %d", of, got, want)
		}
	}
}

// Headers that may travel on are found however the settings or the sender write them.
func TestCarriedHeaders(t *testing.T) {
	r := newRig(t)
	r.feed.Allowed = []string{"X-Trace-Id", "x-batch"}
	r.chunk.Headers = []flow.Header{
		{Key: "x-trace-id", Value: []byte("a")}, {Key: "X-BATCH", Value: []byte("b")}, {Key: "x-other", Value: []byte("c")}, {Key: "x-batch"},
	}
	if err := r.begin().Summary(nil); err != nil {
		t.Fatal(err)
	}
	headers := r.sent()[0].headers
	want := []flow.Header{{Key: "x-trace-id", Value: []byte("a")}, {Key: "X-BATCH", Value: []byte("b")}, {Key: "x-batch"}}
	if got := headers[len(headers)-3:]; fmt.Sprintf("%q", got) != fmt.Sprintf("%q", want) || got[2].Value != nil {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestAppendTime(t *testing.T) {
	for want, at := range map[string]time.Time{
		"2026-05-25T12:00:00Z":     time.Date(2026, 5, 25, 12, 0, 0, 0, time.UTC),
		"2026-05-25T12:00:00.123Z": noon.In(time.FixedZone("", 3600)),
		"1970-01-01T00:00:00Z":     time.UnixMilli(0),
	} {
		if got := string(AppendTime(nil, at)); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
