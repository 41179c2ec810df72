package score

import (
	"encoding/csv"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/assay-dev/assay/internal/cases"
)

// The plain-text cases of the pack are run through the engine elsewhere. Here their expected profiles are worked out again
// from mapping.json and model.json alone, by names and plain sums, so that an engine and its expectations cannot be wrong
// together. CP-01, 02, 05, 07, 08, 10 to 15 and 33 at the level of values.
func TestCasesExpectTheRightProfiles(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(packDir, "cases", "*.txt"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no cases (%v)", err)
	}
	mapping, model := packMapping(t), packModel(t)
	rows := 0
	for _, file := range files {
		f, err := cases.Parse(string(readFile(t, file)))
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		for _, c := range f.Chunks {
			if c.Scored == "" {
				continue
			}
			records, err := csv.NewReader(strings.NewReader(c.Scored)).ReadAll()
			if err != nil {
				t.Errorf("%s, the scored rows of line %d: %v", file, c.Line, err)
				continue
			}
			for _, r := range records[1:] {
				want := expected(t, mapping, model, records[0], r)
				if got := r[len(r)-3:]; !slices.Equal(got, want) {
					t.Errorf("%s: %q has %q, want %q", filepath.Base(file), r, got, want)
				}
				rows++
			}
		}
	}
	if rows < 60 {
		t.Errorf("only %d scored rows in the cases: are they read right?", rows)
	}
}

// expected scores one row as the specification says.
func expected(t *testing.T, mapping *mapping, model *Model, header, row []string) []string {
	sums, missing := model.Bias, 0
	for _, v := range mapping.Variables {
		c := slices.IndexFunc(header, func(h string) bool {
			h = strings.Trim(h, " \t")
			return strings.EqualFold(h, v.Name) || strings.EqualFold(h, v.ABSName)
		})
		if c < 0 {
			t.Fatalf("no column %s in %q", v.Name, header)
		}
		label, _ := v.lookUp(row[c])
		if label == NotStated {
			missing++
		}
		for k, e := range model.table(v.Name).Label(label).Entry {
			sums[k] += e
		}
	}
	id := slices.Index(sums[:], slices.Min(sums[:]))
	confidence := "high"
	if missing >= 3 {
		confidence = "low"
	}
	return []string{fmt.Sprint(id), model.Profiles[id], confidence}
}

// Every profile must have members among the sample persons, at least 3 in 100 (CP-22 asks it of a fit). Children stand apart in
// every variable: whoever answers all of them and is one is told from adults, and hardly anybody else is taken for one.
func TestSampleHasAllProfiles(t *testing.T) {
	mapping, model := packMapping(t), packModel(t)
	var members [Profiles]int
	children := 0 // among the members of profile 2
	records := sample(t)
	for _, r := range records[1:] {
		got := expected(t, mapping, model, append(slices.Clone(records[0]), "", "", ""), r)
		id, err := strconv.Atoi(got[0])
		if err != nil {
			t.Fatal(err)
		}
		members[id]++
		age, flagged := mapping.Variables[0].lookUp(r[1])
		if flagged || age != "Child" {
			continue
		}
		if id == 2 {
			children++
		} else if got[2] == "high" {
			t.Errorf("%q scores as %s", r, got[1])
		}
	}
	if children*100 < 95*members[2] {
		t.Errorf("only %d of %d members of the profile %s are children", children, members[2], model.Profiles[2])
	}
	for k, n := range members {
		if n*100 < 3*(len(records)-1) {
			t.Errorf("profile %d, %s, has only %d of %d sample persons", k, model.Profiles[k], n, len(records)-1)
		}
	}
}
