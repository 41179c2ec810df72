package score

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"slices"
)

// ModelFormat is the first member of every model file that ParseModel takes.
const ModelFormat = "assay.census-model/1"

// NotStated is the label that stands for a value that is missing or unknown. Its table entries are all 0.
const NotStated = "Not stated"

// The fixed shape of a model.
const (
	Profiles  = 8 // profiles, with ids 0 to 7
	Variables = 9 // category columns that are looked up
	maxLabels = 16
)

// Model is a table model: the profile of a row is the k with the least Bias[k] + Σ Labels[…].Entry[k] over the row's labels,
// the lowest k where several are least. All numbers are values × Scale, so that sums are exact in any order.
type Model struct {
	Version        string // names the model in headers and metrics
	MappingVersion string // the mapping file that it was fitted with
	Scale          int64
	Profiles       [Profiles]string // names by id
	Bias           [Profiles]int32
	Tables         []Table         // Variables of them, in the order of the file
	Fit            json.RawMessage // how it was made: an object, informative
	Checksum       string          // as read; Marshal computes its own
}

// Table is the table of one variable, which is a category column of the feed.
type Table struct {
	Variable string
	Labels   []Label // NotStated among them
}

// Label is one row of a table.
type Label struct {
	Name  string
	Entry [Profiles]int32
}

// Label finds a label by its name. It gives nil when the table has none.
func (t *Table) Label(name string) *Label {
	i := slices.IndexFunc(t.Labels, func(l Label) bool { return l.Name == name })
	if i < 0 {
		return nil
	}
	return &t.Labels[i]
}

// modelFile is the JSON of a model. Numbers are read wider than they may be, so that Model's own checks can name them.
type modelFile struct {
	Format         string          `json:"format"`
	Version        string          `json:"version"`
	MappingVersion string          `json:"mapping_version"`
	Scale          int64           `json:"scale"`
	Profiles       []modelProfile  `json:"profiles"`
	Bias           []int64         `json:"bias"`
	Tables         orderedTables   `json:"tables"`
	Fit            json.RawMessage `json:"fit"`
	Checksum       string          `json:"checksum"`
}

type modelProfile struct {
	ID   int    `json:"id"`
	Name string `json:"name"`
}

// CheckMapping refuses a model that was fitted with another version of a variable's mapping than columns have. A column that is not
// among versions can be of any.
func (m *Model) CheckMapping(versions map[string]string) error {
	for i := range m.Tables {
		if v, ok := versions[m.Tables[i].Variable]; ok && v != m.MappingVersion {
			return fmt.Errorf("model %s was fitted with mapping version %q, but the mapping file has version %q: fit the model again, or take the mapping that belongs to it",
				m.Version, m.MappingVersion, v)
		}
	}
	return nil
}

// ParseModel reads and checks a model file. The error names the first thing that is wrong; nothing of a wrong model is given.
func ParseModel(data []byte) (*Model, error) {
	var f modelFile
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&f); err != nil {
		return nil, fmt.Errorf("model is not a valid model file: %w", err)
	}
	if d.More() {
		return nil, errors.New("model is not a valid model file: there is text after its end")
	}
	if f.Format != ModelFormat {
		return nil, fmt.Errorf("model has format %q, want %q", f.Format, ModelFormat)
	}
	if err := verifyChecksum(data, f.Checksum); err != nil {
		return nil, err
	}
	if f.Version == "" {
		return nil, errors.New("model has no version")
	}
	m := &Model{Version: f.Version, MappingVersion: f.MappingVersion, Scale: f.Scale, Fit: f.Fit, Checksum: f.Checksum}
	if err := m.fill(&f); err != nil {
		return nil, fmt.Errorf("model %s: %w", f.Version, err)
	}
	if err := m.Validate(); err != nil {
		return nil, fmt.Errorf("model %s: %w", f.Version, err)
	}
	return m, nil
}

