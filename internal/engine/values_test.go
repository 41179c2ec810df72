package engine_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/assay-dev/assay/internal/engine"
	"github.com/assay-dev/assay/internal/feed"
	"github.com/assay-dev/assay/internal/flow"
	"github.com/assay-dev/assay/internal/score"
)

const notStated = "Not stated"

// variables are the nine, in the order of the columns.
var variables = strings.Split(collapsed, ",")[1:]

// model reads the pack's model, to be changed and put back with setModel.
func model(tb fataler, c *feed.Contract) *score.Model {
	tb.Helper()
	m, err := score.ParseModel(c.Score.Data)
	if err != nil {
		tb.Fatal(err)
	}
	return m
}

func setModel(c *feed.Contract, m *score.Model) { c.Score.Data = m.Marshal() }

// table gives the model's table of a variable.
func table(m *score.Model, variable string) *score.Table {
	return &m.Tables[slices.IndexFunc(m.Tables, func(t score.Table) bool { return t.Variable == variable })]
}

// blank makes a model in which nothing counts.
func blank(tb fataler, c *feed.Contract) *score.Model {
	m := model(tb, c)
	m.Bias = [score.Profiles]int32{}
	for i := range m.Tables {
		for j := range m.Tables[i].Labels {
			m.Tables[i].Labels[j].Entry = [score.Profiles]int32{}
		}
	}
	return m
}

// reading is what the engine takes a cell for.
type reading struct {
	label   string
	flagged bool
}

// read tells what the engine takes cells of a variable for. How it is told: with a model by which the profile is the place
// of the variable's label in the list, and 7 for Not stated, the output says what each cell has become.
func read(t *testing.T, variable string, cells ...string) []reading {
	t.Helper()
	c := pack(t)
	m := blank(t, c)
	m.Bias[score.Profiles-1] = -1
	var labels []string
	for i := range table(m, variable).Labels {
		if l := &table(m, variable).Labels[i]; l.Name != notStated {
			l.Entry[len(labels)] = -2
			labels = append(labels, l.Name)
		}
	}
	setModel(c, m)
	place := slices.Index(variables, variable) + 1
	rows := [][]string{strings.Split(collapsed, ",")}
	for i, cell := range cells {
		row := make([]string, len(rows[0]))
		row[0], row[place] = fmt.Sprint(i), cell
		rows = append(rows, row)
	}
	o := run(t, newWorker(t, c, engine.Options{}), chunk(written(t, rows)))
	people := o.people(t)
	if len(people) != len(cells) {
		t.Fatalf("%d rows scored of %d", len(people), len(cells))
	}
	readings := make([]reading, len(cells))
	for i, p := range people {
		readings[i].label = notStated
		if p.Profile < len(labels) {
			readings[i].label = labels[p.Profile]
		}
	}
	for _, d := range o.quality(t).Quality.Details {
		readings[d.Row].flagged = true
		if d.Field != variable || d.Value != cells[d.Row] || d.MappedTo == nil || *d.MappedTo != notStated || d.ID != fmt.Sprint(d.Row) {
			t.Errorf("%s %q: flagged as %+v", variable, cells[d.Row], d)
		}
	}
	return readings
}

// specified reads the tables of the specification's section 3: raw label → collapsed label, by variable.
func specified(t *testing.T) map[string]map[string]string {
	t.Helper()
	text, err := os.ReadFile("../score/testdata/labels.md")
	if err != nil {
		t.Fatal(err)
	}
	all, variable := map[string]map[string]string{}, ""
	for line := range strings.Lines(string(text)) {
		if _, title, ok := strings.Cut(line, " → "); ok && strings.HasPrefix(line, "## ") {
			variable, _, _ = strings.Cut(title, " ")
			all[variable] = map[string]string{}
		}
		cells, row := strings.CutPrefix(strings.TrimSpace(line), "| ")
		left, right, _ := strings.Cut(strings.TrimSuffix(cells, " |"), " | ")
		switch {
		case row && variable != "":
			for _, raw := range strings.Split(left, "; ") {
				all[variable][raw] = right
			}
		case row: // the collapsed labels, each of which stands for itself
			all[left] = map[string]string{}
		}
	}
	for line := range strings.Lines(string(text)) {
		left, right, _ := strings.Cut(strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(line), "| "), " |"), " | ")
		if labels, ok := all[left]; ok && strings.HasPrefix(line, "| ") {
			for _, l := range strings.Split(right, ", ") {
				labels[l] = l
			}
		}
	}
	return all
}

