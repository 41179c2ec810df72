package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-dev/assay/internal/testkit"
)

// vegaFiles gives the CSV files of a public package of data sets.
func vegaFiles(t *testing.T) (paths []string) {
	t.Helper()
	dir := t.TempDir()
	cmd := exec.Command("npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", dir, "vega-datasets@3.2.1")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("npm: %v\n%s", err, out)
	}
	for _, ending := range []string{"csv", "tsv"} {
		found, err := filepath.Glob(filepath.Join(dir, "node_modules", "vega-datasets", "data", "*."+ending))
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, found...)
	}
	if len(paths) != 24 {
		t.Fatalf("the package has %d CSV files, not 24: %v", len(paths), paths)
	}
	return paths
}

// duckDB gives the header and the rows of a CSV file as DuckDB reads them, all as text.
func duckDB(t *testing.T, path, delimiter string) [][]string {
	t.Helper()
	var out, errs bytes.Buffer
	cmd := exec.Command("python3", "testdata/read_all_text.py", path, delimiter)
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Run(); err != nil {
		t.Fatalf("duckdb: %v\n%s", err, &errs)
	}
	return table(readLines(t, &out))
}

// table gives the header and the rows of what is in the form of peek --json --all.
func table(lines []peekLine) [][]string {
	rows := [][]string{lines[0].Columns}
	for _, l := range lines[1:] {
		rows = append(rows, l.Values)
	}
	return rows
}

// differs gives the first record in which two tables differ, or nothing. (cmp.Diff of whole tables would be most of the test's time.)
func differs(want, got [][]string) string {
	for i := range want {
		if i >= len(got) || !slices.Equal(want[i], got[i]) {
			return fmt.Sprintf("%d records, duckdb reads %d; the first that differs (-duckdb +assay):\n%s",
				len(got), len(want), cmp.Diff(want[i:i+1], got[min(i, len(got)):min(i+1, len(got))]))
		}
	}
	if len(got) > len(want) {
		return fmt.Sprintf("%d records, duckdb reads %d", len(got), len(want))
	}
	return ""
}

// program runs this binary as assay, in a process of its own.
func program(t *testing.T, args ...string) (stdout, stderr *bytes.Buffer, code int) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	stdout, stderr = &bytes.Buffer{}, &bytes.Buffer{}
	cmd := exec.Cmd{Path: self, Args: append([]string{"assay"}, args...), Stdout: stdout, Stderr: stderr}
	err = cmd.Run()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return stdout, stderr, cmd.ProcessState.ExitCode()
}

// TestPublicFiles takes each CSV file of a public package through the command line, with no edit: peek, create, lint and score with
// what create has written. DuckDB counts the rows, and its values are those that peek shows and that stand in the scored rows.
func TestPublicFiles(t *testing.T) {
	testkit.Need(t, "npm")
	testkit.Need(t, "duckdb")
	for _, path := range vegaFiles(t) {
		t.Run(filepath.Base(path), func(t *testing.T) {
			delimiter := ","
			if filepath.Ext(path) == ".tsv" {
				delimiter = "\t"
			}
			want := duckDB(t, path, delimiter)

			if _, errs, code := program(t, "peek", path); code != exitOK {
				t.Fatalf("peek: exit code %d\n%s", code, errs)
			}
			all, errs, code := program(t, "peek", "--json", "--all", path)
			if diff := differs(want, table(readLines(t, all))); diff != "" || code != exitOK {
				t.Fatalf("peek --all: exit code %d\n%svalues: %s", code, errs, diff)
			}

			text, errs, code := program(t, "create", path)
			if code != exitOK || errs.Len() > 0 {
				t.Fatalf("create: exit code %d\n%s", code, errs)
			}
			contract := filepath.Join(t.TempDir(), "feed.yaml")
			if err := os.WriteFile(contract, text.Bytes(), 0o600); err != nil {
				t.Fatal(err)
			}
			if out, _, code := program(t, "lint", contract); code != exitOK {
				t.Fatalf("lint: exit code %d\n%s\n%s", code, out, text)
			}

			scored := filepath.Join(t.TempDir(), "scored.csv")
			scorePublic(t, len(want)-1, path, "--contract", contract, "-o", scored)
			if diff := differs(want, duckDB(t, scored, delimiter)); diff != "" {
				t.Errorf("scored rows: %s", diff)
			}
			lines := filepath.Join(t.TempDir(), "scored.jsonl")
			scorePublic(t, len(want)-1, path, "--contract", contract, "-o", lines, "--format", "json")
			checkJSONRows(t, want, lines)
		})
	}
}

// scorePublic scores a file of so many rows, none of which is dead.
func scorePublic(t *testing.T, rows int, args ...string) {
	t.Helper()
	_, errs, code := program(t, append([]string{"score", "--json"}, args...)...)
	var got summary
	if err := json.Unmarshal(errs.Bytes(), &got); err != nil || code != exitOK {
		t.Fatalf("score: exit code %d: %v\n%s", code, err, errs)
	}
	if got.Rows != int64(rows) || got.Scored+got.Dead != got.Rows || got.Dead != 0 {
		t.Errorf("%d rows in, %d scored, %d dead; duckdb counts %d", got.Rows, got.Scored, got.Dead, rows)
	}
}

// checkJSONRows holds scored rows, an object a line, to a table of texts: numbers and truth values are those that the text is,
// null is an empty text, and any other value is the text itself.
func checkJSONRows(t *testing.T, want [][]string, path string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	for i, cells := range want[1:] {
		var row map[string]any
		if err := d.Decode(&row); err != nil {
			t.Fatalf("row %d: %v", i, err)
		}
		if len(row) != len(cells) {
			t.Fatalf("row %d has %d members, not %d: %v", i, len(row), len(cells), row)
		}
		for c, cell := range cells {
			if value, ok := row[want[0][c]]; !ok || !isValue(value, cell) {
				t.Fatalf("row %d, %s: %v (%T), duckdb has %q", i, want[0][c], value, value, cell)
			}
		}
	}
	if d.More() {
		t.Errorf("there are more than %d rows", len(want)-1)
	}
}

// isValue says whether a JSON value is what a cell says.
func isValue(value any, cell string) bool {
	switch v := value.(type) {
	case nil:
		return cell == ""
	case string:
		return v == cell
	case bool:
		b, err := strconv.ParseBool(cell)
		return err == nil && b == v
	case json.Number:
		if n, err := strconv.ParseInt(cell, 10, 64); err == nil {
			m, err := v.Int64()
			return err == nil && m == n
		}
		x, err := strconv.ParseFloat(cell, 64)
		y, err2 := v.Float64()
		return err == nil && err2 == nil && x == y
	}
	return false
}
