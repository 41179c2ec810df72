package fit

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/assay-dev/assay/internal/score"
)

func TestReadArchetypes(t *testing.T) {
	s := schema(t)
	names := variables(s)
	known := append(names[:], "OTHER")
	a := packArchetypes(t, s)
	if a.Names[2] != "Children" || a.Labels[2][0] != "Child" || a.Labels[7][8] != "Full-time employed" || a.Variables != names {
		t.Errorf("%+v", a)
	}
	text := string(readFile(t, pack+"archetypes.csv"))
	if _, err := ReadArchetypes([]byte("\ufeff"+strings.ReplaceAll(text, "\n", "\r\n")), known); err != nil {
		t.Error(err)
	}
	for _, test := range []struct{ name, text, want string }{
		{"nothing", "", "there is nothing in it"},
		{"no names", strings.Replace(text, "profile_name", "name", 1), "the header has no column profile_name"},
		{"eight variables", strings.Replace(text, "INCOME", "PAY", 1), "the header names 8 category columns of the contract; a model has 9. They are: AGE_GROUP,"},
		{"ten variables", strings.Replace(text, "id,", "OTHER,", 1), "the header names 10 category columns of the contract; a model has 9."},
		{"seven rows", text[:strings.LastIndex(text, "\n7,")+1], "there are 7 archetypes; a model has 8 profiles"},
		{"a ragged row", text + "8,x\n", "record on line 10: wrong number of fields"},
	} {
		if _, err := ReadArchetypes([]byte(test.text), known); err == nil || !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("%s: %v, want %s", test.name, err, test.want)
		}
	}
}

func TestArchetypesOfRefuses(t *testing.T) {
	m, err := score.ParseModel(readFile(t, pack+"model.json"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := ArchetypesOf(m); err != nil {
		t.Fatal(err)
	}
	m.Version = "m"
	for _, test := range []struct{ fit, want string }{
		{"", "model m does not say what its profiles' archetypes are"},
		{`{"method": "by hand"}`, "model m does not say what its profiles' archetypes are"},
		{`{"archetypes": [["a"],[],[],[],[],[],[],[]]}`, "archetype 0 of model m has 1 labels, want 9"},
		{`{"archetypes": 1}`, "what model m says of its fit is not understood: "},
	} {
		m.Fit = json.RawMessage(test.fit)
		if _, err := ArchetypesOf(m); err == nil || !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("%s: %v, want %s", test.fit, err, test.want)
		}
	}
}
