package feed

import (
	"slices"
	"testing"
)

// Every key of the language stands in a good and in a bad contract.
func TestEveryKeyIsTested(t *testing.T) {
	for _, dir := range []string{"testdata/good", "testdata/bad"} {
		found := map[string]bool{}
		for _, name := range contracts(t, dir) {
			if value, err := decoded(dir + "/" + name); err == nil {
				paths(found, "", contractSpec, value)
			}
		}
		each("", contractSpec, func(path string, _ *field) {
			if !found[path] {
				t.Errorf("no contract in %s has the key %s", dir, path)
			}
		})
	}
}

func TestTopKeysAreFew(t *testing.T) {
	if len(contractSpec) > 12 {
		t.Errorf("%d top-level keys; the language must not grow beyond 12", len(contractSpec))
	}
}

// Every key says something to its reader, no key stands twice in its block, and what has words or keys of its own names them.
func TestSpecIsWhole(t *testing.T) {
	seen := map[string]bool{}
	each("", contractSpec, func(path string, f *field) {
		if seen[path] {
			t.Errorf("%s stands twice", path)
		}
		seen[path] = true
		if f.doc == "" || f.doc[len(f.doc)-1] != '.' {
			t.Errorf("%s has no sentence about it: %q", path, f.doc)
		}
		if (f.kind == words || f.kind == charsetName) != (len(f.words) > 0) {
			t.Errorf("%s: %d words", path, len(f.words))
		}
		if slices.Contains([]kind{block, named, rules}, f.kind) != (len(f.fields) > 0) {
			t.Errorf("%s: %d fields", path, len(f.fields))
		}
	})
	if len(seen) < 40 {
		t.Errorf("only %d keys", len(seen))
	}
}

// each calls do for every key, with its path without the names that users choose.
func each(prefix string, fields []field, do func(path string, f *field)) {
	for i := range fields {
		f := &fields[i]
		do(prefix+f.name, f)
		each(prefix+f.name+".", f.fields, do)
	}
}

// paths adds the keys that stand in value.
func paths(found map[string]bool, prefix string, fields []field, value any) {
	mapping, _ := value.(map[string]any)
	for i := range fields {
		f := &fields[i]
		v, ok := mapping[f.name]
		if !ok {
			continue
		}
		found[prefix+f.name] = true
		inner := []any{v}
		if f.kind == named || f.kind == rules {
			entries, _ := v.(map[string]any)
			inner = inner[:0]
			for _, e := range entries {
				inner = append(inner, e)
			}
		}
		for _, v := range inner {
			paths(found, prefix+f.name+".", f.fields, v)
		}
	}
}
