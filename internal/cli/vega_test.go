package cli

import (
	"bytes"
	"encoding/csv"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-dev/assay/internal/detect"
	"github.com/assay-dev/assay/internal/testkit"
)

// vegaDatasets fetches a public package of data sets.
func vegaDatasets(t *testing.T) string {
	t.Helper()
	testkit.Need(t, "npm")
	dir := t.TempDir()
	cmd := exec.Command("npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", dir, "vega-datasets@3.2.1")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("npm: %v\n%s", err, out)
	}
	return filepath.Join(dir, "node_modules", "vega-datasets", "data")
}

// TestPublicFiles reads CSV files that ship in a public package, with no edit: peek finds nothing wrong, its values are those
// of encoding/csv, and the contract that create writes reads every row.
func TestPublicFiles(t *testing.T) {
	dir := vegaDatasets(t)
	for _, name := range []string{
		"airports.csv", "birdstrikes.csv", "co2-concentration.csv", "disasters.csv", "flights-airport.csv", "gapminder-health-income.csv",
		"github.csv", "la-riots.csv", "seattle-weather.csv", "species.csv", "stocks.csv", "unemployment.tsv", "us-employment.csv", "weather.csv", "zipcodes.csv",
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(dir, name)
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			library := csv.NewReader(bytes.NewReader(data))
			if filepath.Ext(name) == ".tsv" {
				library.Comma = '\t'
			}
			want, err := library.ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			_, lines, code := peekLines(t, peekCmd{}, path)
			got := [][]string{lines[0].Columns}
			for _, l := range lines[1:] {
				got = append(got, l.Values)
			}
			if diff := cmp.Diff(want, got); diff != "" || code != exitOK {
				t.Fatalf("exit code %d; values (-encoding/csv +peek):\n%s", code, diff)
			}
			r := detect.Read(data, true, detect.Declared{})
			text, err := newContract(path, r)
			if err != nil {
				t.Fatal(err)
			}
			c := loadContract(t, text)
			says(t, c, r)
			counts, refused := runContract(t, c, data)
			if rows := int64(len(want) - 1); refused != nil || counts.Rows != rows || counts.RowsScored != rows {
				t.Errorf("%d rows in, %d scored, %d dead, refused: %v; encoding/csv counts %d\n%s",
					counts.Rows, counts.RowsScored, counts.RowsDead, refused, rows, text)
			}
		})
	}
}
