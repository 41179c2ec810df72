package cases_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/assay-dev/assay/internal/cases"
)

// FuzzParse reads any text as a file of cases, and takes any bytes for what came of each of its chunks. What cannot be read is
// told with its line. What can be read and is rewritten has the same inputs, expects what came, and is not rewritten again;
// and a file that expects what came is not touched at all.
func FuzzParse(f *testing.F) {
	f.Add(example, "id,score\na,1\n", "\xff\n", `{"code":"X","rows":1}`)
	f.Add("-- input --\nid", "a\tb\r\n-- dead --\n", "\ufeff\x00\\", `{"source":{"row":0},"at":{"line":2},"z":[1.0,1,null]} `)
	f.Add("-- input escaped --\n\\x00\\\n-- quality --\n[]\n", "", "", "")
	paths, err := filepath.Glob("../../schemas/feeds/*/cases/*.txt")
	if err != nil || len(paths) < 10 {
		f.Fatalf("%d files of cases, %v", len(paths), err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text), "id\n", "P1,\"x", `{"code":"INVALID_ROW"}`)
	}
	f.Fuzz(func(t *testing.T, text, scored, letter, document string) {
		if len(text)+len(scored)+len(letter)+len(document) > 1<<13 {
			t.Skip("long inputs only make fuzzing slow")
		}
		file, err := cases.Parse(text)
		if err != nil {
			if e := (*cases.SyntaxError)(nil); !errors.As(err, &e) || e.Line > 1+strings.Count(text, "\n") || e.Text == "" {
				t.Fatalf("%T: %v", err, err)
			}
			return
		}
		right := outputs(file, func(c *cases.Chunk) *cases.Output {
			o := &cases.Output{Scored: c.Scored, Quality: c.Quality, Errors: c.Errors}
			if c.Dead != "" || c.Input == "" {
				o.Dead = []cases.Letter{{Value: c.Dead}}
			}
			return o
		})
		for i := range file.Chunks {
			if d := file.Chunks[i].Differences(right[i]); len(d) > 0 {
				t.Fatalf("%q does not expect what it says: %v", text, d)
			}
		}
		if got := file.Rewrite(right); got != text && strings.HasSuffix(text, "\n") {
			t.Fatalf("%q is right, and became %q", text, got)
		}
		isRight(t, file, outputs(file, func(c *cases.Chunk) *cases.Output {
			o := &cases.Output{Scored: scored}
			if letter != "" || c.Input == "" {
				o.Dead = []cases.Letter{{Value: letter, Row: len(letter)%2 == 1}}
			}
			if isDocument(document) {
				o.Quality, o.Errors = []string{document}, []string{document, `{"code":"Y"}`}
			}
			return o
		}))
	})
}

// isDocument says whether a text can stand on a line for a document, as all do that come.
func isDocument(text string) bool {
	_, err := cases.Parse("-- input --\n-- errors --\n" + text + "\n")
	return err == nil && json.Valid([]byte(text)) && !strings.ContainsAny(text, "\r\n")
}

// outputs gives what came of each chunk.
func outputs(f *cases.File, of func(*cases.Chunk) *cases.Output) (list []*cases.Output) {
	for i := range f.Chunks {
		list = append(list, of(&f.Chunks[i]))
	}
	return list
}
