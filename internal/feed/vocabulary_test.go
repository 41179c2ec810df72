package feed

import (
	"encoding/csv"
	"fmt"
	"math"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"
)

func TestVocabularyCodes(t *testing.T) {
	v, err := newVocabulary([]group{
		{label: NotStated, raw: []string{"?"}},
		{label: "A", raw: []string{"a1", "A", "a1"}},
		{label: "B"},
	}, []string{"C", "A"}, false)
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"A", "B", "C", NotStated}; !slices.Equal(v.Labels, want) || v.NotStated != 3 {
		t.Errorf("labels %q, not stated %d", v.Labels, v.NotStated)
	}
	want := []RawLabel{{NotStated, 3}, {"?", 3}, {"A", 0}, {"a1", 0}, {"B", 1}, {"C", 2}}
	if !slices.Equal(v.Raw, want) {
		t.Errorf("raw %v, want %v", v.Raw, want)
	}
	if v.Code("B") != 1 || v.Code("b") != -1 {
		t.Errorf("codes of B and b: %d, %d", v.Code("B"), v.Code("b"))
	}
}

func TestVocabularyHasOnlySoManyLabels(t *testing.T) {
	groups := make([]group, math.MaxInt16+1)
	for i := range groups {
		groups[i].label = fmt.Sprint(i)
	}
	if _, err := newVocabulary(groups, nil, false); err == nil || !strings.Contains(err.Error(), "32768 labels") {
		t.Errorf("got %v", err)
	}
}

// CP-21: an added label works after a reload; a relaxed clash is refused.
func TestMappingFileReload(t *testing.T) {
	const contract = "feed: f\nversion: 1\ncolumns:\n  SEX: {type: category, vocabulary: mapping.json, match: relaxed, unknown: Not stated}\n"
	load := func(male string) (*Contract, error) {
		mapping := `{"format":"assay.census-mapping/1","version":"2","variables":[{"name":"SEX","abs_name":"SEXP","labels":[` +
			`{"collapsed":"Male","raw":["Male"` + male + `]},{"collapsed":"Female","raw":["Female"]}]}]}`
		return Load(fstest.MapFS{"feed.yaml": {Data: []byte(contract)}, "mapping.json": {Data: []byte(mapping)}}, "feed.yaml")
	}
	for _, c := range []struct {
		added string
		known bool
		want  string
	}{
		{``, false, ""},
		{`,"homme"`, true, ""},
		{`,"homme","(FEMALE)"`, false, `"(FEMALE)" (Male) and "Female" (Female) share the relaxed key "female"`},
	} {
		contract, err := load(c.added)
		if c.want != "" {
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%s: got %v, want %s", c.added, err, c.want)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		v := contract.Columns[0].Vocabulary
		if got := slices.Contains(v.Raw, RawLabel{"homme", 0}); got != c.known {
			t.Errorf("%s: homme is known: %t", c.added, got)
		}
		if !slices.Equal(v.Labels, []string{"Male", "Female", NotStated}) || v.Version != "2" || v.Variable != "SEX" {
			t.Errorf("%s: %+v", c.added, v)
		}
	}
}

// Whatever the groups are: each text means one label, each label means itself, Not stated is last, and relaxed keys are clear.
func TestVocabularyProperties(t *testing.T) {
	text := rapid.SampledFrom([]string{"a", "A", "b", "B", "a b", "a  b", "a-b", "a–b", NotStated, "not stated", "c"})
	rapid.Check(t, func(t *rapid.T) {
		groups := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) group {
			return group{label: text.Draw(t, "label"), raw: rapid.SliceOfN(text, 0, 3).Draw(t, "raw")}
		}), 1, 4).Draw(t, "groups")
		extra := rapid.SliceOfN(text, 0, 2).Draw(t, "extra")
		relaxed := rapid.Bool().Draw(t, "relaxed")
		v, err := newVocabulary(groups, extra, relaxed)
		if err != nil {
			return
		}
		holds(t, v, groups, relaxed)
	})
}

