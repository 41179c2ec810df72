package config

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"time"
)

// Reference writes the page that lists every setting of this version with its kind, its default and its variable of the
// environment, as Markdown.
func Reference(w io.Writer) error {
	s := Settings{Feeds: make([]Feed, 1)}
	out := bufio.NewWriter(w)
	fmt.Fprint(out, "# Settings\n\n"+
		"A setting comes from its default, from the file, or from the environment, the later one winning. In the names of\n"+
		"variables of the environment, `0` counts the feeds; a list has commas between its items; an empty variable counts as\n"+
		"not set. Durations are written like `200ms` or `1m30s`, sizes like `16MiB` or `100MB`.\n\n"+
		"| setting | kind | default | environment | meaning |\n| --- | --- | --- | --- | --- |\n")
	each("", spec(&s), func(path string, f *field) {
		path = strings.ReplaceAll(path, "[0]", "[]")
		switch {
		case f.to == nil && f.notYet:
			fmt.Fprintf(out, "| `%s` | | | | %s Not supported yet. |\n", path, f.doc)
		case f.to == nil:
			fmt.Fprintf(out, "| `%s` | | | | %s |\n", path, f.doc)
		default:
			referenceRow(out, path, f)
		}
	})
	return out.Flush()
}

func referenceRow(w io.Writer, path string, f *field) {
	env := "`" + envName(strings.ReplaceAll(path, "[]", "[0]")) + "`"
	if f.secret {
		path += "_file"
		env += ", or `…_FILE`"
	}
	doc := f.doc
	if f.notYet {
		doc += " Not supported yet."
	}
	if len(f.later) > 0 {
		doc += " Not supported yet: `" + strings.Join(f.later, "`, `") + "`."
	}
	fmt.Fprintf(w, "| `%s` | %s | %s | %s | %s |\n", path, f.kind(), f.defaultText(), env, doc)
}

// kind names what may be written.
func (f *field) kind() string {
	if f.values != nil {
		return "`" + strings.Join(f.values, "`, `") + "`"
	}
	if f.secret {
		return "path of a file"
	}
	switch f.to.(type) {
	case *[]string:
		return "list"
	case *int:
		return "number"
	case *time.Duration:
		return "duration"
	case *Size:
		return "size"
	case *Start:
		return "`earliest`, `latest`, time"
	}
	return "text"
}

func (f *field) defaultText() string {
	switch {
	case f.auto != "":
		return f.auto
	case f.def == "":
		return "none"
	}
	return "`" + f.def + "`"
}