func TestCP09EveryLabel(t *testing.T) {
	all, n := specified(t), 0
	for _, v := range variables {
		var cells, want []string
		for raw, label := range all[v] {
			cells, want = append(cells, raw), append(want, label)
			if weekly, _, ok := strings.Cut(raw, " ($"); ok { // the range of a year is optional
				cells, want = append(cells, weekly), append(want, label)
			}
		}
		for i, r := range read(t, v, cells...) {
			if r.label != want[i] || r.flagged {
				t.Errorf("%s %q is read as %q, flagged %t, want %q", v, cells[i], r.label, r.flagged, want[i])
			}
		}
		n += len(cells)
	}
	if n < 36+140 {
		t.Errorf("only %d labels: is the table read right?", n)
	}
}

func TestCP10MixedLabels(t *testing.T) {
	got := read(t, "AGE_GROUP", "30-34 years", "Early career", "Senior", "5-9 years")
	if want := []reading{{"Early career", false}, {"Early career", false}, {"Senior", false}, {"Child", false}}; !slices.Equal(got, want) {
		t.Errorf("%v, want %v", got, want)
	}
}

func TestCP11RelaxedLabels(t *testing.T) {
	for _, test := range []struct{ variable, cell, label string }{
		{"AGE_GROUP", "  early CAREER ", "Early career"},
		{"AGE_GROUP", "\u00a0\tSenior\r\n", "Senior"},
		{"AGE_GROUP", "15–19 years", "Youth"},
		{"AGE_GROUP", "15—19 YEARS", "Youth"},
		{"INCOME", "$650-$799", "Mid"},
		{"INCOME", "$1000-$1249 $52000-$64999", "Mid"},
		{"HOUSEHOLD_ROLE", "“Family”  ‘head’", "Family head"},
		{"LABOUR_FORCE", "'employed; worked: full-time'", "Full-time employed"},
		{"INDUSTRY", "OTHER / NOT EMPLOYED", "Other / Not employed"},
	} {
		if got := read(t, test.variable, test.cell); got[0] != (reading{test.label, false}) {
			t.Errorf("%s %q is read as %v, want %s", test.variable, test.cell, got[0], test.label)
		}
	}
}

func TestCP12UnknownLabels(t *testing.T) {
	for _, test := range []struct{ variable, cell string }{
		{"INCOME", "$5K-$10K"}, {"AGE_GROUP", "thirty"}, {"SEX", "Senior"}, {"AGE_GROUP", "Not applicable"}, {"SEX", "Not applicable"},
		{"EDUCATION", "YEAR12"}, {"AGE_GROUP", "Sénior"}, {"OCCUPATION", "\x01"},
	} {
		if got := read(t, test.variable, test.cell); got[0] != (reading{notStated, true}) {
			t.Errorf("%s %q is read as %v, want it flagged", test.variable, test.cell, got[0])
		}
	}
}

func TestCP13MissingValues(t *testing.T) {
	for _, test := range []struct {
		variable string
		cells    []string
	}{
		{"AGE_GROUP", []string{"", "  ", "\u00a0", notStated, "not STATED", "Overseas visitor", "()"}},
		{"EDUCATION", []string{"Inadequately described", "Supplementary Codes"}},
		{"HOUSEHOLD_ROLE", []string{"Not applicable", "Visitor (from within Australia)", "Other non-classifiable relationship"}},
		{"OCCUPATION", []string{"Inadequately described"}},
	} {
		for i, got := range read(t, test.variable, test.cells...) {
			if got != (reading{notStated, false}) {
				t.Errorf("%s %q is read as %v, want Not stated without a flag", test.variable, test.cells[i], got)
			}
		}
	}
}

func TestCP14NotApplicableIsAnAnswer(t *testing.T) {
	o := scored(t, engine.JSON, lines(bureau,
		"C1,0-4 years,Female,Not applicable,Natural or adopted child under 15"+strings.Repeat(",Not applicable", 5)))
	want := []person{{"C1", 2, "Children", "high"}}
	if got := o.people(t); !slices.Equal(got, want) || len(o.topics[flow.Quality]) > 0 {
		t.Errorf("%+v, want %+v without a quality event", got, want)
	}
}
