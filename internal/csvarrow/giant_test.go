package csvarrow

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/assay-dev/assay/internal/flow"
)

// TestGiant reads records that are longer than the caller's largest window, one of them never closed.
func TestGiant(t *testing.T) {
	in := "a,b\n1,2\n3,\"4444444444444444\n4444444444444444\"\n5,6\n7,\"8\n999999999999999999999999"
	r := newReading(Dialect{}, Limits{})
	r.giant = 14
	got := r.read(t, []byte(in), 16, 32, 40, 48, 64)
	want := lines(
		`header line 1 [0:3] eol "\n" ["a" "b"]`,
		`row 0 line 2 [4:7] "1" "2"`,
		`refused 1 line 3 [8:32] @-1 row is longer than 24 bytes (part 1)`,
		`refused 1 line 3 [32:40] @-1 row is longer than 24 bytes (part 2)`,
		`refused 1 line 3 [40:45] @-1 row is longer than 24 bytes (part 3)`,
		`row 2 line 5 [46:49] "5" "6"`,
		`refused 3 line 6 [50:64] @-1 row is longer than 14 bytes (part 1)`,
		`refused 3 line 6 [64:79] @-1 row is longer than 14 bytes (part 3)`)
	if got != want {
		t.Errorf("got:\n%swant:\n%s", got, want)
	}
}

// TestGiantWithoutMemory streams an unterminated quote of many windows.
func TestGiantWithoutMemory(t *testing.T) {
	s := New(Dialect{}, Limits{})
	n, _, err := s.Header([]byte("a\n"), false)
	if n != 2 || err != nil {
		t.Fatal(n, err)
	}
	s.Bind(&Plan{Columns: make([]Target, 1)})
	var b flow.Batch
	next := func(window string, last bool) {
		if n, err := s.Giant(&b, []byte(window), last); n != len(window) || err != nil || len(b.Findings) != 1 {
			t.Fatal(n, err, b.Findings)
		}
	}
	next("\"xxxx", false)
	window := []byte("line\n")
	if n := testing.AllocsPerRun(1000, func() {
		if n, _ := s.Next(&b, window, false); n != len(window) || b.Findings[0].Part != flow.Middle {
			t.Fatal(n, b.Findings)
		}
	}); n != 0 {
		t.Errorf("%v allocations a window", n)
	}
	next("", true)
	if f := b.Findings[0]; f.Part != flow.Last || f.Line != 2 || f.Row != 0 || f.From != int64(2+5+1001*5) {
		t.Errorf("the last part is %+v", f)
	}
}

// FuzzGiant reads chunks through windows of a few bytes, in which most records are giants, and holds what comes out against
// what comes out of one window: each record begins and ends at the same places and lines.
func FuzzGiant(f *testing.F) {
	for i, in := range corpus {
		f.Add([]byte(in), byte(i), byte(i))
	}
	f.Fuzz(func(t *testing.T, in []byte, kind, size byte) {
		if len(in) > 4096 {
			t.Skip("enough")
		}
		d, window := dialects[int(kind)%len(dialects)], 2+int(size)%16
		r := newReading(d, Limits{})
		whole := r.read(t, in)
		var head int
		if n, err := fmt.Sscanf(whole[max(strings.IndexByte(whole, ':'), 0):], ":%d]", &head); n != 1 || err != nil {
			return // the chunk is refused
		}
		cuts := []int{min(head+2, len(in))} // a header is read whole
		for at := cuts[0] + 1; at < len(in); at++ {
			cuts = append(cuts, at)
		}
		r.giant = window
		parts := r.read(t, in, cuts...)
		if got, want := places(parts), places(whole); got != want {
			t.Fatalf("%q in windows of %d\ngot:\n%swant:\n%s\n%s", in, window, got, want, parts)
		}
	})
}

var (
	part  = regexp.MustCompile(`^refused (\d+) line (\d+) \[(\d+):(\d+)\] .* \(part (\d)\)$`)
	place = regexp.MustCompile(`^\w+ (\d+) line (\d+) \[(\d+):(\d+)\]`)
)

// places reduces what reading writes to where records stand, parts put together.
func places(s string) string {
	var out strings.Builder
	from, to := "", ""
	for l := range strings.Lines(s) {
		l = strings.TrimSuffix(l, "\n")
		if p := part.FindStringSubmatch(l); p != nil {
			if p[5] == strconv.Itoa(1) {
				from = p[3]
			} else if p[3] != to {
				fmt.Fprintf(&out, "a part begins at %s, not %s\n", p[3], to)
			}
			to = p[4]
			if p[5] == strconv.Itoa(3) {
				fmt.Fprintf(&out, "%s line %s [%s:%s]\n", p[1], p[2], from, to)
			}
		} else if p := place.FindStringSubmatch(l); p != nil {
			fmt.Fprintf(&out, "%s line %s [%s:%s]\n", p[1], p[2], p[3], p[4])
		}
	}
	return out.String()
}
