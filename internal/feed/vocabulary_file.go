package feed

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
)

// vocabularyFile is a read vocabulary file. One file may hold the vocabularies of several columns.
type vocabularyFile struct {
	version   string
	digest    string
	variables []variable // one without a name when the file is for any column
}

type variable struct {
	name   string
	groups []group
}

// of gives what the file says about the column called name, or nil and the columns that it knows.
func (f *vocabularyFile) of(name string) (v *variable, known []string) {
	for i := range f.variables {
		v := &f.variables[i]
		if v.name == "" || v.name == name {
			return v, nil
		}
		known = append(known, v.name)
	}
	return nil, known
}

// mappingFormat is the format that a mapping file names.
const mappingFormat = "assay.census-mapping/1"

// readMapping reads a JSON mapping file.
func readMapping(data []byte) (*vocabularyFile, error) {
	var m struct {
		Format    string `json:"format"`
		Version   string `json:"version"`
		Variables []struct {
			Name    string `json:"name"`
			ABSName string `json:"abs_name"`
			Labels  []struct {
				Collapsed string   `json:"collapsed"`
				Raw       []string `json:"raw"`
			} `json:"labels"`
		} `json:"variables"`
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&m); err != nil {
		return nil, jsonError(data, dec.InputOffset(), err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, jsonError(data, dec.InputOffset(), errors.New("something follows the mapping"))
	}
	switch {
	case m.Format != mappingFormat:
		return nil, fmt.Errorf("format is %q, not %q", m.Format, mappingFormat)
	case m.Version == "":
		return nil, errors.New("version is missing")
	}
	f := &vocabularyFile{version: m.Version}
	for _, v := range m.Variables {
		if v.Name == "" || slices.ContainsFunc(f.variables, func(o variable) bool { return o.name == v.Name }) {
			return nil, fmt.Errorf("variable %q stands twice or has no name", v.Name)
		}
		out := variable{name: v.Name}
		for _, l := range v.Labels {
			out.groups = append(out.groups, group{label: l.Collapsed, raw: l.Raw})
		}
		f.variables = append(f.variables, out)
	}
	return f, nil
}

// jsonError adds the line to an error of the JSON decoder, which knows bytes only.
func jsonError(data []byte, at int64, err error) error {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		at = syntax.Offset
	case errors.As(err, &kind):
		at, err = kind.Offset, fmt.Errorf("%s cannot be a %s", kind.Field, kind.Value)
	case strings.HasPrefix(err.Error(), "json: unknown field"): // of which the decoder knows no place
		return errors.New(strings.TrimPrefix(err.Error(), "json: "))
	case errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.EOF):
		at, err = int64(len(data)), errors.New("the file ends early")
	}
	line := 1 + bytes.Count(data[:min(at, int64(len(data)))], []byte{'\n'})
	return fmt.Errorf("line %d: %w", line, err)
}

// readVocabularyCSV reads a CSV file with the columns raw and label. Labels are numbered as they first appear.
func readVocabularyCSV(data []byte) (*vocabularyFile, error) {
	r := csv.NewReader(bytes.NewReader(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))))
	r.FieldsPerRecord = -1 // what another header is told is the header
	header, err := r.Read()
	if errors.Is(err, io.EOF) {
		return nil, errors.New("the file is empty")
	}
	if err != nil {
		return nil, err
	}
	if !slices.Equal(header, []string{"raw", "label"}) {
		return nil, fmt.Errorf("the header is %s, not raw,label", strings.Join(header, ","))
	}
	r.FieldsPerRecord = len(header)
	v := variable{}
	places := map[string]int{} // of labels in v.groups
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			return &vocabularyFile{variables: []variable{v}}, nil
		}
		if err != nil {
			return nil, err
		}
		i, known := places[record[1]]
		if !known {
			i = len(v.groups)
			places[record[1]] = i
			v.groups = append(v.groups, group{label: record[1]})
		}
		v.groups[i].raw = append(v.groups[i].raw, record[0])
	}
}
