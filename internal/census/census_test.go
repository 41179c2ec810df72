package census

import (
	"bytes"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The first rows of a seed never change: samples, demos and benchmarks rest on them.
func TestSameBytesForEver(t *testing.T) {
	tests := []struct {
		opts Options
		want string
	}{
		{Options{}, "da14ef907d7f2958"},
		{Options{ABS: true}, "b86c4720b61e5ec8"},
		{Options{ABS: true, Flagged: 0.1, Broken: 0.05}, "4dcaa67185bc8d84"},
	}
	for _, test := range tests {
		g := New(1, test.opts)
		sum := sha256.Sum256(g.Append(bytes.Clone(g.Header()), 10_000))
		if got := hex.EncodeToString(sum[:8]); got != test.want {
			t.Errorf("%+v: 10,000 rows of seed 1 have SHA-256 %s…, want %s…", test.opts, got, test.want)
		}
	}
}

func TestPartsMakeTheWhole(t *testing.T) {
	opts := Options{ABS: true, Flagged: 0.1, Broken: 0.1}
	want := New(3, opts).Append(nil, 1000)
	g, got := New(3, opts), []byte(nil)
	for n := 0; n < 1000; n += 7 {
		got = g.Append(got, min(7, 1000-n))
	}
	if !bytes.Equal(got, want) {
		t.Error("rows drawn seven at a time differ from those drawn at once")
	}
	if bytes.Equal(want, New(4, opts).Append(nil, 1000)) {
		t.Error("another seed gives the same rows")
	}
}

func TestIDs(t *testing.T) {
	g := New(1, Options{})
	g.id = []byte("CUST_0000008")
	var got []string
	for _, r := range rows(t, g.Append(nil, 3)) {
		got = append(got, r[0])
	}
	g.id = []byte("CUST_9999998")
	for _, r := range rows(t, g.Append(nil, 3)) {
		got = append(got, r[0])
	}
	want := []string{"CUST_0000009", "CUST_0000010", "CUST_0000011", "CUST_9999999", "CUST_10000000", "CUST_10000001"}
	if !slices.Equal(got, want) {
		t.Errorf("ids %q, want %q", got, want)
	}
}

// mapping gives raw label → collapsed label for each variable, as the feed pack has it.
func mapping(t *testing.T) [variables]map[string]string {
	data, err := os.ReadFile(filepath.Join(pack, "mapping.json"))
	if err != nil {
		t.Fatal(err)
	}
	var f struct {
		Variables []struct {
			Name    string
			ABSName string `json:"abs_name"`
			Labels  []struct {
				Collapsed string
				Raw       []string
			}
		}
	}
	if err := json.Unmarshal(data, &f); err != nil {
		t.Fatal(err)
	}
	if len(f.Variables) != variables {
		t.Fatalf("the mapping has %d variables, want %d", len(f.Variables), variables)
	}
	var out [variables]map[string]string
	for v, variable := range f.Variables {
		if variable.Name != names[v].collapsed || variable.ABSName != names[v].abs {
			t.Errorf("variable %d is %s and %s, the mapping has %s and %s", v, names[v].collapsed, names[v].abs, variable.Name, variable.ABSName)
		}
		out[v] = map[string]string{}
		for _, l := range variable.Labels {
			out[v][l.Collapsed] = l.Collapsed
			for _, raw := range l.Raw {
				out[v][raw] = l.Collapsed
			}
		}
	}
	return out
}

func TestVocabularyIsTheMappings(t *testing.T) {
	m := mapping(t)
	for v, labels := range vocabulary {
		for _, l := range labels {
			if m[v][l.abs] != l.collapsed {
				t.Errorf("%s: %q belongs to %q here and to %q in the mapping", names[v].abs, l.abs, l.collapsed, m[v][l.abs])
			}
		}
		for _, u := range unknown[v] {
			for known := range m[v] {
				if strings.EqualFold(known, u) {
					t.Errorf("%s: the mapping knows %q", names[v].abs, u)
				}
			}
		}
	}
}

func TestPersonsArePlausible(t *testing.T) {
	abs, collapsed := New(9, Options{ABS: true}), New(9, Options{})
	m := mapping(t)
	short := rows(t, collapsed.Append(nil, 20_000))
	seen := [variables]map[string]int{}
	for v := range seen {
		seen[v] = map[string]int{}
	}
	for i, p := range rows(t, abs.Append(nil, 20_000)) {
		for v, label := range p[1:] {
			seen[v][label]++
			if m[v][label] != short[i][1+v] {
				t.Fatalf("row %d: %q is written as %q", i, p, short[i])
			}
		}
		person := p[1:]
		if person[marital] == overseas {
			continue
		}
		isChild := m[age][person[age]] == "Child"
		for _, v := range []int{marital, income, education, occupation, industry, labour} {
			// Occupation and industry are not applicable to whoever has no work, too.
			if na := person[v] == notApplicable; na != isChild && (isChild || v != occupation && v != industry) {
				t.Fatalf("row %d: %q: not what a child or an adult says", i, p)
			}
		}
		works := strings.HasPrefix(person[labour], "Employed")
		if !isChild && person[labour] != notStated && works == (person[occupation] == notApplicable) {
			t.Fatalf("row %d: %q: work and occupation do not agree", i, p)
		}
		if strings.Contains(person[role], " male same-sex") && person[sex] != "Male" ||
			strings.Contains(person[role], "female same-sex") && person[sex] != "Female" {
			t.Fatalf("row %d: %q: sex and role do not agree", i, p)
		}
	}
	for v, s := range seen {
		if len(s) < len(vocabulary[v])-2 { // the rarest may be missing
			t.Errorf("%s: only %d of %d labels were drawn", names[v].abs, len(s), len(vocabulary[v]))
		}
	}
}

// Faults change the cells and rows that they hit, and nothing else.
func TestFaults(t *testing.T) {
	const n = 20_000
	clean := New(5, Options{ABS: true}).Append(nil, n)
	faulty := New(5, Options{ABS: true, Flagged: 0.05, Broken: 0.01}).Append(nil, n)
	want := bytes.Split(clean, []byte("\n"))
	broken, flagged := 0, 0
	for i, line := range bytes.Split(faulty, []byte("\n"))[:n] {
		before, _ := split(string(want[i]))
		after, ok := split(string(line))
		if !ok || len(after) != len(before) {
			broken++
			continue
		}
		for c := range after {
			if after[c] == before[c] {
				continue
			}
			if c == 0 || !slices.Contains(unknown[c-1], after[c]) {
				t.Fatalf("row %d: %q became %q", i, before[c], after[c])
			}
			flagged++
		}
	}
	if broken < n*8/1000 || broken > n*12/1000 {
		t.Errorf("%d of %d rows are broken, want about 1 in 100", broken, n)
	}
	if cells := n * variables; flagged < cells*45/1000 || flagged > cells*55/1000 {
		t.Errorf("%d of %d cells are flagged, want about 5 in 100", flagged, cells)
	}
}

func TestMaxRow(t *testing.T) {
	for _, abs := range []bool{false, true} {
		cells, _ := written(abs)
		longest := len("CUST_12345678901234567890") + len(`",extra`) + len("\n")
		for v := range cells {
			n := 0
			for _, c := range cells[v] {
				n = max(n, len(c))
			}
			for _, u := range unknown[v] {
				n = max(n, 1+len(u))
			}
			longest += n
		}
		if longest > MaxRow {
			t.Errorf("a row may have %d bytes, more than MaxRow", longest)
		}
	}
}

func TestAppendAllocatesNothing(t *testing.T) {
	for _, opts := range []Options{{}, {ABS: true, Flagged: 0.1, Broken: 0.1}} {
		g := New(1, opts)
		buf := make([]byte, 0, 1000*MaxRow)
		if n := testing.AllocsPerRun(10, func() { buf = g.Append(buf[:0], 1000) }); n != 0 {
			t.Errorf("%+v: %v allocations in 1,000 rows", opts, n)
		}
	}
}

func rows(t *testing.T, data []byte) [][]string {
	t.Helper()
	out, err := csv.NewReader(bytes.NewReader(data)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func BenchmarkAppend(b *testing.B) {
	for _, test := range []struct {
		name string
		opts Options
	}{
		{"collapsed", Options{}},
		{"abs", Options{ABS: true}},
		{"faults", Options{ABS: true, Flagged: 0.02, Broken: 0.0007}},
	} {
		b.Run(test.name, func(b *testing.B) {
			g := New(1, test.opts)
			buf := make([]byte, 0, 4096*MaxRow)
			b.ReportAllocs()
			for b.Loop() {
				buf = g.Append(buf[:0], 4096)
				b.SetBytes(int64(len(buf)))
			}
			b.ReportMetric(4096*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
