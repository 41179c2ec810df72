package fit

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/assay-dev/assay/internal/score"
)

// Archetypes are the typical rows of the profiles, one each, and so what the ids and names of profiles mean: a fit gives its
// clusters the ids of the archetypes that they lie nearest to.
type Archetypes struct {
	Variables [score.Variables]string
	Names     [score.Profiles]string
	Labels    [score.Profiles][score.Variables]string // of each archetype, in the order of Variables
}

// nameColumn is the column of the profiles' names, that which scored rows have.
const nameColumn = "profile_name"

// ReadArchetypes reads archetypes from CSV: a header with profile_name and nine variables, and eight rows in the order of the
// ids. Variables are the columns of that name among known; other columns are left alone.
func ReadArchetypes(data []byte, known []string) (*Archetypes, error) {
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data, []byte("\ufeff"))))
	header, err := r.Read()
	if errors.Is(err, io.EOF) {
		return nil, errors.New("there is nothing in it")
	}
	if err != nil {
		return nil, err
	}
	name := slices.Index(header, nameColumn)
	if name < 0 {
		return nil, fmt.Errorf("the header has no column %s", nameColumn)
	}
	var columns []int
	a := &Archetypes{}
	for i, h := range header {
		if !slices.Contains(known, h) {
			continue
		}
		if len(columns) < score.Variables {
			a.Variables[len(columns)] = h
		}
		columns = append(columns, i)
	}
	if len(columns) != score.Variables {
		return nil, fmt.Errorf("the header names %d category columns of the contract; a model has %d. They are: %s",
			len(columns), score.Variables, strings.Join(known, ", "))
	}
	rows, err := r.ReadAll()
	if err != nil {
		return nil, err
	}
	if len(rows) != score.Profiles {
		return nil, fmt.Errorf("there are %d archetypes; a model has %d profiles", len(rows), score.Profiles)
	}
	for k, row := range rows {
		a.Names[k] = row[name]
		for v, place := range columns {
			a.Labels[k][v] = row[place]
		}
	}
	return a, nil
}

// provenance is the member fit of a model file: how the model was made. All of it decides the model.
type provenance struct {
	Method     string
	Population string
	Rows       int64
	Seed       uint64
	Starts     int
	Start      int
	Iterations int
	Axes       int
	Bits       uint
	Archetypes [score.Profiles][score.Variables]string // in the order of the tables
}

// marshal writes provenance as it stands in a model file: a line for each archetype.
func (p *provenance) marshal() json.RawMessage {
	var b bytes.Buffer
	fmt.Fprintf(&b, "{\n    \"method\": %s,\n    \"population\": %s,\n    \"rows\": %d,\n    \"seed\": %d,\n", quote(p.Method), quote(p.Population), p.Rows, p.Seed)
	fmt.Fprintf(&b, "    \"starts\": %d,\n    \"start\": %d,\n    \"iterations\": %d,\n    \"axes\": %d,\n    \"step_bits\": %d,\n    \"archetypes\": [",
		p.Starts, p.Start, p.Iterations, p.Axes, p.Bits)
	for k, labels := range p.Archetypes {
		for v, l := range labels {
			switch {
			case v > 0:
				b.WriteString(", ")
			case k > 0:
				b.WriteString(",\n      [")
			default:
				b.WriteString("\n      [")
			}
			b.Write(quote(l))
		}
		b.WriteByte(']')
	}
	b.WriteString("\n    ]\n  }")
	return b.Bytes()
}

// quote gives s as JSON.
func quote(s string) []byte {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err) // a string can always be encoded
	}
	return b
}

// ArchetypesOf gives those that a fitted model was made with, so that another fit keeps its ids and names.
func ArchetypesOf(m *score.Model) (*Archetypes, error) {
	var p struct {
		Archetypes [][]string `json:"archetypes"`
	}
	if len(m.Fit) > 0 {
		if err := json.Unmarshal(m.Fit, &p); err != nil {
			return nil, fmt.Errorf("what model %s says of its fit is not understood: %w", m.Version, err)
		}
	}
	if len(p.Archetypes) != score.Profiles {
		return nil, fmt.Errorf("model %s does not say what its profiles' archetypes are", m.Version)
	}
	a := &Archetypes{Names: m.Profiles}
	for v := range m.Tables {
		a.Variables[v] = m.Tables[v].Variable
	}
	for k, labels := range p.Archetypes {
		if copy(a.Labels[k][:], labels) != score.Variables || len(labels) != score.Variables {
			return nil, fmt.Errorf("archetype %d of model %s has %d labels, want %d", k, m.Version, len(labels), score.Variables)
		}
	}
	return a, nil
}

// codes gives the archetypes as rows of c.
func (a *Archetypes) codes(c *Counts) (out [score.Profiles][score.Variables]uint8, err error) {
	for k := range a.Labels {
		for v, label := range a.Labels[k] {
			code := slices.Index(c.labels[v], label)
			if code < 0 {
				return out, fmt.Errorf("archetype %d (%s): the column %s has no label %q", k, a.Names[k], c.names[v], label)
			}
			out[k][v] = uint8(code)
		}
	}
	return out, nil
}
