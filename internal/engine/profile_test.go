package engine_test

import (
	"fmt"
	"math/bits"
	"slices"
	"strings"
	"testing"

	"github.com/assay-dev/assay/internal/census"
	"github.com/assay-dev/assay/internal/engine"
	"github.com/assay-dev/assay/internal/flow"
	"github.com/assay-dev/assay/internal/score"
)

// All 512 ways in which some of the nine values are not stated, be it that they are empty, said so, or unknown.
func TestCP15Confidence(t *testing.T) {
	answers := strings.Split(retired, ",")[1:]
	ways := []string{"", " ", notStated, "Overseas visitor", "?"}
	rows := []string{collapsed}
	for set := range uint(1 << 9) {
		cells := []string{fmt.Sprint(set)}
		for v, answer := range answers {
			if set>>v&1 == 1 {
				answer = ways[(int(set)+v)%len(ways)]
			}
			cells = append(cells, answer)
		}
		rows = append(rows, strings.Join(cells, ","))
	}
	for set, p := range scored(t, engine.JSON, lines(rows...)).people(t) {
		want := "high"
		if bits.OnesCount(uint(set)) >= 3 {
			want = "low"
		}
		if p.Confidence != want {
			t.Errorf("%s: confidence %s, want %s", rows[1+set], p.Confidence, want)
		}
	}
}

// The worked examples of section 11 with its toy model.
func TestCP16WorkedExamples(t *testing.T) {
	c := pack(t)
	m := blank(t, c)
	m.Version, m.Scale, m.Bias = "toy", 1000, [score.Profiles]int32{120, 110, 300, 130, 115, 125, 160, 210}
	table(m, "EDUCATION").Label("Bachelor or higher").Entry = [score.Profiles]int32{40, 10, 90, 30, 20, -10, 15, -150}
	table(m, "OCCUPATION").Label("Managers and professionals").Entry = [score.Profiles]int32{50, 20, 95, 40, 10, -20, 30, -160}
	table(m, "INCOME").Label("Mid").Entry = [score.Profiles]int32{0, 5, 0, 0, 0, -10, 0, 0}
	setModel(c, m)
	p := compile(t, c, engine.Options{})
	in := lines(collapsed,
		"a,,,,,,,,,",
		"b,,,,,,Bachelor or higher,Managers and professionals,,",
		"c,Senior,Female,Single,Non-family,Low,Bachelor or higher,Managers and professionals,Other / Not employed,Not in labour force",
		"d,Senior,Female,Single,Non-family,Mid,Year 12,Not in employment,Other / Not employed,Not in labour force")
	professionals := "High-earning professionals"
	want := []person{
		{"a", 1, "Young singles and non-workers", "low"}, {"b", 7, professionals, "low"}, {"c", 7, professionals, "high"},
		{"d", 1, "Young singles and non-workers", "high"},
	}
	o := run(t, worker(t, p), chunk(in))
	if got := o.people(t); !slices.Equal(got, want) {
		t.Errorf("%+v, want %+v", got, want)
	}
	if p.Version() != "census-profile@1 model=toy" {
		t.Errorf("version %q", p.Version())
	}
}

func TestCP16Archetypes(t *testing.T) {
	in := lines(collapsed,
		"0,Mid career,Male,Single,Non-family,Mid,Year 11 or below,Labourers and operators,Primary and industrial,Full-time employed",
		"1,Youth,Female,Single,Child,Low,Year 12,Not in employment,Other / Not employed,Not in labour force",
		"2,Child,Male,Single,Child,No income,Year 11 or below,Not in employment,Other / Not employed,Not in labour force",
		"3,Mid career,Female,Partnered,Family head,No income,Year 12,Not in employment,Other / Not employed,Not in labour force",
		"4,Early career,Male,Partnered,Family head,Mid,Diploma or certificate,Trades and technical,Primary and industrial,Full-time employed",
		"5,Mid career,Female,Partnered,Family head,Mid,Diploma or certificate,Clerical and service,Public and community services,Part-time employed",
		"6"+retired,
		"7,Mid career,Male,Partnered,Family head,Very high,Bachelor or higher,Managers and professionals,Knowledge services,Full-time employed")
	for i, p := range scored(t, engine.JSON, in).people(t) {
		if p.ID != fmt.Sprint(p.Profile) || p.Confidence != "high" {
			t.Errorf("archetype %d scores as %+v", i, p)
		}
	}
}

// Of equal profiles the lowest id wins, wherever the tie begins, with the 16-bit sums and with wider ones.
func TestCP17TiesGoToTheLowestID(t *testing.T) {
	for _, worse := range []int32{1, 1 << 20} {
		for lowest := range score.Profiles {
			c := pack(t)
			m := blank(t, c)
			for k := range lowest {
				m.Bias[k] = worse
			}
			setModel(c, m)
			o := run(t, newWorker(t, c, engine.Options{}), chunk(persons(100, census.Options{})))
			for _, p := range o.people(t) {
				if p.Profile != lowest {
					t.Fatalf("profile %d of the equal ones from %d on", p.Profile, lowest)
				}
			}
		}
	}
}

// Chunks of any size give the same rows. The other half of CP-18, about lanes, is lane's.
func TestCP18ChunksOfAnySize(t *testing.T) {
	const rows = 9000 // more than two batches
	input := strings.SplitAfter(string(persons(rows, census.Options{ABS: true, Flagged: 0.01, Broken: 0.01})), "\n")
	for i, format := range formats[:2] {
		w := newWorker(t, pack(t), engine.Options{Format: format})
		var want []string
		for _, size := range []int{rows, 1, 7, 4096} {
			var got []string
			for from := 1; from <= rows; from += size {
				o := run(t, w, chunk(input[0]+strings.Join(input[from:min(from+size, rows+1)], "")))
				if format == engine.CSV {
					_, text, _ := strings.Cut(o.csv(), "\n")
					got = append(got, strings.SplitAfter(text, "\n")...)
					got = got[:len(got)-1]
				} else {
					got = append(got, o.values(flow.Scored)...)
				}
			}
			if want == nil {
				want = got
			}
			if len(want) < rows*9/10 || !slices.Equal(got, want) {
				t.Errorf("%s: chunks of %d rows give %d scored rows that are not the %d of one chunk", names[i], size, len(got), len(want))
			}
		}
	}
}

// credits are charged for all data records, refused ones included, and for each started hundred.
func TestCP23Credits(t *testing.T) {
	w := newWorker(t, pack(t), engine.Options{Format: engine.CSV})
	for _, test := range []struct{ rows, credits int64 }{{0, 0}, {1, 1}, {100, 1}, {101, 2}, {10_000, 100}} {
		for _, broken := range []float64{0, 0.5, 1} {
			o := run(t, w, chunk(persons(int(test.rows), census.Options{Broken: broken})))
			var result struct {
				Credits int64 `json:"credits_charged"`
				RowsIn  int64 `json:"rows_in"`
			}
			unmarshal(t, o.result, &result)
			if result.Credits != test.credits || result.RowsIn != test.rows {
				t.Errorf("%d rows: %s, want %d credits", test.rows, o.result, test.credits)
			}
		}
	}
}
