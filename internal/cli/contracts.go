package cli

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/token"

	"github.com/assay-dev/assay/internal/feed"
	"github.com/assay-dev/assay/internal/service"
	"github.com/assay-dev/assay/pipeline"
)

// contractAt is where a contract lies: a file, or a pack in the program.
type contractAt struct {
	path string
	pack string
}

func (c contractAt) String() string {
	if c.pack != "" {
		return c.pack
	}
	return c.path
}

// load loads and compiles the contract.
func (c contractAt) load() (*pipeline.Feed, error) {
	if c.pack != "" {
		return pipeline.Pack(c.pack)
	}
	return pipeline.Load(c.path)
}

// findContracts gives the contracts that paths name: files; folders, where all contracts in them and below are meant; and, where
// there is neither, feed packs.
func findContracts(paths []string) ([]contractAt, error) {
	var all []contractAt
	for _, path := range paths {
		info, err := os.Stat(path)
		switch {
		case err != nil && service.IsPack(path):
			if _, e := feed.Pack(path); e != nil {
				return nil, usageError("cannot read %s: %s, and there is no such feed pack", path, reason(err))
			}
			all = append(all, contractAt{pack: path})
		case err != nil:
			return nil, usageError("cannot read %s: %s", path, reason(err))
		case info.IsDir():
			found, err := contractsBelow(path)
			if err != nil {
				return nil, err
			}
			if len(found) == 0 {
				return nil, usageError("there is no contract in %s: a .yaml file with a line that begins with feed:", path)
			}
			all = append(all, found...)
		default:
			all = append(all, contractAt{path: path})
		}
	}
	return all, nil
}

// contractsBelow finds the contracts in a folder. Folders whose name begins with a dot are not looked into.
func contractsBelow(dir string) (found []contractAt, err error) {
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return usageError("cannot read %s: %s", path, reason(err))
		case d.IsDir() && path != dir && strings.HasPrefix(d.Name(), "."):
			return fs.SkipDir
		case d.IsDir() || filepath.Ext(path) != ".yaml" && filepath.Ext(path) != ".yml":
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return usageError("cannot read %s: %s", path, reason(err))
		}
		if feedLine.Match(text) || hasFlowFeed(string(text)) {
			found = append(found, contractAt{path: path})
		}
		return nil
	})
	return found, err
}

// feedLine tells contracts from other YAML, settings among them, even where they cannot be parsed.
var feedLine = regexp.MustCompile(`(?m)^(\x{FEFF})?["']?feed["']?[ \t]*:`)

// hasFlowFeed tells contracts that are one flow mapping, {feed: orders, …}, from settings, where feed may stand further in.
func hasFlowFeed(text string) bool {
	depth := 0
	for _, t := range lexer.Tokenize(text) {
		switch t.Type {
		case token.MappingStartType, token.SequenceStartType:
			depth++
		case token.MappingEndType, token.SequenceEndType:
			depth--
		case token.DocumentHeaderType, token.DirectiveType, token.CommentType:
		default:
			if depth == 0 {
				return false // block style, or no mapping
			}
			if depth == 1 && t.Value == "feed" && t.NextType() == token.MappingValueType {
				return true
			}
		}
	}
	return false
}

// problemWriter prints what is wrong with contracts.
type problemWriter struct {
	s       *streams
	json    bool
	written int
}

// jsonProblem is a problem for machines.
type jsonProblem struct {
	File       string `json:"file"`
	Line       int    `json:"line"`
	Column     int    `json:"column"`
	Message    string `json:"message"`
	Suggestion string `json:"suggestion,omitempty"`
}

func (w *problemWriter) write(problems feed.Problems) error {
	for _, p := range problems {
		w.written++
		var err error
		if w.json {
			err = json.NewEncoder(w.s.out).Encode(jsonProblem{p.File, p.Line, p.Column, p.Message, p.Suggestion})
		} else {
			_, err = fmt.Fprint(w.s.out, p.Show())
		}
		if err != nil {
			return err
		}
	}
	return nil
}
