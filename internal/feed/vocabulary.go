package feed

import (
	"errors"
	"fmt"
	"math"
	"slices"
)

// NotStated is the label that stands for no answer. It always has the last code.
const NotStated = "Not stated"

// Vocabulary is what the cells of a category column may say and mean.
type Vocabulary struct {
	Version  string     // of the mapping file; "" for other sources
	Digest   string     // the Digest of the file; "" for values of the contract itself
	Variable string     // the mapping file's variable; "" for other sources
	Labels   []string   // a code is an index into it
	Raw      []RawLabel // every known text, the labels themselves included; no text stands twice
	// NotStated is the code of the label NotStated, or -1 when there is none.
	NotStated int16
}

// RawLabel is a known text and the code of the label that it means.
type RawLabel struct {
	Text string
	Code int16
}

// Code gives the code of a label, or -1 when the vocabulary has no such label.
func (v *Vocabulary) Code(label string) int16 {
	return int16(slices.Index(v.Labels, label))
}

// group is a label and the texts that mean it, as a source lists them.
type group struct {
	label string
	raw   []string
}

// newVocabulary numbers the labels of groups in their order, then those of extra that are not among them; NotStated comes
// last. It refuses a text that would mean two labels and, when cells are matched by their relaxed keys, two texts of
// different labels with one key.
func newVocabulary(groups []group, extra []string, relaxed bool) (*Vocabulary, error) {
	v := &Vocabulary{NotStated: -1}
	codes := map[string]int16{}
	for _, g := range groups {
		if _, twice := codes[g.label]; twice {
			return nil, fmt.Errorf("label %q stands twice", g.label)
		}
		codes[g.label] = 0
		v.Labels = append(v.Labels, g.label)
	}
	for _, label := range extra {
		if _, known := codes[label]; !known {
			codes[label] = 0
			v.Labels = append(v.Labels, label)
			groups = append(groups, group{label: label})
		}
	}
	if len(v.Labels) > math.MaxInt16 {
		return nil, fmt.Errorf("%d labels; the most is %d", len(v.Labels), math.MaxInt16)
	}
	if i := slices.Index(v.Labels, NotStated); i >= 0 {
		v.Labels = append(slices.Delete(v.Labels, i, i+1), NotStated)
		v.NotStated = int16(len(v.Labels) - 1)
	}
	for code, label := range v.Labels {
		if label == "" {
			return nil, errors.New("a label is empty")
		}
		codes[label] = int16(code)
	}
	texts, keys := map[string]int16{}, map[string]RawLabel{}
	for _, g := range groups {
		code := codes[g.label]
		for _, text := range append([]string{g.label}, g.raw...) {
			if other, known := texts[text]; known {
				if other != code {
					return nil, fmt.Errorf("%q means both %q and %q", text, v.Labels[other], g.label)
				}
				continue
			}
			texts[text] = code
			v.Raw = append(v.Raw, RawLabel{Text: text, Code: code})
			if !relaxed {
				continue
			}
			key := Key(text)
			if key == "" {
				return nil, fmt.Errorf("%q has an empty relaxed key, like an empty cell", text)
			}
			if other, known := keys[key]; known && other.Code != code {
				return nil, fmt.Errorf("%q (%s) and %q (%s) share the relaxed key %q", other.Text, v.Labels[other.Code], text, g.label, key)
			}
			keys[key] = RawLabel{Text: text, Code: code}
		}
	}
	return v, nil
}