// fill takes the lists of f, whose lengths and ranges JSON leaves open.
func (m *Model) fill(f *modelFile) error {
	if len(f.Profiles) != Profiles {
		return fmt.Errorf("there are %d profiles, want %d", len(f.Profiles), Profiles)
	}
	for i, p := range f.Profiles {
		if p.ID != i {
			return fmt.Errorf("profile %d of the list has id %d, want ids 0 to %d in order", i, p.ID, Profiles-1)
		}
		m.Profiles[i] = p.Name
	}
	var err error
	if m.Bias, err = eight(f.Bias, "biases"); err != nil {
		return err
	}
	for _, t := range f.Tables {
		table := Table{Variable: t.key}
		for _, l := range t.labels {
			entry, err := eight(l.entry, "entries")
			if err != nil {
				return fmt.Errorf("table %s, label %q: %w", t.key, l.key, err)
			}
			table.Labels = append(table.Labels, Label{Name: l.key, Entry: entry})
		}
		m.Tables = append(m.Tables, table)
	}
	return nil
}

func eight(in []int64, what string) (out [Profiles]int32, err error) {
	if len(in) != Profiles {
		return out, fmt.Errorf("there are %d %s, want %d", len(in), what, Profiles)
	}
	for k, n := range in {
		if n < math.MinInt32 || n > math.MaxInt32 {
			return out, fmt.Errorf("%d does not fit 32 bits", n)
		}
		out[k] = int32(n)
	}
	return out, nil
}

// Validate checks what holds for every model, whether read or made: names, the number of tables, NotStated with zeros in
// each, and sums that fit 32 bits whatever the row.
func (m *Model) Validate() error {
	if m.Scale <= 0 {
		return fmt.Errorf("scale is %d, want a positive number", m.Scale)
	}
	for i, name := range m.Profiles {
		if name == "" {
			return fmt.Errorf("profile %d has no name", i)
		}
		if j := slices.Index(m.Profiles[:], name); j < i {
			return fmt.Errorf("profiles %d and %d have the same name %q", j, i, name)
		}
	}
	if len(m.Tables) != Variables {
		return fmt.Errorf("there are %d tables, want %d", len(m.Tables), Variables)
	}
	for i := range m.Tables {
		if err := m.Tables[i].validate(); err != nil {
			return err
		}
		name := m.Tables[i].Variable
		if slices.ContainsFunc(m.Tables[:i], func(t Table) bool { return t.Variable == name }) {
			return fmt.Errorf("table %s stands there twice", name)
		}
	}
	return m.validateSums()
}

func (t *Table) validate() error {
	if len(t.Labels) > maxLabels {
		return fmt.Errorf("table %s has %d labels, want at most %d", t.Variable, len(t.Labels), maxLabels)
	}
	for i := range t.Labels {
		if t.Label(t.Labels[i].Name) != &t.Labels[i] {
			return fmt.Errorf("table %s has label %q twice", t.Variable, t.Labels[i].Name)
		}
	}
	l := t.Label(NotStated)
	if l == nil {
		return fmt.Errorf("table %s has no label %q", t.Variable, NotStated)
	}
	if l.Entry != [Profiles]int32{} {
		return fmt.Errorf("table %s: the entries of %q must all be 0", t.Variable, NotStated)
	}
	return nil
}

// validateSums checks the greatest and the least sum that a row can have. Since every table has a label that counts 0, no
// partial sum that begins with the bias lies outside them.
func (m *Model) validateSums() error {
	for k := range Profiles {
		least, most := int64(m.Bias[k]), int64(m.Bias[k])
		for i := range m.Tables {
			lo, hi := int64(0), int64(0)
			for _, l := range m.Tables[i].Labels {
				lo, hi = min(lo, int64(l.Entry[k])), max(hi, int64(l.Entry[k]))
			}
			least, most = least+lo, most+hi
		}
		if least < math.MinInt32 || most > math.MaxInt32 {
			return fmt.Errorf("the sums of profile %d reach from %d to %d and do not fit 32 bits: take a smaller scale", k, least, most)
		}
	}
	return nil
}

// verifyChecksum compares sum with the SHA-256 of data in which sum itself is left out.
func verifyChecksum(data []byte, sum string) error {
	if len(sum) != hex.EncodedLen(sha256.Size) {
		return errors.New("model has no checksum: 64 hex digits, the SHA-256 of the file with an empty checksum")
	}
	quoted := []byte(`"` + sum + `"`)
	if bytes.Count(data, quoted) != 1 {
		return errors.New("model must hold its checksum exactly once, without escapes")
	}
	is := sha256.Sum256(bytes.Replace(data, quoted, []byte(`""`), 1))
	if hex.EncodeToString(is[:]) != sum {
		return fmt.Errorf("model has a wrong checksum: it says %s, but the file has %x: it was changed after it was made, or is damaged", sum, is)
	}
	return nil
}
