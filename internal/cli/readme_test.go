package cli

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/assay-dev/assay/internal/engine"
)

// TestReadmeContract compiles the contract that the README shows, with the file that it names.
func TestReadmeContract(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(readme), "```yaml\nfeed: orders\n")
	text, _, ok := strings.Cut(text, "```\n")
	if !ok {
		t.Fatal("the README has no contract of orders")
	}
	dir := t.TempDir()
	for name, text := range map[string]string{"orders.yaml": "feed: orders\n" + text, "customers.csv": "email,tier\na@b.example,gold\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if _, _, err := compile(filepath.Join(dir, "orders.yaml"), engine.Options{}); err != nil {
		t.Error(err)
	}
}
