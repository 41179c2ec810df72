package encode

import (
	"strings"
	"testing"

	"github.com/assay-dev/assay/internal/fault"
	"github.com/assay-dev/assay/internal/flow"
)

var rowLetter = Letter{
	Code: fault.InvalidFile, Stage: "DECODE", Message: []byte("Not valid CSV at line 3: NUL byte"), Value: []byte("7,a\x00b"),
	HeaderRow: []byte("id,note"), Row: 1, Line: 3, From: 40, To: 45,
}

var chunkLetter = Letter{
	Code: fault.MissingColumns, Stage: "VALIDATE", Message: []byte("Required columns are missing: id"), Value: []byte("note\r\na\r\n"),
	Row: -1, Line: 1, From: 0, To: 4,
}

func TestDeadLetters(t *testing.T) {
	for name, c := range map[string]struct {
		letters []Letter
		set     func(*rig)
	}{
		"row":   {letters: []Letter{rowLetter}},
		"chunk": {letters: []Letter{chunkLetter}},
		// A fault without a place, of a chunk without a key, whose sender says what it is.
		"placeless": {
			[]Letter{{Code: fault.UnsupportedCodec, Stage: "ADMISSION", Message: []byte("Unsupported codec: gzip"), Value: []byte{0x1f, 0x8b}, Row: -1}},
			func(r *rig) {
				r.chunk.Key = nil
				r.chunk.Headers = []flow.Header{
					{Key: "Content-Type", Value: []byte("text/csv; charset=utf-8")}, {Key: "content-encoding", Value: []byte("gzip")},
					{Key: "x-null"}, {Key: "x-empty", Value: []byte{}},
				}
			},
		},
		"empty": {letters: []Letter{{Code: fault.InvalidFile, Stage: "DECODE", Value: []byte{}, Row: -1}}},
		// A record that is longer than a window of a file.
		"giant": {letters: []Letter{
			{Code: fault.InvalidFile, Stage: "DECODE", Value: []byte("\"never"), HeaderRow: []byte("id"), Row: 1, Line: 3, From: 10, To: 16, Part: 1},
			{Code: fault.InvalidFile, Stage: "DECODE", Value: []byte(" clo"), HeaderRow: []byte("id"), Row: 1, Line: 3, From: 16, To: 20, Part: 2},
			{Code: fault.InvalidFile, Stage: "DECODE", Value: []byte("sed"), HeaderRow: []byte("id"), Row: 1, Line: 3, From: 20, To: 23, Part: 3, Last: true},
		}},
		// Chunks without a header record: rows were read under none.
		"headless": {letters: []Letter{{Code: fault.MissingField, Stage: "VALIDATE", Value: []byte(",a"), Row: 0, Line: 1, To: 2}}},
		// What an earlier letter said of itself gives way, but for when the row was first refused.
		"replayed": {[]Letter{rowLetter}, func(r *rig) {
			r.chunk.Attempt = 2
			for _, name := range letterHeaders {
				r.chunk.Headers = append(r.chunk.Headers, flow.Header{Key: name, Value: []byte("old")})
			}
			r.chunk.Headers = append(r.chunk.Headers,
				flow.Header{Key: "assay-source", Value: []byte("old")}, flow.Header{Key: "assay-version", Value: []byte("old")},
				flow.Header{Key: "assay-part", Value: []byte("old")}, flow.Header{Key: "assay-part-last", Value: []byte("old")},
				flow.Header{Key: "assay-origin", Value: []byte("census.in/1/7/0")}, flow.Header{Key: "assay-attempt", Value: []byte("2")},
				flow.Header{Key: "assay-key-id", Value: []byte("ask_live_012")})
		}},
		"secrets": {[]Letter{rowLetter, chunkLetter}, func(r *rig) {
			r.chunk.Headers = []flow.Header{
				{Key: "assay-key", Value: []byte("ask_live_0123456789abcdef")},
				{Key: "Authorization", Value: []byte("Bearer 5f0c2f0e-7c1e-4a52-9c5b-1d2f3a4b5c6d")},
				{Key: "X-Api-Key", Value: []byte("live_sk_0123456789abcdef")},
			}
		}},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			if c.set != nil {
				c.set(r)
			}
			w := r.begin()
			for _, l := range c.letters {
				if err := w.DeadLetter(&l); err != nil {
					t.Fatal(err)
				}
			}
			r.golden(t, "letter_"+name)
			for _, m := range r.sent() {
				for _, h := range m.headers {
					if strings.Contains(string(h.Value), "abcdef") || strings.Contains(string(h.Value), "5f0c2f0e") {
						t.Errorf("%s: %s shows a secret", h.Key, h.Value)
					}
				}
			}
		})
	}
}

// The letters of one chunk do not show in those of the next.
func TestLettersOfTwoChunks(t *testing.T) {
	r := newRig(t)
	r.chunk.Headers = []flow.Header{{Key: firstSeen, Value: []byte("long ago")}, {Key: "x-first", Value: []byte("1")}}
	w := r.begin()
	if err := w.DeadLetter(&rowLetter); err != nil {
		t.Fatal(err)
	}
	r.chunk.Headers, r.chunk.Offset = nil, 43
	w.Begin(&r.chunk, origin, &r.fx)
	if err := w.DeadLetter(&rowLetter); err != nil {
		t.Fatal(err)
	}
	m := r.sent()[1]
	for name, want := range map[string]string{
		firstSeen: "2026-05-25T12:00:00.123Z", "__connect.errors.offset": "43", "assay-source": "census.in/3/43/1",
	} {
		if got := m.header(t, name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
	for _, h := range m.headers {
		if h.Key == "x-first" {
			t.Error("a header of the chunk before is there")
		}
	}
}

func TestNobodyReadsLetters(t *testing.T) {
	r := newRig(t)
	r.feed.Disabled[flow.Dead] = true
	if err := r.begin().DeadLetter(&rowLetter); err != nil || len(r.sent()) > 0 {
		t.Errorf("%d messages, %v", len(r.sent()), err)
	}
}
