package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Error is one thing that is wrong with the settings, and where.
type Error struct {
	Origin Origin
	Text   string
}

// Error gives the place and the text: "assay.yaml:12:5: unknown field …" or "environment ASSAY_LANES: lanes: …".
func (e *Error) Error() string {
	if place := e.Origin.place(); place != "" {
		return place + ": " + e.Text
	}
	return e.Text
}

// Errors are all that is wrong with the settings, in the order of the file, then of the environment.
type Errors []*Error

// Error gives one line for each.
func (e Errors) Error() string {
	lines := make([]string, len(e))
	for i := range e {
		lines[i] = e[i].Error()
	}
	return strings.Join(lines, "\n")
}

// order sorts the errors by place and keeps the order of those that share one.
func (e Errors) order() {
	slices.SortStableFunc(e, func(a, b *Error) int {
		x, y := a.Origin, b.Origin
		return cmp.Or(
			cmp.Compare(rank(x), rank(y)),
			cmp.Compare(x.Line, y.Line),
			cmp.Compare(x.Column, y.Column),
			cmp.Compare(x.Env, y.Env),
		)
	})
}

// rank puts places in the file before names of the environment, and what has neither last.
func rank(o Origin) int {
	switch {
	case o.Line > 0:
		return 0
	case o.Env != "", o.Flag != "":
		return 1
	}
	return 2
}

// Origin is where a setting's value comes from. The zero Origin is the default.
type Origin struct {
	File         string // with Line and Column from 1, in characters
	Line, Column int
	Env          string // name of the environment variable
	Flag         string // of the command line: "--brokers"
	Auto         string // what a default is made from: "host name", "the pack's"
	Secret       string // path of the file that held the secret
}

// place gives the origin as the beginning of a message, or "" when nobody wrote it.
func (o Origin) place() string {
	switch {
	case o.Flag != "":
		return o.Flag
	case o.Env != "":
		return "environment " + o.Env
	case o.Line > 0:
		return fmt.Sprintf("%s:%d:%d", o.File, o.Line, o.Column)
	}
	return o.File
}

// String gives "default", "default (host name)", "assay.yaml:12", "environment ASSAY_LANES" or "flag --brokers".
func (o Origin) String() string {
	switch {
	case o.Flag != "":
		return "flag " + o.Flag
	case o.Env != "":
		return "environment " + o.Env
	case o.Line > 0:
		return fmt.Sprintf("%s:%d", o.File, o.Line)
	case o.Auto != "":
		return "default (" + o.Auto + ")"
	}
	return "default"
}

// Origins tells of each setting where its value comes from, by its path: "commit.every", "feeds[0].scored.topic".
type Origins struct {
	at map[string]Origin
}

// Of gives the origin of the setting at path.
func (o *Origins) Of(path string) Origin { return o.at[path] }
