package lint

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/assay-dev/assay/"

// mayImport is the house plan's table of rooms: what each may import of the project, in code that is not a test. A room
// that is missing here is missing in the plan.
var mayImport = map[string][]string{
	"cmd/assay":         {"internal/cli"},
	"internal/cli":      {"internal/admin", "internal/broker", "internal/cases", "internal/census", "internal/charset", "internal/config", "internal/csvarrow", "internal/detect", "internal/embedded", "internal/encode", "internal/engine", "internal/fault", "internal/feed", "internal/fit", "internal/flow", "internal/lane", "internal/observe", "internal/score", "internal/service", "internal/stream", "internal/suggest", "internal/trial", "internal/wire", "pipeline", "schemas"},
	"pipeline":          {"internal/charset", "internal/config", "internal/engine", "internal/fault", "internal/feed", "internal/flow", "internal/observe", "internal/service", "internal/stream", "internal/wire"},
	"internal/trial":    {"internal/cases", "pipeline"},
	"internal/lane":     {"internal/broker", "internal/encode", "internal/engine", "internal/flow", "internal/observe", "internal/wire"},
	"internal/service":  {"internal/broker", "internal/config", "internal/encode", "internal/engine", "internal/feed", "internal/flow", "internal/lane", "internal/observe", "internal/wire"},
	"internal/stream":   {"internal/charset", "internal/engine"},
	"internal/admin":    {"internal/observe", "pipeline"},
	"internal/embedded": {},
	"internal/config":   {"internal/suggest"},
	"internal/observe":  {"internal/flow"},
	"internal/broker":   {"internal/wire", "internal/fault", "internal/flow"},
	"internal/engine":   {"internal/charset", "internal/csvarrow", "internal/encode", "internal/expr", "internal/fault", "internal/feed", "internal/flow", "internal/refs", "internal/score", "internal/suggest", "internal/validate", "internal/wire"},
	"internal/csvarrow": {"internal/fault", "internal/feed", "internal/flow"},
	"internal/validate": {"internal/expr", "internal/fault", "internal/feed", "internal/flow"},
	"internal/score":    {"internal/expr", "internal/fault", "internal/feed", "internal/flow"},
	"internal/detect":   {"internal/charset", "internal/csvarrow", "internal/flow"},
	"internal/expr":     {"internal/flow", "internal/suggest"},
	"internal/fit":      {"internal/flow", "internal/score"},
	"internal/refs":     {"internal/flow", "internal/suggest"},
	"internal/encode":   {"internal/fault", "internal/feed", "internal/flow", "internal/wire"},
	"internal/feed":     {"internal/charset", "internal/fault", "internal/flow", "internal/suggest", "schemas"},
	"internal/wire":     {"internal/fault", "internal/flow"},
	"internal/fault":    {"internal/flow", "schemas"},
	"internal/flow":     {},
	"internal/cases":    {},
	"internal/census":   {},
	"internal/charset":  {},
	"internal/suggest":  {},
	"schemas":           {},
	"internal/lint":     {},

	"pipeline/pipelinetest": {"internal/cases", "internal/trial", "pipeline"},
}

// core does no I/O, starts no goroutine and reads no clock.
var core = []string{
	"internal/flow", "internal/fault", "internal/feed", "internal/csvarrow", "internal/validate", "internal/score",
	"internal/refs", "internal/encode", "internal/engine", "internal/wire", "internal/cases", "internal/census", "internal/charset", "internal/detect", "internal/expr", "internal/fit", "internal/suggest",
}

// libraries may be imported by code that is not a test only in these rooms.
var libraries = map[string][]string{
	"github.com/segmentio/kafka-go":       {"internal/broker"},
	"github.com/apache/arrow/":            {"internal/flow", "internal/csvarrow", "internal/refs", "internal/validate", "internal/score", "internal/fold", "internal/encode", "pipeline"},
	"github.com/twmb/franz-go":            {"internal/embedded", "internal/testkit", "internal/testkit/judge"},
	"github.com/prometheus/client_golang": {"internal/observe", "internal/admin"},
	"github.com/alecthomas/kong":          {"internal/cli"},
	"go.opentelemetry.io/":                {"internal/observe"},
	"google.golang.org/protobuf/":         {"internal/observe"},
	"gonum.org/":                          {"internal/fit"},
}

