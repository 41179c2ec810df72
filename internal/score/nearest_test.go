package score

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/assay-dev/assay/internal/flow"
)

// scored gives "id name confidence" of each row.
func scored(t *testing.T, m *Model, rows ...[]string) []string {
	t.Helper()
	s, in, out := bound(t, m)
	b := batchOf(t, in, out, rows...)
	if err := s.Score(b); err != nil {
		t.Fatal(err)
	}
	var got []string
	for i := range rows {
		for c := range b.Out {
			if !b.Out[c].Valid.Get(i) {
				t.Errorf("row %d has no %s", i, b.Out[c].Name)
			}
		}
		got = append(got, fmt.Sprintf("%d %s %s", b.Out[0].Ints[i], b.Out[1].Label(i), b.Out[2].Label(i)))
	}
	return got
}

// CP-16: the four rows of the toy model; the last is CP-17, a tie of profiles 1, 4 and 5.
func TestWorkedExamples(t *testing.T) {
	got := scored(t, toyModel(t),
		labels("Not stated, Not stated, Not stated, Not stated, Not stated, Not stated, Not stated, Not stated, Not stated"),
		labels("Not stated, Not stated, Not stated, Not stated, Not stated, Bachelor or higher, Managers and professionals, Not stated, Not stated"),
		labels("Senior, Male, Single, Child, Low, Bachelor or higher, Managers and professionals, Knowledge services, Unemployed"),
		labels("Senior, Male, Single, Child, Mid, Year 12, Trades and technical, Knowledge services, Unemployed"),
	)
	want := []string{
		"1 Young singles and non-workers low",
		"7 High-earning professionals low",
		"7 High-earning professionals high",
		"1 Young singles and non-workers high",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// CP-17: of equal sums the lowest id wins, wherever the tie stands.
func TestTies(t *testing.T) {
	for low := range Profiles {
		for high := low + 1; high < Profiles; high++ {
			m := toyModel(t)
			for k := range m.Bias {
				m.Bias[k] = 1000
			}
			m.Bias[low], m.Bias[high] = -5, -5
			got := scored(t, m, slices.Repeat([]string{NotStated}, Variables))
			if want := fmt.Sprintf("%d %s low", low, m.Profiles[low]); got[0] != want {
				t.Errorf("tie of %d and %d gives %s", low, high, got[0])
			}
		}
	}
}

// CP-15: three values that are not stated make the confidence low, wherever they stand.
func TestConfidence(t *testing.T) {
	for n := range Variables + 1 {
		for first := range Variables {
			row := labels("Senior, Male, Single, Child, Mid, Year 12, Trades and technical, Knowledge services, Unemployed")
			for v := range n {
				row[(first+v)%Variables] = NotStated
			}
			want := "high"
			if n >= 3 {
				want = "low"
			}
			if got := scored(t, toyModel(t), row); !strings.HasSuffix(got[0], " "+want) {
				t.Errorf("%d not stated, from column %d: %s", n, first, got[0])
			}
		}
	}
}

// CP-22: the archetypes of section 11 fix the ids of every model of the pack. No other profile may come near.
func TestArchetypes(t *testing.T) {
	archetypes := [][]string{
		labels("Mid career, Male, Single, Non-family, Mid, Year 11 or below, Labourers and operators, Primary and industrial, Full-time employed"),
		labels("Youth, Female, Single, Child, Low, Year 12, Not in employment, Other / Not employed, Not in labour force"),
		labels("Child, Male, Single, Child, No income, Year 11 or below, Not in employment, Other / Not employed, Not in labour force"),
		labels("Mid career, Female, Partnered, Family head, No income, Year 12, Not in employment, Other / Not employed, Not in labour force"),
		labels("Early career, Male, Partnered, Family head, Mid, Diploma or certificate, Trades and technical, Primary and industrial, Full-time employed"),
		labels("Mid career, Female, Partnered, Family head, Mid, Diploma or certificate, Clerical and service, Public and community services, Part-time employed"),
		labels("Senior, Female, Single, Non-family, Low, Year 11 or below, Not in employment, Other / Not employed, Not in labour force"),
		labels("Mid career, Male, Partnered, Family head, Very high, Bachelor or higher, Managers and professionals, Knowledge services, Full-time employed"),
	}
	m := packModel(t)
	for k, got := range scored(t, m, archetypes...) {
		if want := fmt.Sprintf("%d %s high", k, m.Profiles[k]); got != want {
			t.Errorf("archetype %d scores as %s", k, got)
		}
	}
	if !m.Fits16() {
		t.Error("the pack's model is not for the fast kernel")
	}
}

// The published sample rows: the second is archetype 6; nobody has published the profile of the first.
func TestPublishedRows(t *testing.T) {
	got := scored(t, packModel(t),
		labels("Early career, Male, Partnered, Family head, Mid, Bachelor or higher, Managers and professionals, Knowledge services, Full-time employed"),
		labels("Senior, Female, Single, Non-family, Low, Year 11 or below, Not in employment, Other / Not employed, Not in labour force"),
	)
	if d := cmp.Diff([]string{"7 High-earning professionals high", "6 Retired and semi-retired high"}, got); d != "" {
		t.Error(d)
	}
}

func TestOutputColumns(t *testing.T) {
	_, _, out := bound(t, packModel(t))
	want := flow.Schema{
		{Name: "profile_id", Type: flow.Int8},
		{Name: "profile_name", Type: flow.Category, Labels: []string{
			"Labourers and operators", "Young singles and non-workers", "Children", "Non-earning dependants",
			"Trades and technical workers", "Established partnered households", "Retired and semi-retired", "High-earning professionals",
		}},
		{Name: "profile_confidence", Type: flow.Category, Labels: []string{"high", "low"}},
	}
	if d := cmp.Diff(want, out); d != "" {
		t.Error(d)
	}
}

func TestBindRefuses(t *testing.T) {
	tests := []struct {
		name   string
		change func(flow.Schema) flow.Schema
		want   string
	}{
		{"a missing column", func(s flow.Schema) flow.Schema { return s[:9] },
			"model toy needs the column LABOUR_FORCE, which the contract does not have"},
		{"another type", func(s flow.Schema) flow.Schema { s[2].Type = flow.String; return s },
			"model toy needs the column SEX as a category, but it is of type string"},
		{"a label that the model lacks", func(s flow.Schema) flow.Schema { s[5].Labels = append(s[5].Labels, "Huge"); return s },
			`model toy does not fit the column INCOME: the model has no label "Huge"`},
		{"a label that the column lacks", func(s flow.Schema) flow.Schema { s[2].Labels = []string{"Male", NotStated}; return s },
			`model toy does not fit the column SEX: the column has no label "Female"`},
		{"a label twice", func(s flow.Schema) flow.Schema { s[2].Labels = append(s[2].Labels, "Male"); return s },
			`model toy does not fit the column SEX: the column has the label "Male" twice`},
	}
	for _, test := range tests {
		m := toyModel(t)
		_, err := NewNearestProfile(m).Bind(test.change(schemaOf(m)))
		if err == nil || err.Error() != test.want {
			t.Errorf("%s: %v, want %s", test.name, err, test.want)
		}
	}
}

// A code that the dictionary does not have, as a null's, is Not stated to the kernels and never a fault of memory.
func TestStrayCodes(t *testing.T) {
	for _, wide := range []bool{false, true} {
		m := toyModel(t)
		if wide {
			widenModel(m)
		}
		s, in, out := bound(t, m)
		b := batchOf(t, in, out, slices.Repeat([][]string{slices.Repeat([]string{"Not stated"}, Variables)}, 3)...)
		for c := range b.Cols[1:] {
			b.Cols[1+c].Codes[0], b.Cols[1+c].Codes[1] = -1, math.MaxInt16
		}
		if err := s.Score(b); err != nil {
			t.Fatal(err)
		}
		for i := range 2 {
			if b.Out[0].Ints[i] != b.Out[0].Ints[2] || b.Out[2].Label(i) != "low" {
				t.Errorf("wide=%t row %d: profile %d %s", wide, i, b.Out[0].Ints[i], b.Out[2].Label(i))
			}
		}
	}
}

// A value that a column keeps and that is no label is scored as Not stated, and refused where the tables have no slot for it.
func TestKeptValues(t *testing.T) {
	for _, wide := range []bool{false, true} {
		m := toyModel(t)
		if wide {
			widenModel(m)
		}
		for i := range m.Tables { // entries unlike those of the padding
			m.Tables[i].Label(NotStated).Entry[2] -= 5
		}
		in := schemaOf(m)
		for i := range in[1:] {
			in[1+i].Keeps = true
		}
		s := NewNearestProfile(m)
		out, err := s.Bind(in)
		if err != nil {
			t.Fatal(err)
		}
		b := batchOf(t, in, out, slices.Repeat([][]string{slices.Repeat([]string{NotStated}, Variables)}, 2)...)
		for c := range b.Cols[1:] {
			b.Cols[1+c].Codes[0] = int16(len(b.Cols[1+c].Labels))
		}
		if err := s.Score(b); err != nil {
			t.Fatal(err)
		}
		if b.Out[0].Ints[0] != b.Out[0].Ints[1] || b.Out[2].Label(0) != "low" {
			t.Errorf("wide=%t: profile %d %s, want %d", wide, b.Out[0].Ints[0], b.Out[2].Label(0), b.Out[0].Ints[1])
		}
		full := &m.Tables[0]
		for len(full.Labels) < maxLabels {
			full.Labels = append(full.Labels, Label{Name: fmt.Sprint(len(full.Labels))})
		}
		in[1].Labels = nil
		for _, l := range full.Labels {
			in[1].Labels = append(in[1].Labels, l.Name)
		}
		if _, err := s.Bind(in); err == nil || !strings.Contains(err.Error(), "has no room for unknown values") {
			t.Error(err)
		}
	}
}

// widenModel makes sums too large for 16 bits without changing a choice.
func widenModel(m *Model) {
	for k := range m.Bias {
		m.Bias[k] *= 1000
	}
	for _, t := range m.Tables {
		for i := range t.Labels {
			for k := range t.Labels[i].Entry {
				t.Labels[i].Entry[k] *= 1000
			}
		}
	}
}

// Whatever the model, the order of the dictionaries and the rows: both kernels choose what plain sums over names choose.
func TestKernelsAgreeWithPlainSums(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		m := packModel(t)
		// From sums that always fit 16 bits over some that do not to the largest that a model may have.
		limit := rapid.SampledFrom([]int32{1, 3000, 4000, 20_000, math.MaxInt32 / 10}).Draw(rt, "limit")
		number := rapid.Int32Range(-limit, limit)
		for k := range m.Bias {
			m.Bias[k] = number.Draw(rt, "bias")
		}
		for _, table := range m.Tables {
			for i := range table.Labels {
				for k := range table.Labels[i].Entry {
					if table.Labels[i].Name != NotStated {
						table.Labels[i].Entry[k] = number.Draw(rt, "entry")
					}
				}
			}
		}
		if err := m.Validate(); err != nil {
			rt.Fatal(err)
		}
		in := schemaOf(m)
		for f := range in {
			in[f].Labels = rapid.Permutation(in[f].Labels).Draw(rt, "labels")
		}
		in[0], in[5] = in[5], in[0]
		s := NewNearestProfile(m)
		out, err := s.Bind(in)
		if err != nil {
			rt.Fatal(err)
		}
		if (s.packed != nil) != m.Fits16() {
			rt.Fatal("Fits16 and Bind do not agree")
		}
		b := batchOf(t, in, out)
		b.N = rapid.IntRange(0, 9).Draw(rt, "rows")
		for i := range b.N {
			for c := range b.Cols {
				if n := len(b.Cols[c].Labels); n > 0 {
					b.Cols[c].Codes[i] = int16(rapid.IntRange(0, n-1).Draw(rt, "code"))
				}
			}
		}
		check := func(kernel string) {
			if err := s.Score(b); err != nil {
				rt.Fatal(err)
			}
			for i := range b.N {
				id, low := plain(m, b, i)
				if b.Out[0].Ints[i] != int64(id) || b.Out[1].Codes[i] != int16(id) || (b.Out[2].Label(i) == "low") != low {
					rt.Fatalf("%s kernel, row %d: profile %d %s, want %d, low %t", kernel, i, b.Out[0].Ints[i], b.Out[2].Label(i), id, low)
				}
			}
		}
		if s.packed == nil {
			check("wide")
			return
		}
		check("packed")
		var entries labelSets
		for v := range m.Tables {
			entries[v], _ = m.Tables[v].inOrder(in[s.columns[v]].Labels)
		}
		s.packed, s.wide = nil, widen(m.Bias, &entries)
		check("wide")
	})
}

