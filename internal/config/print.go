package config

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// originColumn is where the origins stand in printed settings, behind all but the longest values.
const originColumn = 48

// Print writes the settings as YAML that Load reads back to the same settings, each line with where its value comes from.
// A secret is not shown: the path of its file is, or that it was given by environment.
func (s *Settings) Print(w io.Writer, origins *Origins) error {
	out := bufio.NewWriter(w)
	printFields(out, origins, "", "", "", spec(s))
	return out.Flush()
}

// printFields writes fields at an indent; first is what stands before the first of them instead, the dash of a list's entry.
func printFields(w *bufio.Writer, origins *Origins, path, first, indent string, fields []field) {
	lead := first + indent[len(first):]
	for i := range fields {
		f := &fields[i]
		at := join(path, f.name)
		switch {
		case f.to != nil:
			printValue(w, lead, f, origins.Of(at))
		case f.notYet:
			continue
		default:
			fmt.Fprintf(w, "%s%s:\n", lead, f.name)
			printFields(w, origins, at, "", indent+"  ", f.fields)
			for k, entry := range f.feeds {
				printFields(w, origins, index(at, k), indent+"  - ", indent+"    ", entry)
			}
		}
		lead = indent
	}
}

func printValue(w *bufio.Writer, lead string, f *field, from Origin) {
	line := lead + f.name + ": " + yamlValue(f.to)
	switch {
	case f.secret && from.Secret != "":
		line = lead + f.fileKey() + ": " + yamlText(from.Secret)
	case f.secret && text(f.to) != "":
		line = lead + "# " + f.name + ": not shown"
	case f.secret:
		line = lead + f.fileKey() + `: ""`
	}
	pad := max(originColumn-utf8.RuneCountInString(line), 1)
	fmt.Fprintf(w, "%s%s# %s\n", line, strings.Repeat(" ", pad), from)
}

// yamlValue gives the value as YAML.
func yamlValue(from any) string {
	switch from := from.(type) {
	case *string:
		return yamlText(*from)
	case *[]string:
		items := make([]string, len(*from))
		for i, s := range *from {
			items[i] = yamlText(s)
		}
		return "[" + strings.Join(items, ", ") + "]"
	}
	return text(from)
}

// yamlText gives a text plain where every YAML parser reads it as that text, else in double quotes.
func yamlText(s string) string {
	plain := s != ""
	for i := 0; i < len(s) && plain; i++ {
		c := s[i]
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if i == 0 {
			plain = letter || c == '/'
			continue
		}
		inside := c == ':' && i+1 < len(s) // a colon at the end would make a field of it
		plain = letter || inside || c >= '0' && c <= '9' || strings.IndexByte("./_-", c) >= 0
	}
	switch strings.ToLower(s) {
	case "true", "false", "yes", "no", "on", "off", "null", "y", "n":
		plain = false
	}
	if plain {
		return s
	}
	return strconv.Quote(s)
}
