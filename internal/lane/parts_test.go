package lane_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/assay-dev/assay/internal/flow"
	"github.com/assay-dev/assay/internal/lane"
	"github.com/assay-dev/assay/internal/testkit"
)

// joined is a letter whose parts have been put together.
type joined struct {
	source, value, header string
	parts                 int
}

// letters reads the dead letters of partition 0 and joins those that came in parts.
func (r *rig) letters() (all []joined) {
	r.t.Helper()
	of := 0 // parts that are still to come
	for _, x := range r.read(r.out.Dead)[0] {
		h := map[string]string{}
		for _, y := range x.Headers {
			h[y.Key] = string(y.Value)
		}
		part, total := 1, 1
		if s, ok := h["assay-part"]; ok {
			if _, err := fmt.Sscanf(s, "%d/%d", &part, &total); err != nil {
				r.t.Fatalf("assay-part %q: %v", s, err)
			}
		}
		if part == 1 && of == 0 {
			all, of = append(all, joined{source: h["assay-source"]}), total
		}
		l := &all[len(all)-1]
		if l.parts++; part != l.parts || total != of || h["assay-source"] != l.source {
			r.t.Fatalf("part %d/%d of %s after %d of %d of %s", part, total, h["assay-source"], l.parts-1, of, l.source)
		}
		l.value, l.header = l.value+string(x.Value), l.header+h["assay-header-row"]
		if part == of {
			of = 0
		}
	}
	if of > 0 {
		r.t.Fatalf("%d of %d parts are there", all[len(all)-1].parts, of)
	}
	return all
}

// TestSmallLetters has the dead-letter topic take less than most refused chunks are long: each has its fate once, in parts as in one
// piece.
func TestSmallLetters(t *testing.T) {
	testkit.OnEach(t, func(t *testing.T, env testkit.Env) {
		bad := plan(60)
		bad.Bad = 0.5
		r := newRig(t, env, bad)
		r.tune = func(c *lane.Config) { c.MaxMessage[flow.Dead] = 6 << 10 }
		r.produce()
		p := r.start("a")
		r.await()
		r.flawless()
		p.end()
		if !slices.ContainsFunc(r.letters(), func(l joined) bool { return l.parts > 1 }) {
			t.Error("no letter came in parts")
		}
	})
}

// TestLettersInParts refuses rows and chunks that are much larger than what the dead-letter topic takes. Their letters go out in
// parts and the partition goes on.
func TestLettersInParts(t *testing.T) {
	testkit.OnEach(t, func(t *testing.T, env testkit.Env) {
		r := newRig(t, env, clean(0))
		r.tune = func(c *lane.Config) { c.MaxMessage[flow.Dead] = 256 << 10 }
		c, err := kgo.NewClient(kgo.SeedBrokers(env.Addr...), kgo.RecordPartitioner(kgo.ManualPartitioner()))
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		const names = "id,AGE_GROUP,SEX,MARITAL_STATUS,HOUSEHOLD_ROLE,INCOME,EDUCATION,OCCUPATION,INDUSTRY,LABOUR_FORCE"
		const person = "1,Senior,Female,Single,Non-family,Low,Year 11 or below,Not in employment,Other / Not employed,Not in labour force"
		var wide strings.Builder // 3,000 more columns with names of 1,000 bytes
		wide.WriteString(names)
		for i := range 3000 {
			fmt.Fprintf(&wide, ",%01000d", i)
		}
		long := "1" + strings.Repeat(",long", 1<<20)
		unknown := "a,b\n" + strings.Repeat("no feed has such columns\n", 20_000)
		for i, x := range []struct{ value, encoding string }{
			{names + "\n" + long + "\n" + person + "\n", "gzip"}, // a row of 5 MiB
			{wide.String() + "\nshort\n", "gzip"},                // a header of 3 MB
			{unknown, ""},                                        // a chunk of 500 kB
			{names + "\n" + person + "\nshort\n", ""},
		} {
			record := &kgo.Record{Topic: r.in.Plan.Topic, Value: []byte(x.value)}
			if x.encoding != "" {
				record.Value = gzipped(t, x.value)
				record.Headers = []kgo.RecordHeader{{Key: "content-encoding", Value: []byte(x.encoding)}}
			}
			if err := c.ProduceSync(r.ctx(), record).FirstErr(); err != nil {
				t.Fatalf("chunk %d: %v", i, err)
			}
		}
		p := r.start("a")
		r.until("all four are committed", func(at map[int32]int64) bool { return at[0] == 4 })
		p.end()
		source := func(at string) string { return r.in.Plan.Topic + "/0/" + at }
		got := r.letters()
		for i, want := range []joined{
			{source("0/0"), long, names, 21},
			{source("1/0"), "short", wide.String(), 12},
			{source("2"), unknown, "", 2},
			{source("3/1"), "short", names, 1},
		} {
			if i >= len(got) {
				t.Fatalf("%d letters", len(got))
			}
			if g := got[i]; g != want {
				t.Errorf("letter %d: of %s, %d parts, %d bytes under %d; want of %s, %d parts, %d bytes under %d", i,
					g.source, g.parts, len(g.value), len(g.header), want.source, want.parts, len(want.value), len(want.header))
			}
		}
		if n := count(r.scored()); len(got) != 4 || n != 2 {
			t.Errorf("%d letters, %d rows scored", len(got), n)
		}
	})
}

func gzipped(t *testing.T, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
