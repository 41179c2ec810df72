package detect

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestSpectrum reads the public csv-spectrum files as their JSON says. The one whose JSON is another file's has quotes inside an
// unquoted cell, which the engine refuses (CSV rule 2).
func TestSpectrum(t *testing.T) {
	paths, err := filepath.Glob("testdata/spectrum/*.csv")
	if err != nil || len(paths) != 12 {
		t.Fatalf("%d files: %v", len(paths), err)
	}
	for _, path := range paths {
		t.Run(filepath.Base(path), func(t *testing.T) {
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			r := Read(data, true, Declared{})
			holds(t, r)
			if filepath.Base(path) == "location_coordinates.csv" {
				if r.Rows != 0 || r.Refused != 1 || len(r.Columns) != 4 || r.kinds[KindBareQuote] != 1 {
					t.Errorf("want one row refused for its quotes:\n%s", render(r))
				}
				return
			}
			answer, err := os.ReadFile(strings.TrimSuffix(path, ".csv") + ".json")
			if err != nil {
				t.Fatal(err)
			}
			var want []map[string]string
			if err := json.Unmarshal(answer, &want); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, values(r)); diff != "" || len(r.Problems) > 0 {
				t.Errorf("values (-want +got):\n%s\n%s", diff, render(r))
			}
		})
	}
}

// values gives the table's cells under the names of its header.
func values(r *Reading) (rows []map[string]string) {
	text, line := r.Table()
	w := newWalker(r.Dialect(), text, true)
	w.begin(0, line)
	w.record()
	for {
		if _, ok := w.record(); !ok {
			return rows
		}
		row := map[string]string{}
		for i, c := range w.cells {
			row[r.Columns[i].Header] = string(w.value(c))
		}
		rows = append(rows, row)
	}
}
