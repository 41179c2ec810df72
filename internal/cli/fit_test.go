package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/assay-dev/assay/internal/testkit"
)

const packFolder = "../../schemas/feeds/census-profile"

// CP-22: the model and the report of the pack are what a fit of the pack's archetypes gives, byte for byte; with -update they
// are written. So this is also the second of two fits that must be the same, on whatever machine it runs.
func TestThePackIsFitted(t *testing.T) {
	dir := t.TempDir()
	model := filepath.Join(dir, "model.json")
	var stdout, stderr bytes.Buffer
	args := []string{"fit", "--archetypes", filepath.Join(packFolder, "archetypes.csv"), "--out", model, "--report", dir}
	if code := Main(args, strings.NewReader(""), &stdout, &stderr); code != exitOK {
		t.Fatalf("exit code %d: %s", code, &stderr)
	}
	for _, name := range []string{"model.json", "report.md", "report.json"} {
		got, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		testkit.Golden(t, filepath.Join(packFolder, name), got)
	}
}

func TestStepsText(t *testing.T) {
	for _, c := range []struct {
		done, of int64
		took     time.Duration
		want     string
	}{
		{0, 50, time.Second, "0 of 50 starts, 0/s"},
		{10, 50, 2 * time.Second, "10 of 50 starts, 5/s, 20 %, 8s left"},
		{50, 50, 10 * time.Second, "50 of 50 starts, 5/s, 100 %, 0s left"},
		{2000, 4_000_000, time.Second, "2,000 of 4,000,000 starts, 2,000/s, 0 %, 33m19s left"},
	} {
		if got := stepsText(c.done, c.of, "start", c.took); got != c.want {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
}
