package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/alecthomas/kong"

	"github.com/assay-dev/assay/internal/fault"
	"github.com/assay-dev/assay/internal/feed"
	"github.com/assay-dev/assay/internal/observe"
)

// candidate is a word that may stand at the cursor.
type candidate struct{ word, text string }

// printCandidates answers the completion scripts: words are those after the program's name, the last one being that at the
// cursor.
func printCandidates(w io.Writer, model *kong.Application, words []string) error {
	for _, c := range candidates(model, words) {
		if _, err := fmt.Fprintf(w, "%s\t%s\n", c.word, c.text); err != nil {
			return err
		}
	}
	return nil
}

// candidates gives the words that begin like the last one. None mean the name of a file, or nothing.
func candidates(model *kong.Application, words []string) []candidate {
	// bash takes --flag=value apart at the sign.
	words = slices.DeleteFunc(slices.Clone(words), func(w string) bool { return w == "=" })
	if len(words) == 0 {
		words = []string{""}
	}
	last := words[len(words)-1]
	var command *kong.Node
	var open *kong.Flag // waits for its value
	seen := map[string]bool{}
	for _, w := range words[:len(words)-1] {
		switch {
		case open != nil:
			open = nil
		case strings.HasPrefix(w, "-"):
			name, _, whole := strings.Cut(w, "=")
			f := flagOf(model, command, name)
			if f == nil {
				break
			}
			seen[f.Name] = seen[f.Name] || !f.IsSlice()
			if !whole && !f.IsBool() {
				open = f
			}
		case command == nil:
			command = commandNode(model, w)
		}
	}
	name, value, whole := strings.Cut(last, "=")
	switch {
	case open != nil:
		return begin(last, valuesOf(command, open))
	case whole && strings.HasPrefix(name, "--"):
		var all []candidate
		if f := flagOf(model, command, name); f != nil {
			for _, c := range begin(value, valuesOf(command, f)) {
				all = append(all, candidate{name + "=" + c.word, c.text})
			}
		}
		return all
	case strings.HasPrefix(last, "-"):
		var all []candidate
		for _, f := range flagsOf(model, command) {
			if !f.Hidden && !seen[f.Name] {
				all = append(all, candidate{"--" + f.Name, f.Help})
			}
		}
		return begin(last, all)
	case command == nil:
		var all []candidate
		for _, n := range model.Children {
			if !n.Hidden {
				all = append(all, candidate{n.Name, n.Help})
			}
		}
		return begin(last, all)
	}
	return begin(last, argumentsOf(command))
}

// begin leaves the candidates that begin with prefix.
func begin(prefix string, all []candidate) []candidate {
	return slices.DeleteFunc(all, func(c candidate) bool { return !strings.HasPrefix(c.word, prefix) })
}

func commandNode(model *kong.Application, name string) *kong.Node {
	if i := slices.IndexFunc(model.Children, func(n *kong.Node) bool { return n.Name == name }); i >= 0 {
		return model.Children[i]
	}
	return nil
}

// flagsOf gives the flags that a command takes, or the program without one.
func flagsOf(model *kong.Application, command *kong.Node) []*kong.Flag {
	if command == nil {
		return model.Flags
	}
	return slices.Concat(command.Flags, model.Flags)
}

func flagOf(model *kong.Application, command *kong.Node, name string) *kong.Flag {
	for _, f := range flagsOf(model, command) {
		if name == "--"+f.Name || f.Short != 0 && name == "-"+string(f.Short) {
			return f
		}
	}
	return nil
}

// valuesOf gives the values that a flag may have, as far as they are known.
func valuesOf(command *kong.Node, f *kong.Flag) []candidate {
	switch {
	case f.Enum != "":
		return plainCandidates(f.EnumSlice())
	case f.Name == "dialect":
		return plainCandidates(fault.DialectNames())
	case f.Name == "contract", f.Name == "diff", f.Name == "from" && command != nil && command.Name == "create":
		return packs()
	case (f.Name == "to" || f.Name == "from") && command != nil:
		return plainCandidates([]string{"start", "end"})
	}
	return nil
}

// argumentsOf gives the arguments that a command may have, as far as they are known.
func argumentsOf(command *kong.Node) []candidate {
	switch command.Name {
	case "explain":
		var all []candidate
		for _, code := range fault.Codes() {
			e, _ := fault.Lookup(code)
			all = append(all, candidate{string(code), e.Trigger})
		}
		for _, k := range observe.Kinds() {
			all = append(all, candidate{k.String(), k.Text()})
		}
		return all
	case "lint", "test":
		return packs()
	}
	var all []candidate
	for _, p := range command.Positional {
		if p.Enum != "" {
			all = append(all, plainCandidates(p.EnumSlice())...)
		}
	}
	return all
}

// packs are the feed packs. A path may stand in the same place, which shells complete when no pack begins so.
func packs() []candidate { return plainCandidates(feed.Packs()) }

func plainCandidates(words []string) []candidate {
	var all []candidate
	for _, w := range words {
		all = append(all, candidate{word: w})
	}
	return all
}