// holds checks what is true of every vocabulary that can be made of groups.
func holds(t interface{ Fatalf(string, ...any) }, v *Vocabulary, groups []group, relaxed bool) {
	means, keys := map[string]int16{}, map[string]int16{}
	for _, r := range v.Raw {
		if _, twice := means[r.Text]; twice || r.Code < 0 || int(r.Code) >= len(v.Labels) {
			t.Fatalf("%v in %v", r, v)
		}
		means[r.Text] = r.Code
		if code, ok := keys[Key(r.Text)]; relaxed && ok && code != r.Code {
			t.Fatalf("the key of %q is not clear", r.Text)
		}
		keys[Key(r.Text)] = r.Code
	}
	for code, label := range v.Labels {
		if got, ok := means[label]; !ok || int(got) != code {
			t.Fatalf("label %q means %d, %t in %v", label, got, ok, v)
		}
	}
	for _, g := range groups {
		for _, raw := range g.raw {
			if v.Labels[means[raw]] != g.label {
				t.Fatalf("%q does not mean %q in %v", raw, g.label, v)
			}
		}
	}
	if i := slices.Index(v.Labels, NotStated); int(v.NotStated) != i || i >= 0 && i != len(v.Labels)-1 {
		t.Fatalf("Not stated has the code %d in %v", i, v)
	}
}

// FuzzVocabularyFiles reads any bytes as either kind of file: what can be read makes vocabularies that hold, or says why not; and
// the same groups written as CSV, which has room for one variable, are read as the same vocabulary.
func FuzzVocabularyFiles(f *testing.F) {
	f.Add([]byte("raw,label\na,A\n\"b, c\",A\n"))
	f.Add([]byte("\xef\xbb\xbfraw,label\r\n\"two\nlines\",\"A \"\"quoted\"\"\"\r\nnot stated,Not stated\r\n,?\r\n"))
	f.Add([]byte(`{"format":"assay.census-mapping/1","version":"1","variables":[{"name":"a","abs_name":"A","labels":[{"collapsed":"x","raw":["y"]}]}]}`))
	f.Add([]byte("{\"format\":\n3}"))
	mapping, err := os.ReadFile("../../schemas/feeds/census-profile/mapping.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(mapping)
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, read := range []func([]byte) (*vocabularyFile, error){readMapping, readVocabularyCSV} {
			file, err := read(data)
			if err != nil {
				continue
			}
			for _, variable := range file.variables {
				for _, relaxed := range []bool{false, true} {
					v, err := newVocabulary(variable.groups, []string{NotStated}, relaxed)
					if err != nil {
						continue
					}
					holds(t, v, variable.groups, relaxed)
					if int(v.NotStated) != len(v.Labels)-1 {
						t.Errorf("%q: %v", data, v)
					}
					again, err := newVocabulary(asCSV(t, variable.groups), []string{NotStated}, relaxed)
					if err != nil || !reflect.DeepEqual(again, v) {
						t.Errorf("%q: %+v, as CSV %+v, %v", data, v, again, err)
					}
				}
			}
		}
	})
}

// asCSV writes groups as a CSV file and reads them again. A label always means itself, so that it can stand for groups without
// other spellings.
func asCSV(t *testing.T, groups []group) []group {
	t.Helper()
	var b strings.Builder
	w := csv.NewWriter(&b)
	rows := [][]string{{"raw", "label"}}
	for _, g := range groups {
		for _, raw := range append([]string{g.label}, g.raw...) {
			if strings.Contains(raw+g.label, "\r\n") {
				return groups // encoding/csv reads it as a line feed
			}
			rows = append(rows, []string{raw, g.label})
		}
	}
	if err := w.WriteAll(rows); err != nil {
		t.Fatal(err)
	}
	file, err := readVocabularyCSV([]byte(b.String()))
	if err != nil {
		t.Fatalf("%q: %v", b.String(), err)
	}
	return file.variables[0].groups
}
