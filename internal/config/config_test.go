package config

import (
	"errors"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// secretFiles are the files that tests may name as secrets.
var secretFiles = map[string]string{
	"/run/secrets/admin": "s3cret\n",
	"/run/secrets/empty": "\r\n",
}

// load loads a settings text, called assay.yaml, with an environment. An empty text is no file.
func load(text string, env ...string) (*Settings, *Origins, error) {
	src := Source{Env: env, Hostname: func() (string, error) { return "host-1", nil }}
	src.ReadFile = func(path string) ([]byte, error) {
		if path == "assay.yaml" {
			return []byte(text), nil
		}
		if s, ok := secretFiles[path]; ok {
			return []byte(s), nil
		}
		return nil, &fs.PathError{Op: "open", Path: path, Err: errors.New("no such file")}
	}
	if text != "" {
		src.Path = "assay.yaml"
	}
	return Load(src)
}

// golden compares got with a golden file.
func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.ReplaceAll(string(want), "\r\n", "\n"), got); diff != "" {
		t.Errorf("%s differs (-want +got):\n%s", path, diff)
	}
}

// settingsFiles gives the YAML files of a folder.
func settingsFiles(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("testdata", dir, "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no files in testdata/%s: %v", dir, err)
	}
	return files
}

func TestGoodFiles(t *testing.T) {
	for _, file := range settingsFiles(t, "good") {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			s, origins, err := load(string(data))
			if err != nil {
				t.Fatal(err)
			}
			var out strings.Builder
			if err := s.Print(&out, origins); err != nil {
				t.Fatal(err)
			}
			golden(t, strings.TrimSuffix(file, ".yaml")+".printed", out.String())

			again, _, err := load(out.String())
			if err != nil {
				t.Fatalf("printed settings cannot be read back: %v", err)
			}
			if diff := cmp.Diff(s, again); diff != "" {
				t.Errorf("printed settings read back differ:\n%s", diff)
			}
		})
	}
}

func TestBadFiles(t *testing.T) {
	for _, file := range settingsFiles(t, "bad") {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			s, _, err := load(string(data))
			var all Errors
			if !errors.As(err, &all) || s != nil {
				t.Fatalf("got settings %v and error %v, want none and an Errors", s, err)
			}
			golden(t, strings.TrimSuffix(file, ".yaml")+".txt", err.Error()+"\n")
		})
	}
}

func TestReferenceListsEveryField(t *testing.T) {
	var out strings.Builder
	if err := Reference(&out); err != nil {
		t.Fatal(err)
	}
	golden(t, filepath.Join("testdata", "reference.md"), out.String())
}
