package cases_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/assay-dev/assay/internal/cases"
)

const example = `Two chunks.

-- input --
id
a
-- scored --
id,score
a,1
-- quality --
{"rows":1}

{"rows":2}
-- input escaped --
\ufeffid\r
\x00\tA\\\
B\n
-- dead escaped --
\xff
-- errors --
{"code":"X"}
`

func TestParse(t *testing.T) {
	got, err := cases.Parse(example)
	if err != nil {
		t.Fatal(err)
	}
	want := &cases.File{
		About: "Two chunks.\n\n",
		Chunks: []cases.Chunk{
			{Line: 3, Input: "id\na\n", Scored: "id,score\na,1\n", Quality: []string{`{"rows":1}`, `{"rows":2}`}},
			{Line: 13, Input: "\ufeffid\r\n\x00\tA\\B\n\n", Dead: "\xff\n", Errors: []string{`{"code":"X"}`}},
		},
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreUnexported(cases.Chunk{})); diff != "" {
		t.Error(diff)
	}
}

func TestParseRefuses(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"", "line 0: there is no input section"},
		{"words\n", "line 1: there is no input section"},
		{"-- scored --\n", `line 1: section "scored" stands before the first input`},
		{"-- input --\n-- scores --\n", `line 2: unknown section "scores", want input, scored, quality, errors or dead`},
		{"-- input --\na\n-- dead --\n-- dead escaped --\n", `line 4: the chunk has two sections "dead"`},
		{"-- input escaped --\n\\q\n", `line 2: "\\q\n" begins with no escape that Go knows`},
		{"-- input --\n-- errors --\n{\n", `line 3: no JSON document: unexpected end of JSON input`},
		{"-- input --\n-- errors --\n{}\n{\"code\":\"X\"}}]garbage\n", `line 4: no JSON document: invalid character '}' after top-level value`},
		{"-- input --\n-- quality --\n[1,]\n", `line 3: no JSON document: invalid character ']' looking for beginning of value`},
		{"-- input --\n-- quality --\n{} {}\n", `line 3: no JSON document: invalid character '{' after top-level value`},
		{"-- input --\n-- errors --\n{\"a\":{\"b\":1,\"b\":2}}\n", `line 3: no JSON document: the member "b" stands twice`},
		{"-- input --\n-- errors escaped --\n", `line 2: section "errors escaped": JSON has escapes of its own`},
	} {
		if _, err := cases.Parse(test.text); err == nil || err.Error() != test.want {
			t.Errorf("%q: %v, want %s", test.text, err, test.want)
		}
	}
}

// parsed gives the only chunk of a text.
func parsed(t *testing.T, text string) *cases.Chunk {
	t.Helper()
	f, err := cases.Parse(text)
	if err != nil || len(f.Chunks) != 1 {
		t.Fatalf("%q: %v", text, err)
	}
	return &f.Chunks[0]
}