// plain scores row i by names and sums as the specification writes them.
func plain(m *Model, b *flow.Batch, i int) (id int, low bool) {
	var sums [Profiles]int64
	for k := range sums {
		sums[k] = int64(m.Bias[k])
	}
	missing := 0
	for c := range b.Cols {
		if b.Cols[c].Type != flow.Category {
			continue
		}
		name := b.Cols[c].Label(i)
		if name == NotStated {
			missing++
		}
		for k, e := range m.table(b.Cols[c].Name).Label(name).Entry {
			sums[k] += int64(e)
		}
	}
	for k := range sums {
		if sums[k] < sums[id] {
			id = k
		}
	}
	return id, missing >= 3
}

func TestScoreAllocatesNothing(t *testing.T) {
	s, b := fullBatch(t, packModel(t))
	if n := testing.AllocsPerRun(10, func() { _ = s.Score(b) }); n != 0 {
		t.Errorf("%v allocations a batch", n)
	}
}

// fullBatch is a batch of the most rows, with labels by chance.
func fullBatch(t testing.TB, m *Model) (*NearestProfile, *flow.Batch) {
	s, in, out := bound(t, m)
	b := batchOf(t, in, out)
	b.N = flow.MaxRows
	r := rand.New(rand.NewPCG(1, 2))
	for c := range b.Cols[1:] {
		for i := range b.N {
			b.Cols[1+c].Codes[i] = int16(r.IntN(len(b.Cols[1+c].Labels)))
		}
	}
	return s, b
}

func BenchmarkNearestProfile(b *testing.B) {
	wide := packModel(b)
	widenModel(wide)
	for _, test := range []struct {
		name  string
		model *Model
	}{{"packed", packModel(b)}, {"wide", wide}} {
		b.Run(test.name, func(b *testing.B) {
			s, batch := fullBatch(b, test.model)
			b.ReportAllocs()
			for b.Loop() {
				_ = s.Score(batch)
			}
			b.ReportMetric(float64(batch.N)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
