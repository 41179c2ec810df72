package census

import (
	"bytes"
	"compress/gzip"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the samples of the feed pack again")

const pack = "../../schemas/feeds/census-profile"

// samples are the files of the feed pack that the generator draws.
var samples = []struct {
	file string
	seed uint64
	opts Options
	rows int
}{
	// The faults of the demo: two cells in a hundred unknown, seven rows broken.
	{"sample.csv.gz", 2075, Options{ABS: true, Flagged: 0.02, Broken: 0.0007}, 10_000},
	{"sample-collapsed.csv", 2075, Options{}, 50},
}

func TestSamplesAreDrawn(t *testing.T) {
	for _, s := range samples {
		g := New(s.seed, s.opts)
		want := g.Append(bytes.Clone(g.Header()), s.rows)
		path := filepath.Join(pack, s.file)
		if got, err := readSample(path); err == nil && bytes.Equal(got, want) {
			continue
		} else if !*update {
			t.Errorf("%s is not what the generator draws (%v): run go test ./internal/census -update if that is meant", path, err)
			continue
		}
		if err := writeSample(path, want); err != nil {
			t.Fatal(err)
		}
	}
}

// The demo's summary says how many rows are broken; the share only makes it likely.
func TestSampleHasSevenBrokenRows(t *testing.T) {
	data, err := readSample(filepath.Join(pack, "sample.csv.gz"))
	if err != nil {
		t.Fatal(err)
	}
	broken := 0
	for line := range bytes.Lines(data) {
		if cells, ok := split(string(bytes.TrimSuffix(line, []byte("\n")))); !ok || len(cells) != 1+variables {
			broken++
		}
	}
	if broken != 7 {
		t.Errorf("%d broken rows, want 7: choose another seed", broken)
	}
}

func readSample(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if !strings.HasSuffix(path, ".gz") {
		return io.ReadAll(f)
	}
	z, err := gzip.NewReader(f)
	if err != nil {
		return nil, err
	}
	return io.ReadAll(z)
}

// writeSample keeps name and time out of the gzip header, so that the file depends on its content only.
func writeSample(path string, data []byte) error {
	if strings.HasSuffix(path, ".gz") {
		var b bytes.Buffer
		z, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
		if err != nil {
			return err
		}
		if _, err := z.Write(data); err != nil {
			return err
		}
		if err := z.Close(); err != nil {
			return err
		}
		data = b.Bytes()
	}
	return os.WriteFile(path, data, 0o644)
}

// split cuts a row into cells by the rules that a whole row keeps: quoted cells begin with a quote and hold none. ok is
// false for a quote anywhere else.
func split(row string) (cells []string, ok bool) {
	for {
		var cell string
		if rest, quoted := strings.CutPrefix(row, `"`); quoted {
			if cell, row, ok = strings.Cut(rest, `"`); !ok {
				return cells, false
			}
			if row != "" && row[0] != ',' {
				return cells, false
			}
		} else {
			end := strings.IndexByte(row, ',')
			if end < 0 {
				end = len(row)
			}
			cell, row = row[:end], row[end:]
			if strings.Contains(cell, `"`) {
				return cells, false
			}
		}
		cells = append(cells, cell)
		if row == "" {
			return cells, true
		}
		row = row[1:]
	}
}
