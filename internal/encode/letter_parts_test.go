package encode

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"testing"

	"pgregory.net/rapid"

	"github.com/assay-dev/assay/internal/fault"
	"github.com/assay-dev/assay/internal/flow"
	"github.com/assay-dev/assay/internal/wire"
)

// Whatever its topic takes, a letter is whole again when its parts are joined: the value, and before it the header row. Each part
// fits (sent checks that), and those of a row tell where their own bytes stood.
func TestLettersInParts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string, most int) []byte {
			return bytes.Repeat([]byte("0123456789abcdef\n"), most)[:rapid.IntRange(0, most).Draw(t, name)]
		}
		l := rowLetter
		if rapid.Bool().Draw(t, "of a chunk") {
			l = chunkLetter
		}
		l.Value, l.From = draw("value", 9000), rapid.Int64Range(0, 99_999).Draw(t, "from")
		l.To = l.From + int64(len(l.Value))
		if l.Row >= 0 && rapid.Bool().Draw(t, "under a header") {
			l.HeaderRow = draw("header", 9000)
		}
		r := newRig(t)
		r.chunk.Key = draw("key", 300)
		r.fx.Limit[flow.Dead] = rapid.IntRange(1800, 20_000).Draw(t, "limit")
		if err := r.begin().DeadLetter(&l); err != nil {
			t.Fatal(err)
		}
		all := r.sent()
		if len(all) == 1 && alikeLetters(t, &l, &all[0]) {
			return
		}
		var value, header []byte
		at := l.From
		for i := range all {
			m := &all[i]
			if got, want := m.header(t, "assay-part"), fmt.Sprintf("%d/%d", i+1, len(all)); got != want {
				t.Fatalf("part %s, want %s", got, want)
			}
			from, to := l.From, l.To
			if l.Row >= 0 {
				from, to = at, at+int64(len(m.value))
				at = to
			}
			if got, want := m.header(t, "assay-error-bytes"), fmt.Sprintf("%d-%d", from, to); got != want {
				t.Fatalf("part %d: bytes %s, want %s", i+1, got, want)
			}
			if h, ok := find(m, "assay-header-row"); ok {
				if len(value) > 0 {
					t.Fatalf("part %d: the header row goes on behind bytes of the value", i+1)
				}
				header = append(header, h...)
			}
			if value = append(value, m.value...); m.value == nil {
				t.Fatalf("part %d is a tombstone", i+1)
			}
			for _, name := range []string{"assay-error-code", "__connect.errors.offset", "assay-source", "x-other"} {
				m.header(t, name)
			}
		}
		if !bytes.Equal(value, l.Value) || !bytes.Equal(header, l.HeaderRow) {
			t.Fatalf("%d bytes under %d became %d under %d", len(l.Value), len(l.HeaderRow), len(value), len(header))
		}
		if limit := r.fx.Limit[flow.Dead]; whole(t, r, &l) <= limit {
			t.Fatal("a letter that fits was cut")
		}
	})
}

// alikeLetters reports whether m is l in one piece.
func alikeLetters(t tb, l *Letter, m *message) bool {
	_, cut := find(m, "assay-part")
	h, _ := find(m, "assay-header-row")
	if cut {
		return false
	}
	if !bytes.Equal(m.value, l.Value) || !bytes.Equal(h, l.HeaderRow) {
		t.Fatalf("the letter in one piece is %q under %q", m.value, h)
	}
	return true
}

// whole gives the size of a letter in one piece.
func whole(t tb, r *rig, l *Letter) int {
	r.fx = flow.Effects{}
	if err := r.begin().DeadLetter(l); err != nil {
		t.Fatal(err)
	}
	m := r.sent()[0]
	return wire.RecordSize(math.MaxInt32, m.key, m.value, m.headers)
}

func find(m *message, name string) (value []byte, ok bool) {
	for _, h := range m.headers {
		if h.Key == name {
			return h.Value, true
		}
	}
	return nil, false
}

// A letter whose key and headers leave next to nothing for its bytes is not sent a byte at a time.
func TestLetterWithoutRoomForItsBytes(t *testing.T) {
	for name, set := range map[string]func(*rig){
		"key":    func(r *rig) { r.chunk.Key = make([]byte, 8500) },
		"header": func(r *rig) { r.chunk.Headers = []flow.Header{{Key: "x", Value: make([]byte, 8500)}} },
	} {
		r := newRig(t)
		set(r)
		r.fx.Limit[flow.Dead] = 10_000
		l := Letter{Code: fault.InvalidFile, Value: make([]byte, 5000), Row: -1}
		large := (*TooLarge)(nil)
		if err := r.begin().DeadLetter(&l); !errors.As(err, &large) || large.Output != flow.Dead || large.Size < 13_000 || large.Limit != 10_000 {
			t.Errorf("%s: %v", name, err)
		}
		if n := len(r.sent()); n > 0 {
			t.Errorf("%s: %d messages have left", name, n)
		}
	}
}
