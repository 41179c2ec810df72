package deploy_test

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// instruction is one instruction of a Dockerfile with all that follows on its line and on those that it goes on in.
type instruction struct{ name, rest string }

// stage is one FROM with the instructions after it.
type stage struct {
	base, name string
	of         []instruction
}

// readDockerfile reads the Dockerfiles of this folder: comments, continued lines and the values of the ARGs before the first
// FROM. The libraries for it are parts of whole builders; that a builder takes the file is the test of the image.
func readDockerfile(text string) (stages []stage, err error) {
	args := map[string]string{}
	for _, in := range instructions(text) {
		switch words := strings.Fields(in.rest); {
		case in.name == "FROM" && (len(words) == 1 || len(words) == 3 && strings.EqualFold(words[1], "AS")):
			s := stage{base: os.Expand(words[0], func(name string) string { return args[name] })}
			if len(words) == 3 {
				s.name = words[2]
			}
			stages = append(stages, s)
		case in.name == "FROM":
			return nil, fmt.Errorf("FROM %s", in.rest)
		case len(stages) > 0:
			last := &stages[len(stages)-1]
			last.of = append(last.of, in)
		case in.name == "ARG":
			name, value, _ := strings.Cut(in.rest, "=")
			args[name] = value
		default:
			return nil, fmt.Errorf("%s stands before FROM", in.name)
		}
	}
	return stages, nil
}

func instructions(text string) (all []instruction) {
	line := ""
	for part := range strings.Lines(text) {
		part = strings.TrimSpace(part)
		if part == "" || strings.HasPrefix(part, "#") {
			continue
		}
		if more, ok := strings.CutSuffix(part, `\`); ok {
			line += more
			continue
		}
		name, rest, _ := strings.Cut(line+part, " ")
		all = append(all, instruction{strings.ToUpper(name), strings.TrimSpace(rest)})
		line = ""
	}
	return all
}

// last gives the rest of the last instruction of a name.
func (s *stage) last(name string) string {
	for _, in := range slices.Backward(s.of) {
		if in.name == name {
			return in.rest
		}
	}
	return ""
}

// env gives what ENV sets, as a process gets it.
func (s *stage) env() (vars []string) {
	for _, in := range s.of {
		if in.name == "ENV" {
			vars = append(vars, strings.Fields(in.rest)...)
		}
	}
	return vars
}

func TestReadDockerfile(t *testing.T) {
	stages, err := readDockerfile("# c\nARG A=x:1\nfrom ${A} as one\nENV A=1 \\\n  # c\n\n  B=2\nENV C=3\nFROM scratch\nUSER 1\nUSER 2\n")
	if err != nil {
		t.Fatal(err)
	}
	if len(stages) != 2 || stages[0].base != "x:1" || stages[0].name != "one" || stages[1].base != "scratch" || stages[1].last("USER") != "2" {
		t.Errorf("got %+v", stages)
	}
	if got := stages[0].env(); !slices.Equal(got, []string{"A=1", "B=2", "C=3"}) {
		t.Errorf("ENV gives %q", got)
	}
	for _, bad := range []string{"USER 1\nFROM a", "FROM a b", "FROM a AS b c"} {
		if _, err := readDockerfile(bad); err == nil {
			t.Errorf("%q is read without an error", bad)
		}
	}
}

func dockerfile(t *testing.T, path string) []stage {
	t.Helper()
	stages, err := readDockerfile(read(t, path))
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return stages
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// pinned is an image with a version: three numbers, so that what is tried is what runs.
var pinned = regexp.MustCompile(`^[a-z0-9./-]+:v?\d+\.\d+\.\d+(-[a-z0-9.]+)?(@sha256:[0-9a-f]{64})?$`)

func TestDockerfile(t *testing.T) {
	stages := dockerfile(t, "Dockerfile")
	final := stages[len(stages)-1]
	if final.base != "scratch" {
		t.Errorf("the image is made from %s, not from scratch", final.base)
	}
	for _, s := range stages {
		if s.base != "scratch" && !pinned.MatchString(s.base) {
			t.Errorf("FROM %s has no version of three numbers", s.base)
		}
		for _, in := range s.of {
			from, ok := strings.CutPrefix(in.rest, "--from=")
			if from, _, _ = strings.Cut(from, " "); ok && !slices.ContainsFunc(stages, func(o stage) bool { return o.name == from }) {
				t.Errorf("%s %s: there is no stage %s", in.name, in.rest, from)
			}
		}
	}
	if user := final.last("USER"); !regexp.MustCompile(`^[1-9]\d+:[1-9]\d+$`).MatchString(user) {
		t.Errorf("USER is %q: want numbers that are not root's, which Kubernetes can check", user)
	}
	for _, name := range []string{"ENTRYPOINT", "CMD"} {
		var words []string
		if err := json.Unmarshal([]byte(final.last(name)), &words); err != nil {
			t.Errorf("%s %s is not the form without a shell: %v", name, final.last(name), err)
		}
	}
}

// The Go of the image must be able to build the module.
func TestDockerfileHasTheGoOfTheModule(t *testing.T) {
	want := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(read(t, "../go.mod"))
	if base := dockerfile(t, "Dockerfile")[0].base; want == nil || !strings.Contains(base, ":"+want[1]+".") {
		t.Errorf("the image is built with %s, go.mod wants %v", base, want)
	}
}
