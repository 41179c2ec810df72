// Package cases reads, compares and rewrites the plain-text cases that stand beside a feed's contract: chunks, and what must
// become of them.
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

	written []written // its sections, the input first
}

// written is a section as it stands in the file.
type written struct {
	name    string
	escaped bool
	line    int    // of its title
	text    string // the title's line and all that follows
}

// The sections, in the order in which Rewrite adds those that lack.
const (
	input   = "input"
	scored  = "scored"
	quality = "quality"
	faults  = "errors"
	dead    = "dead"
)

// isText tells the sections with text from those with JSON documents.
func isText(name string) bool { return name != quality && name != faults }

// SyntaxError says that a text is no file of cases.
type SyntaxError struct {
	Line int // from 1; 0 when there is none
	Text string
}

func (e *SyntaxError) Error() string { return fmt.Sprintf("line %d: %s", e.Line, e.Text) }

// Parse reads a file. The error is a *SyntaxError.
func Parse(text string) (*File, error) {
	f := &File{}
	s := reading{file: f}
	number, at, began := 0, 0, 0
	for line := range strings.Lines(text) {
		number++
		if name, ok := title(line); ok {
			s.end(text[began:at])
			began = at
			if err := s.begin(name, number); err != nil {
				return nil, &SyntaxError{number, err.Error()}
			}
		} else if err := s.add(line); err != nil {
			return nil, &SyntaxError{number, err.Error()}
		}
		at += len(line)
	}
	s.end(text[began:])
	if len(f.Chunks) == 0 {
		return nil, &SyntaxError{number, "there is no input section"}
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

// reading is a file that is being read, section by section.
type reading struct {
	file    *File
	chunk   *Chunk          // nil before the first one
	body    strings.Builder // its text
	text    *string         // where that goes, or nil
	list    *[]string       // where its documents go, or nil
	escaped bool
}

func (s *reading) begin(title string, line int) error {
	name, escaped := strings.CutSuffix(title, " escaped")
	if name == input {
		s.file.Chunks = append(s.file.Chunks, Chunk{Line: line})
		s.chunk = &s.file.Chunks[len(s.file.Chunks)-1]
	}
	c := s.chunk
	if c == nil {
		return fmt.Errorf("section %q stands before the first input", title)
	}
	if c.section(name) != nil {
		return fmt.Errorf("the chunk has two sections %q", name)
	}
	s.escaped, s.text, s.list = escaped, nil, nil
	switch name {
	case input:
		s.text = &c.Input
	case scored:
		s.text = &c.Scored
	case dead:
		s.text = &c.Dead
	case quality:
		s.list = &c.Quality
	case faults:
		s.list = &c.Errors
	default:
		return fmt.Errorf("unknown section %q, want input, scored, quality, errors or dead", name)
	}
	if escaped && !isText(name) {
		return fmt.Errorf("section %q: JSON has escapes of its own", title)
	}
	c.written = append(c.written, written{name: name, escaped: escaped, line: line})
	return nil
}

// section gives the section called name, or nil.
func (c *Chunk) section(name string) *written {
	for i := range c.written {
		if c.written[i].name == name {
			return &c.written[i]
		}
	}
	return nil
}

// end ends the section, or the words before the first one, which stands in the file as written.
func (s *reading) end(written string) {
	if s.chunk == nil {
		s.file.About = written
		return
	}
	if s.text != nil {
		*s.text = s.body.String()
		s.body.Reset()
	}
	s.chunk.written[len(s.chunk.written)-1].text = written
}

func (s *reading) add(line string) error {
	switch {
	case s.list != nil:
		if line = strings.TrimSpace(line); line == "" {
			return nil
		}
		if _, err := decode(line); err != nil {
			return fmt.Errorf("no JSON document: %w", err)
		}
		*s.list = append(*s.list, line)
	case s.text == nil: // the words before the first one
	case s.escaped:
		text, err := unescape(line)
		s.body.WriteString(text)
		return err
	default:
		s.body.WriteString(line)
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
