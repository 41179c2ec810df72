package score

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
)

// mapping is the pack's mapping file, read here on its own, so that it is judged by something else than what the product
// reads it with.
type mapping struct {
	Format    string     `json:"format"`
	Version   string     `json:"version"`
	Variables []variable `json:"variables"`
}

type variable struct {
	Name    string         `json:"name"`
	ABSName string         `json:"abs_name"`
	Labels  []mappingLabel `json:"labels"`
}

type mappingLabel struct {
	Collapsed string   `json:"collapsed"`
	Raw       []string `json:"raw"`
}

func packMapping(t testing.TB) *mapping {
	t.Helper()
	var m mapping
	if err := json.Unmarshal(packFile(t, "mapping.json"), &m); err != nil {
		t.Fatal(err)
	}
	return &m
}

// relaxed is the relaxed key of a label: census-profile specification, section 3.
func relaxed(s string) string {
	s = strings.ToLower(strings.Trim(s, " \t\r\n\u00a0"))
	s = strings.NewReplacer("–", "-", "—", "-", ",", "", ":", "", ";", "", "(", "", ")", "",
		"'", "", `"`, "", "‘", "", "’", "", "“", "", "”", "").Replace(s)
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == ' ' }), " ")
}

// lookUp gives the collapsed label of a cell and whether the cell is flagged.
func (v *variable) lookUp(cell string) (collapsed string, flagged bool) {
	if relaxed(cell) == "" {
		return NotStated, false
	}
	for _, key := range []func(string) string{func(s string) string { return s }, relaxed} {
		for _, l := range v.Labels {
			is := func(raw string) bool { return key(raw) == key(cell) }
			if is(l.Collapsed) || slices.ContainsFunc(l.Raw, is) {
				return l.Collapsed, false
			}
		}
	}
	return NotStated, true
}

// specified reads testdata/labels.md: the collapsed labels of each variable, and raw → collapsed by the Bureau's name.
func specified(t *testing.T) (collapsed [][]string, raw map[string]map[string]string) {
	raw = map[string]map[string]string{}
	var current map[string]string
	for line := range strings.Lines(string(readFile(t, "testdata/labels.md"))) {
		line = strings.TrimSpace(line)
		if abs, ok := strings.CutPrefix(line, "## "); ok {
			abs, _, _ = strings.Cut(abs, " ")
			current = map[string]string{}
			raw[abs] = current
		}
		cells, ok := strings.CutPrefix(line, "| ")
		if !ok {
			continue
		}
		left, right, _ := strings.Cut(strings.TrimSuffix(cells, " |"), " | ")
		if len(raw) == 1 { // under the first title: the collapsed labels
			collapsed = append(collapsed, append([]string{left}, strings.Split(right, ", ")...))
			continue
		}
		for _, r := range strings.Split(left, "; ") {
			current[r] = right
		}
	}
	return collapsed, raw
}

// CP-09: every raw label and alias of the specification maps as it says, and the 36 collapsed labels to themselves.
func TestMappingIsTheSpecification(t *testing.T) {
	m := packMapping(t)
	if m.Format != "assay.census-mapping/1" || m.Version != "1" {
		t.Errorf("format %q version %q", m.Format, m.Version)
	}
	collapsed, raw := specified(t)
	if len(m.Variables) != len(collapsed) {
		t.Fatalf("%d variables, want %d", len(m.Variables), len(collapsed))
	}
	own, foreign := 0, 0
	for i, v := range m.Variables {
		names := []string{v.Name}
		for _, l := range v.Labels {
			names = append(names, l.Collapsed)
		}
		if want := append(collapsed[i], NotStated); !slices.Equal(names, want) {
			t.Errorf("variable and labels %q, want %q", names, want)
		}
		own += len(v.Labels) - 1
		for _, l := range v.Labels {
			if got, flagged := v.lookUp(l.Collapsed); got != l.Collapsed || flagged {
				t.Errorf("%s: %q maps to %q, flagged %t, want itself", v.Name, l.Collapsed, got, flagged)
			}
		}
		want := raw[v.ABSName]
		for r, target := range want {
			foreign++
			without, _, _ := strings.Cut(r, " ($") // the annual range of INCP is optional
			for _, spelling := range []string{r, without, " " + strings.ToUpper(r) + "\t"} {
				if got, flagged := v.lookUp(spelling); got != target || flagged {
					t.Errorf("%s: %q maps to %q, flagged %t, want %q", v.ABSName, spelling, got, flagged, target)
				}
			}
			if !listed(&v, r) || !listed(&v, without) {
				t.Errorf("%s: %q or %q is only known by its relaxed key", v.ABSName, r, without)
			}
		}
		for _, l := range v.Labels {
			for _, r := range l.Raw {
				if _, ok := want[r]; !ok && r != NotStated && r != "Overseas visitor" && !(v.ABSName == "INCP" && strings.HasPrefix(r, "$")) {
					t.Errorf("%s: the specification has no label %q", v.ABSName, r)
				}
			}
		}
		if got, flagged := v.lookUp("Overseas visitor"); got != NotStated || flagged {
			t.Errorf("%s: Overseas visitor maps to %q, flagged %t", v.Name, got, flagged)
		}
		_, flagged := v.lookUp("Not applicable")
		if want := v.ABSName == "AGE5P" || v.ABSName == "SEXP"; flagged != want {
			t.Errorf("%s: Not applicable is flagged %t, want %t", v.Name, flagged, want)
		}
	}
	// The specification counts 21, 2, 6, 34, 18, 12 and 11 aliases, 11, 22 and 8 raw labels.
	if own != 36 || foreign != 21+2+6+34+18+12+11+11+22+8 {
		t.Errorf("%d collapsed and %d raw labels", own, foreign)
	}
}

func listed(v *variable, raw string) bool {
	return slices.ContainsFunc(v.Labels, func(l mappingLabel) bool { return slices.Contains(l.Raw, raw) })
}

// CP-21: no two labels of a variable that mean different things may share a relaxed key.
func TestMappingHasNoRelaxedClash(t *testing.T) {
	for _, v := range packMapping(t).Variables {
		targets := map[string]string{}
		for _, l := range v.Labels {
			for _, s := range append([]string{l.Collapsed}, l.Raw...) {
				key := relaxed(s)
				if before, ok := targets[key]; ok && before != l.Collapsed {
					t.Errorf("%s: %q means %q and %q", v.Name, key, before, l.Collapsed)
				}
				targets[key] = l.Collapsed
			}
			seen := slices.Compact(slices.Sorted(slices.Values(l.Raw)))
			if len(seen) != len(l.Raw) {
				t.Errorf("%s: a raw label of %q is listed twice", v.Name, l.Collapsed)
			}
		}
	}
}

// The model's tables have the mapping's variables and labels, in the same order.
func TestModelFitsMapping(t *testing.T) {
	mapping, model := packMapping(t), packModel(t)
	for i, v := range mapping.Variables {
		var want, got []string
		for _, l := range v.Labels {
			want = append(want, l.Collapsed)
		}
		for _, l := range model.Tables[i].Labels {
			got = append(got, l.Name)
		}
		if model.Tables[i].Variable != v.Name || !slices.Equal(got, want) {
			t.Errorf("table %s has %q, the mapping's %s has %q", model.Tables[i].Variable, got, v.Name, want)
		}
	}
}
