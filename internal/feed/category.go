package feed

import (
	"errors"
	"fmt"
	"path"
	"unicode/utf8"

	"github.com/goccy/go-yaml/ast"

	"github.com/assay-dev/assay/internal/suggest"
)

// category reads what only category columns have, and makes the vocabulary.
func (r *reader) category(c *Column, members []member) {
	c.Match, c.Unknown = MatchExact, Reject
	var source, values, unknown, empty *member
	for i := range members {
		m := &members[i]
		switch m.name {
		case "values":
			values = m
		case "vocabulary":
			source = m
		case "match":
			c.Match = r.choice(*m)
		case "unknown":
			unknown = m
			c.Unknown, _ = r.text(*m)
		case "empty":
			if _, null := m.value.(*ast.NullNode); !null {
				empty = m
				c.Empty, _ = r.text(*m)
			}
		}
	}
	var v *variable
	var version, digest, in string // in: what a message about the vocabulary begins with
	from := source
	switch {
	case (source == nil) == (values == nil):
		r.problem(c.At, "category %s needs either values or a vocabulary", c.Name)
		return
	case values != nil:
		from = values
		v = &variable{}
		labels, _ := r.texts(*values)
		for _, label := range labels {
			v.groups = append(v.groups, group{label: label})
		}
	default:
		v, version, digest = r.vocabularyOf(c, *source)
		name, _ := r.scalar(source.value)
		in = name + ": "
		if v != nil && v.name != "" {
			in += "variable " + v.name + ": "
		}
	}
	if v == nil || len(v.groups) == 0 {
		if v != nil && source != nil {
			r.problem(at(source.value), "%sno labels", in)
		}
		return
	}
	var extra []string
	for _, m := range []*member{unknown, empty} {
		if label, ok := r.label(m, v); ok {
			extra = append(extra, label)
		}
	}
	vocabulary, err := newVocabulary(v.groups, extra, c.Match == MatchRelaxed)
	if err != nil {
		r.problem(at(from.value), "%s%v", in, err)
		return
	}
	vocabulary.Version, vocabulary.Digest, vocabulary.Variable = version, digest, v.name
	c.Vocabulary, c.Labels = vocabulary, vocabulary.Labels
	switch c.Unknown {
	case Keep:
		c.Keeps, c.UnknownCode = true, int16(len(c.Labels))
	case Reject:
	default:
		c.UnknownCode = vocabulary.Code(c.Unknown)
	}
	if c.Empty != "" {
		c.EmptyCode = vocabulary.Code(c.Empty)
	}
}

// label gives the label that unknown or empty cells become. One that the vocabulary lacks is added to it, unless it looks
// like one of the others, or one of the words that may stand there, mistyped.
func (r *reader) label(m *member, v *variable) (string, bool) {
	if m == nil {
		return "", false
	}
	s, ok := r.scalar(m.value)
	if !ok || s == "" || m.name == "unknown" && (s == Keep || s == Reject) {
		return "", false
	}
	var labels []string
	for _, g := range v.groups {
		if g.label == s {
			return s, true
		}
		labels = append(labels, g.label)
	}
	if near := suggest.Nearest(s, []string{Keep, Reject}); m.name == "unknown" && near != "" {
		r.problem(at(m.value), "unknown: %s is no label", s).Suggestion = "did you mean " + near + "?"
		return "", false
	}
	const shortest = 5 // short labels like NL and NA are near each other without being mistyped
	if near := suggest.Nearest(s, labels); len(near) >= shortest {
		r.problem(at(m.value), "%s: %s is no label", m.name, s).Suggestion = "did you mean " + near + "?"
		return "", false
	}
	return s, true
}

// vocabularyOf gives what the file that m names says about the column, and the file's version and Digest; nil after telling why
// not.
func (r *reader) vocabularyOf(c *Column, m member) (v *variable, version, digest string) {
	f := r.open(m)
	if f == nil {
		return nil, "", ""
	}
	name, _ := r.text(m)
	if f.vocabulary == nil {
		var err error
		switch ext := path.Ext(name); {
		case !utf8.Valid(f.data):
			err = errors.New("the file is not UTF-8")
		case ext == ".json":
			f.vocabulary, err = readMapping(f.data)
		case ext == ".csv":
			f.vocabulary, err = readVocabularyCSV(f.data)
		default:
			err = fmt.Errorf("a vocabulary is a .csv or .json file, not %q", ext)
		}
		if err != nil {
			f.ok = false
			r.problem(at(m.value), "%s: %v", name, err)
			return nil, "", ""
		}
		f.vocabulary.digest = Digest(f.data)
	}
	v, known := f.vocabulary.of(c.Name)
	if v == nil {
		r.problem(at(m.value), "%s: no variable %s", name, c.Name).Suggestion = didYouMean(c.Name, known)
		return nil, "", ""
	}
	return v, f.vocabulary.version, f.vocabulary.digest
}
