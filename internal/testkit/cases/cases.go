// Package cases reads the plain-text cases that stand beside a feed's contract: chunks, and what must become of them.
//
//	What the case shows, in words; everything before the first section is a comment.
//
//	-- input --
//	id,AGE_GROUP
//	P0,Senior
//	P1,"Sen
//	-- scored --
//	id,AGE_GROUP,profile_id
//	P0,Senior,6
//	-- errors --
//	{"code":"INVALID_FILE","source":{"row":1}}
//	-- dead escaped --
//	P1,"Sen\n
//
// Each input section begins a chunk; the sections behind it say what comes of it. A section that is not there says that
// nothing of its kind comes.
//
//   - scored: the scored rows as CSV under their header.
//   - quality, errors: one JSON document a line. A member that is not shown may have any value.
//   - dead: the refused rows, one a line, or the refused chunk as it came.
//
// In a section called "NAME escaped" backslashes stand for bytes as in Go's string literals, and a backslash at the end of
// a line takes the line end away.
package cases

import (
	"fmt"
	"strconv"
	"strings"
)

// File is one file of cases.
type File struct {
	About  string // the words before the first section
	Chunks []Chunk
}

// Chunk is one chunk of a file and what must become of it.
type Chunk struct {
	Line    int // of its input section in the file, from 1
	Input   string
	Scored  string
	Dead    string
	Quality []string
	Errors  []string
}

// Parse reads a file. The error names the line at fault.
func Parse(text string) (*File, error) {
	f := &File{}
	s := section{file: f}
	number := 0
	for line := range strings.Lines(text) {
		number++
		if name, ok := title(line); ok {
			if err := s.begin(name, number); err != nil {
				return nil, fmt.Errorf("line %d: %w", number, err)
			}
			continue
		}
		if err := s.add(line); err != nil {
			return nil, fmt.Errorf("line %d: %w", number, err)
		}
	}
	if len(f.Chunks) == 0 {
		return nil, fmt.Errorf("line %d: there is no input section", number)
	}
	return f, nil
}

// title gives the name in a line that begins a section.
func title(line string) (name string, ok bool) {
	line = strings.TrimRight(line, "\r\n")
	if name, ok = strings.CutPrefix(line, "-- "); ok {
		name, ok = strings.CutSuffix(name, " --")
	}
	return name, ok
}

// section is the one being read.
type section struct {
	file    *File
	text    *string   // where its lines go, or nil
	list    *[]string // where its documents go, or nil
	escaped bool
	seen    map[string]bool // sections of the chunk
}

func (s *section) begin(title string, line int) error {
	name, escaped := strings.CutSuffix(title, " escaped")
	if name == "input" {
		s.file.Chunks = append(s.file.Chunks, Chunk{Line: line})
		s.seen = map[string]bool{}
	}
	if s.seen == nil {
		return fmt.Errorf("section %q stands before the first input", title)
	}
	if s.seen[name] {
		return fmt.Errorf("the chunk has two sections %q", name)
	}
	s.seen[name], s.escaped, s.text, s.list = true, escaped, nil, nil
	c := &s.file.Chunks[len(s.file.Chunks)-1]
	switch name {
	case "input":
		s.text = &c.Input
	case "scored":
		s.text = &c.Scored
	case "dead":
		s.text = &c.Dead
	case "quality":
		s.list = &c.Quality
	case "errors":
		s.list = &c.Errors
	default:
		return fmt.Errorf("unknown section %q, want input, scored, quality, errors or dead", name)
	}
	if escaped && s.list != nil {
		return fmt.Errorf("section %q: JSON has escapes of its own", title)
	}
	return nil
}

func (s *section) add(line string) error {
	switch {
	case s.list != nil:
		if line = strings.TrimSpace(line); line == "" {
			return nil
		}
		if _, err := decode(line); err != nil {
			return fmt.Errorf("no JSON document: %w", err)
		}
		*s.list = append(*s.list, line)
	case s.text == nil:
		s.file.About += line
	case s.escaped:
		text, err := unescape(line)
		*s.text += text
		return err
	default:
		*s.text += line
	}
	return nil
}

// unescape gives what an escaped line stands for.
func unescape(line string) (string, error) {
	var b strings.Builder
	for line != "" {
		if line == "\\\n" || line == "\\" {
			return b.String(), nil
		}
		if line[0] != '\\' {
			b.WriteByte(line[0])
			line = line[1:]
			continue
		}
		value, multibyte, rest, err := strconv.UnquoteChar(line, '"')
		if err != nil {
			return "", fmt.Errorf("%q begins with no escape that Go knows", line)
		}
		if multibyte {
			b.WriteRune(value)
		} else {
			b.WriteByte(byte(value))
		}
		line = rest
	}
	return b.String(), nil
}