func TestDifferences(t *testing.T) {
	row := func(v string) cases.Letter { return cases.Letter{Value: v, Row: true} }
	for _, test := range []struct {
		name, expected string
		got            cases.Output
		differ         string // the sections that differ
	}{
		{"nothing", "-- input --\nid\n", cases.Output{}, ""},
		{"scored", "-- input --\nid\n-- scored --\nid\n", cases.Output{Scored: "id\n"}, ""},
		{"other rows", "-- input --\nid\n-- scored --\nid\n", cases.Output{Scored: "id\r\n"}, "scored"},
		{"unexpected rows", "-- input --\nid\n", cases.Output{Scored: "id\n"}, "scored"},
		{"dead rows", "-- input --\nid\n-- dead --\na\nb\n", cases.Output{Dead: []cases.Letter{row("a"), row("b")}}, ""},
		{"a dead chunk", "-- input --\nid\n-- dead --\na\nb\n", cases.Output{Dead: []cases.Letter{{Value: "a\nb\n"}}}, ""},
		{"a dead row with its line end", "-- input --\nid\n-- dead --\na\n", cases.Output{Dead: []cases.Letter{row("a\n")}}, "dead"},
		{"a dead row is missing", "-- input --\nid\n-- dead --\na\nb\n", cases.Output{Dead: []cases.Letter{row("a")}}, "dead"},
		{"a dead chunk without bytes", "-- input --\n-- dead --\n", cases.Output{Dead: []cases.Letter{{}}}, ""},
		{"no letter for a chunk without bytes", "-- input --\n-- dead --\n", cases.Output{}, "dead"},
		{"a letter without bytes for a chunk that has some", "-- input --\nid\n", cases.Output{Dead: []cases.Letter{{}}}, "dead"},
		{"a subset", "-- input --\nid\n-- errors --\n{\"a\":{\"b\":[1,{}]}}\n", cases.Output{Errors: []string{`{"c":2,"a":{"d":3,"b":[1,{"e":4}]}}`}}, ""},
		{"another value", "-- input --\nid\n-- errors --\n{\"a\":1}\n", cases.Output{Errors: []string{`{"a":2}`}}, "errors"},
		{"null is not absent", "-- input --\nid\n-- errors --\n{\"a\":null}\n", cases.Output{Errors: []string{`{}`}}, "errors"},
		{"a longer list", "-- input --\nid\n-- errors --\n{\"a\":[1]}\n", cases.Output{Errors: []string{`{"a":[1,2]}`}}, "errors"},
		{"not an object", "-- input --\nid\n-- errors --\n{\"a\":{}}\n", cases.Output{Errors: []string{`{"a":"{}"}`}}, "errors"},
		{"one event too many", "-- input --\nid\n-- quality --\n{}\n", cases.Output{Quality: []string{`{}`, `{}`}}, "quality"},
		{"no JSON", "-- input --\nid\n-- quality --\n{}\n", cases.Output{Quality: []string{`{} {}`}}, "quality"},
		{"two sections", "-- input --\nid\n", cases.Output{Scored: "x", Errors: []string{`{}`}}, "scored errors"},
	} {
		var sections []string
		for _, d := range parsed(t, test.expected).Differences(&test.got) {
			sections = append(sections, d.Section)
		}
		if got := strings.Join(sections, " "); got != test.differ {
			t.Errorf("%s: %q differ, want %q", test.name, got, test.differ)
		}
	}
}

func TestDifferencesShowBothSides(t *testing.T) {
	for _, test := range []struct {
		name, expected string
		got            cases.Output
		line           int
		want           string
	}{
		{"a line end", "words\n-- input --\nid\n-- scored escaped --\na\\r\nb\n", cases.Output{Scored: "a\nb\n"}, 4,
			"scored differs (- expected, + came)\n  - a\\r\n  + a\n    b"},
		{"a section that is not there", "-- input --\nid\n", cases.Output{Dead: []cases.Letter{{Value: "x\x00"}}}, 1,
			"dead differs (- expected, + came)\n  + x\\x00\\"},
		{"far lines are left out", "-- input --\nid\n-- scored --\n1\n2\n3\n4\n5\n6\n7\n8\n", cases.Output{Scored: "1\n2\n3\n4\nV\n6\n7\n8\n"}, 3,
			"scored differs (- expected, + came)\n    …\n    3\n    4\n  - 5\n  + V\n    6\n    7\n    …"},
		{"of a document only what the case shows", "-- input --\nid\n-- errors --\n{\"b\":1,\"a\":{\"c\":\"\\\\\"}}\n",
			cases.Output{Errors: []string{`{"a":{"x":0,"c":"\\"},"b":2,"z":[]}`}}, 3,
			"errors differs (- expected, + came)\n  - {\"b\":1,\"a\":{\"c\":\"\\\\\"}}\n  + {\"b\":2,\"a\":{\"c\":\"\\\\\"}}"},
		{"of others what tells", "-- input --\nid\n",
			cases.Output{Errors: []string{`{"event_id":"x","code":"X","field":null,"source":{"offset":3,"row":1},"at":{"line":2,"bytes":[1,2]}}`}}, 1,
			"errors differs (- expected, + came)\n  + {\"code\":\"X\",\"source\":{\"row\":1},\"at\":{\"line\":2}}"},
	} {
		got := parsed(t, test.expected).Differences(&test.got)
		if len(got) != 1 {
			t.Errorf("%s: %d differences", test.name, len(got))
			continue
		}
		if diff := cmp.Diff(test.want, got[0].String()); diff != "" || got[0].Line != test.line {
			t.Errorf("%s, line %d:\n%s", test.name, got[0].Line, diff)
		}
	}
}