// source is a Go file that is not a test.
type source struct {
	room, path string
	file       *ast.File
	set        *token.FileSet
}

func sources(t *testing.T) []source {
	t.Helper()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	var all []source
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (d.Name() == "testdata" || strings.HasPrefix(d.Name(), ".") && path != root) {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		set := token.NewFileSet()
		f, err := parser.ParseFile(set, path, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		if f.Name.Name == "main" && !strings.HasPrefix(path, filepath.Join(root, "cmd")) {
			return nil // a generator
		}
		room, err := filepath.Rel(root, filepath.Dir(path))
		if err != nil {
			return err
		}
		all = append(all, source{filepath.ToSlash(room), path, f, set})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 20 {
		t.Fatalf("found only %d files under %s", len(all), root)
	}
	return all
}

func isTestRoom(room string) bool {
	return strings.HasPrefix(room, "internal/testkit") || strings.HasPrefix(room, "internal/apptest")
}

func imports(s source) []string {
	var paths []string
	for _, i := range s.file.Imports {
		path, _ := strconv.Unquote(i.Path.Value)
		paths = append(paths, path)
	}
	return paths
}

func TestRoomsImportOnlyWhatThePlanAllows(t *testing.T) {
	for _, s := range sources(t) {
		if isTestRoom(s.room) {
			continue
		}
		allowed, known := mayImport[s.room]
		if !known {
			t.Errorf("%s: the room %s is not in the house plan: add it to internal/README.md and to mayImport, with its imports", s.path, s.room)
			continue
		}
		for _, path := range imports(s) {
			if room, ours := strings.CutPrefix(path, module); ours && !slices.Contains(allowed, room) {
				t.Errorf("%s imports %s: left may import right, never back, and stages never import each other (internal/README.md, rooms)", s.path, room)
			}
		}
	}
}

func TestLibrariesStayInTheirRooms(t *testing.T) {
	for _, s := range sources(t) {
		for _, path := range imports(s) {
			for library, rooms := range libraries {
				if strings.HasPrefix(path, library) && !slices.Contains(rooms, s.room) && !isTestRoom(s.room) {
					t.Errorf("%s imports %s, which belongs to %v only", s.path, path, rooms)
				}
			}
		}
	}
}

// logWords are the names under which lines of the log tell what they are about, so that who searches them need know only these.
var logWords = []string{
	"feed", "topic", "partition", "offset", "lane", "condition", "cause", "code", "advice", "lasted", "suppressed", // where and why
	"contract", "version", "before", "digest", "changed", "brokers", "instance", "admin", "transactional_id", "try",
}

// TestLinesOfTheLogTellWhereAndWhy holds the words of the log: one name for a thing, a partition with its topic, and no warning
// without its cause. The feed is in the logger that a lane gets.
func TestLinesOfTheLogTellWhereAndWhy(t *testing.T) {
	lines := 0
	for _, s := range sources(t) {
		if isTestRoom(s.room) {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok {
				return true
			}
			level, ok := call.Fun.(*ast.SelectorExpr)
			if !ok || !isLogger(level.X) || !slices.Contains([]string{"Debug", "Info", "Warn", "Error", "With"}, level.Sel.Name) {
				return true
			}
			lines++
			var words []string
			first := 1
			if level.Sel.Name == "With" {
				first = 0
			}
			for i := first; i < len(call.Args); i += 2 {
				word := ""
				if lit, ok := call.Args[i].(*ast.BasicLit); ok {
					word, _ = strconv.Unquote(lit.Value)
				}
				if !slices.Contains(logWords, word) {
					t.Errorf("%s: %q is no word of the log: use one of logWords, or add it there", s.set.Position(call.Args[i].Pos()), word)
				}
				words = append(words, word)
			}
			warns := level.Sel.Name == "Warn" || level.Sel.Name == "Error"
			if warns && !slices.Contains(words, "cause") || slices.Contains(words, "partition") != slices.Contains(words, "topic") {
				t.Errorf("%s: a warning tells its cause, and a partition its topic: %v", s.set.Position(call.Pos()), words)
			}
			return true
		})
	}
	if lines < 12 {
		t.Errorf("only %d lines of the log are found", lines)
	}
}

// isLogger reports whether an expression is called log or Log at its end.
func isLogger(x ast.Expr) bool {
	switch x := x.(type) {
	case *ast.Ident:
		return strings.EqualFold(x.Name, "log")
	case *ast.SelectorExpr:
		return strings.EqualFold(x.Sel.Name, "log")
	}
	return false
}

func TestTestRoomsAreImportedByTestsOnly(t *testing.T) {
	for _, s := range sources(t) {
		for _, path := range imports(s) {
			if room, ours := strings.CutPrefix(path, module); ours && isTestRoom(room) && !isTestRoom(s.room) {
				t.Errorf("%s imports %s, which is for tests", s.path, room)
			}
		}
	}
}

func TestCoreDoesNoIOAndReadsNoClock(t *testing.T) {
	banned := map[string]string{
		"time.Now": "time is data: take the chunk's timestamp", "time.Since": "time is data: take the chunk's timestamp",
		"time.Sleep": "the core does not wait", "os.Open": "the core does no I/O", "os.ReadFile": "the core does no I/O",
		"fmt.Print": "the core does no I/O", "fmt.Println": "the core does no I/O", "fmt.Printf": "the core does no I/O",
	}
	bannedImports := []string{"net", "net/http", "os", "os/exec", "log", "log/slog"}
	for _, s := range sources(t) {
		if !slices.Contains(core, s.room) {
			continue
		}
		for _, path := range imports(s) {
			if slices.Contains(bannedImports, path) {
				t.Errorf("%s imports %s: the core does no I/O", s.path, path)
			}
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.GoStmt:
				t.Errorf("%s: a goroutine in the core: concurrency belongs to the shell", s.set.Position(n.Pos()))
			case *ast.SelectorExpr:
				if x, ok := n.X.(*ast.Ident); ok && x.Obj == nil {
					if why, bad := banned[x.Name+"."+n.Sel.Name]; bad {
						t.Errorf("%s: %s.%s: %s", s.set.Position(n.Pos()), x.Name, n.Sel.Name, why)
					}
				}
			}
			return true
		})
	}
}

func TestEachPackageHasOneComment(t *testing.T) {
	comments := map[string]int{}
	for _, s := range sources(t) {
		comments[s.room] += 0
		if s.file.Doc != nil && strings.HasPrefix(s.file.Doc.Text(), "Package ") || s.file.Doc != nil && strings.HasPrefix(s.file.Doc.Text(), "Command ") {
			comments[s.room]++
		}
	}
	for room, n := range comments {
		if n != 1 {
			t.Errorf("%s has %d package comments, not one", room, n)
		}
	}
}

func TestTopLevelHoldsOnlyWhatThePlanNames(t *testing.T) {
	allowed := []string{"cmd", "pipeline", "internal", "schemas", "deploy", "go.mod", "go.sum", "docker-compose.yml", "README.md", "LICENSE"}
	entries, err := os.ReadDir("../..")
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") && !slices.Contains(allowed, e.Name()) {
			t.Errorf("%s does not belong to the top level", e.Name())
		}
	}
}

func TestMainIsShort(t *testing.T) {
	b, err := os.ReadFile("../../cmd/assay/main.go")
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(b), "\n"); n >= 40 {
		t.Errorf("cmd/assay/main.go has %d lines: commands belong to internal/cli", n)
	}
}
