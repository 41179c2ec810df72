package apptest

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"

	"github.com/assay-dev/assay/internal/census"
	"github.com/assay-dev/assay/internal/config"
)

// mostMemory is what a process may have resident at its peak, whatever the size of the file.
const mostMemory = 200 << 20

// people are census rows that repeat: drawn once, because drawing them costs more than scoring them.
type people struct {
	header, block []byte // blockRows rows
}

const blockRows = 20_000

// drawPeople draws a block with something of everything.
func drawPeople() *people {
	g := census.New(1, census.Options{ABS: true, Flagged: 0.02, Broken: 0.0007})
	p := &people{header: bytes.Clone(g.Header())}
	p.block = g.Append(make([]byte, 0, blockRows*census.MaxRow), blockRows)
	return p
}

// write writes whole blocks, at least size bytes of them, and gives the number of rows.
func (p *people) write(w io.Writer, size int64) (rows int64, err error) {
	if _, err := w.Write(p.header); err != nil {
		return 0, err
	}
	for written := int64(0); written < size; written += int64(len(p.block)) {
		if _, err := w.Write(p.block); err != nil {
			return rows, err
		}
		rows += blockRows
	}
	return rows, nil
}

// scoring is what a run of assay score says at its end, and the most memory that it had.
type scoring struct {
	Rows    int64   `json:"rows_in"`
	Scored  int64   `json:"rows_scored"`
	Dead    int64   `json:"rows_dead"`
	Flagged int64   `json:"rows_with_invalid_values"`
	Bytes   int64   `json:"bytes_in"`
	Seconds float64 `json:"seconds"`
	peak    int64   // bytes
}

// watchMemory watches the most memory that a process has resident, until it ends. The usage that the system tells at the end is
// of no use here: on Linux it begins with the peak of the process that started it, which is the test.
func watchMemory(p *os.Process) (peak func() int64) {
	most, ended := int64(0), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.Pid))
			_, line, ok := strings.Cut(string(status), "VmHWM:")
			if err != nil || !ok { // of a process that has ended only the name is left
				return
			}
			var kilobytes int64
			if _, err := fmt.Sscan(line, &kilobytes); err == nil {
				most = kilobytes << 10
			}
			time.Sleep(5 * time.Millisecond)
		}
	}()
	return func() int64 { <-ended; return most }
}

// score runs assay score over what write writes into its standard input, with the rows to /dev/null.
func score(t *testing.T, write func(io.Writer) (rows int64, err error), args ...string) *scoring {
	t.Helper()
	cmd := exec.Command(Binary(t), append([]string{"score", "--json", "-o", os.DevNull}, args...)...)
	var said bytes.Buffer
	cmd.Stderr = &said
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	watched := watchMemory(cmd.Process)
	rows, err := write(stdin)
	err = errors.Join(err, stdin.Close())
	ended := cmd.Wait()
	if err != nil {
		t.Fatalf("writing to assay score: %v\n%s", err, &said)
	}
	s := &scoring{}
	if err := json.Unmarshal(said.Bytes(), s); err != nil {
		t.Fatalf("%v: %v\n%s", ended, err, &said)
	}
	if code := cmd.ProcessState.ExitCode(); code != 1 {
		t.Errorf("exit code %d, want 1: rows are refused", code)
	}
	if s.Rows != rows || s.Scored+s.Dead != rows || s.Dead == 0 || s.Flagged == 0 {
		t.Errorf("of %d rows it read %d, scored %d, refused %d and flagged %d", rows, s.Rows, s.Scored, s.Dead, s.Flagged)
	}
	s.peak = watched()
	if s.peak == 0 {
		t.Error("nothing is known of the memory")
	}
	if s.peak >= mostMemory {
		t.Errorf("peak resident memory is %d MB, the limit is %d MB", s.peak>>20, mostMemory>>20)
	}
	t.Logf("%d rows, %d MB in %.1f s: %.0f rows/s, %.0f MB/s; peak resident memory %d MB",
		s.Rows, s.Bytes/1e6, s.Seconds, float64(s.Rows)/s.Seconds, float64(s.Bytes)/1e6/s.Seconds, s.peak>>20)
	return s
}

// TestMillionRows scores a million rows from standard input into each form, and from a compressed file, in constant memory.
func TestMillionRows(t *testing.T) {
	p := drawPeople()
	const blocks = 1_000_000 / blockRows
	million := func(w io.Writer) (int64, error) { return p.write(w, int64(len(p.block))*blocks) }
	for _, format := range []string{"csv", "json", "arrow"} {
		t.Run(format, func(t *testing.T) {
			if s := score(t, million, "-", "--format", format); s.Rows != 1_000_000 {
				t.Errorf("%d rows", s.Rows)
			}
		})
	}
	t.Run("gz", func(t *testing.T) {
		name := filepath.Join(t.TempDir(), "people.csv.gz")
		f, err := os.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		z, err := gzip.NewWriterLevel(f, gzip.BestSpeed)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := million(z)
		if err := errors.Join(err, z.Close(), f.Close()); err != nil {
			t.Fatal(err)
		}
		score(t, func(io.Writer) (int64, error) { return rows, nil }, name)
	})
}

// largeEnv asks for TestLarge and says how many bytes it pipes, such as 5GB.
const largeEnv = "ASSAY_LARGE"

// TestLarge scores as many bytes as ASSAY_LARGE says, from a pipe, with all reports, in the same constant memory.
func TestLarge(t *testing.T) {
	asked := os.Getenv(largeEnv)
	if asked == "" {
		t.Skipf("pipes gigabytes: set %s=5GB to run it", largeEnv)
	}
	size, err := config.ParseSize(asked)
	if err != nil || size <= 0 {
		t.Fatalf("%s=%s is not a size, such as 5GB", largeEnv, asked)
	}
	dir := t.TempDir()
	p := drawPeople()
	s := score(t, func(w io.Writer) (int64, error) { return p.write(w, int64(size)) }, "-",
		"--dead", filepath.Join(dir, "dead.csv"), "--errors", filepath.Join(dir, "errors.jsonl"), "--quality", filepath.Join(dir, "quality.json"))
	if s.Bytes < int64(size) {
		t.Errorf("%d bytes in, want %s", s.Bytes, asked)
	}
	dead, err := os.ReadFile(filepath.Join(dir, "dead.csv"))
	if err != nil {
		t.Fatal(err)
	}
	if lines := int64(bytes.Count(dead, []byte("\n"))); lines != s.Dead+1 {
		t.Errorf("%d lines of refused rows under a header, want %d", lines-1, s.Dead)
	}
	quality, err := os.ReadFile(filepath.Join(dir, "quality.json"))
	if want := fmt.Sprintf(`"rows_in":%d,"rows_scored":%d,"rows_dead":%d,"rows_with_invalid_values":%d,`, s.Rows, s.Scored, s.Dead, s.Flagged); err != nil || !bytes.Contains(quality, []byte(want)) {
		t.Errorf("the result document lacks %s: %v", want, err)
	}
}
