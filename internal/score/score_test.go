package score

import (
	"testing"

	"github.com/assay-dev/assay/internal/flow"
)

func TestNew(t *testing.T) {
	model := handMade(t)
	s, err := New("nearest-profile", Config{Model: model, MappingVersions: map[string]string{"SEX": "1", "note": "2"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Bind(schemaOf(packModel(t))); err != nil {
		t.Fatal(err)
	}
	versioned, ok := s.(interface {
		flow.Scorer
		Kind() string
		Version() string
	})
	if !ok || versioned.Kind() != "nearest-profile" || versioned.Version() != "hand-1" {
		t.Errorf("%T does not say its kind and version", s)
	}
}

func TestNewRefuses(t *testing.T) {
	tests := []struct {
		kind string
		cfg  Config
		want string
	}{
		{"nearest", Config{}, `unknown scorer kind "nearest", want one of: expression, linear, nearest-profile`},
		{"nearest-profile", Config{}, "scorer nearest-profile: model is not a valid model file: EOF"},
		{"nearest-profile", Config{Model: handMade(t), MappingVersions: map[string]string{"AGE_GROUP": "1", "SEX": "2"}},
			`scorer nearest-profile: model hand-1 was fitted with mapping version "1", but the mapping file has version "2": ` +
				"fit the model again, or take the mapping that belongs to it"},
	}
	for _, test := range tests {
		if _, err := New(test.kind, test.cfg); err == nil || err.Error() != test.want {
			t.Errorf("%s: %v, want %s", test.kind, err, test.want)
		}
	}
}
