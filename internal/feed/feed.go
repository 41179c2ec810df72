// Package feed reads contracts: the one YAML file, with the reference files beside it, that says what a feed is. Every node
// keeps its position, so that whatever is wrong is told as file:line:column: message, all of it at once.
//
// The package reads files through fs.FS only. A loaded contract is shared and must not be changed.
package feed

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"

	"github.com/assay-dev/assay/internal/charset"
	"github.com/assay-dev/assay/internal/fault"
	"github.com/assay-dev/assay/internal/flow"
)

// Contract is a feed: its columns, how its CSV is written, which rules hold, what is scored and how errors are said.
type Contract struct {
	File    string // where it was read, for messages
	Feed    string
	Version string // the contract's own version, as text
	// Digest is the Digest of the contract's text and of all Files: two contracts of the same one are the same feed.
	Digest string
	// Files are the contract's own file and behind it those that it names, in the order of their first mention.
	Files []File

	CSV       CSV
	Columns   []Column
	Refs      []Ref
	Rules     []Rule
	Score     *Score // nil: nothing is scored
	Output    Output
	Malformed string // what a broken row refuses: MalformedRow or MalformedChunk
	Limits    Limits
	// RowsPerCredit is how many rows a credit buys, the last credit of a chunk in part; 0: scoring costs nothing.
	RowsPerCredit int64
	Dialect       fault.Dialect

	src source
}

// File is one of the files that make a contract.
type File struct {
	Name   string // in the file system that it was read from
	Digest string // the Digest of its bytes
}

// The values of Malformed.
const (
	MalformedRow   = "row"
	MalformedChunk = "chunk"
)

// CSV says how the input is written.
type CSV struct {
	Delimiter byte
	Quote     byte
	Escape    byte   // 0: a quote inside quotes is doubled
	Header    string // HeaderAlways or HeaderNever
	Charset   charset.Charset
	Trim      bool // blanks around the texts of cells are no part of them, also inside quotes; before a quote they are text
}

// The values of CSV.Header.
const (
	HeaderAlways = "always"
	HeaderNever  = "never" // the cells are the contract's columns, in its order
)

// Column is one declared column. The header must have it, under its own name or under those of one set of aliases.
type Column struct {
	flow.Field
	At      Pos
	Aliases map[string]string // set → name

	// The following are of category columns.

	Vocabulary *Vocabulary
	Match      string // MatchExact or MatchRelaxed
	Unknown    string // what becomes of a cell that is no label: Keep, Reject, or the label that it becomes
	Empty      string // the label that an empty cell becomes, or "" for null

	// UnknownCode and EmptyCode are the codes of those labels, or -1 where the cell has none. The code of cells that are kept is
	// the one behind the labels'.
	UnknownCode int16
	EmptyCode   int16

	sets  []string // of aliases, in the order of the file
	typed bool     // Type says what the contract does
}

// AliasSets gives the names of the column's sets of aliases in the order of the contract.
func (c *Column) AliasSets() []string { return c.sets }

// The values of Column.Match.
const (
	MatchExact   = "exact"
	MatchRelaxed = "relaxed"
)

// The values of Column.Unknown that are no label.
const (
	Keep   = "keep"
	Reject = "reject"
)

// Output says which columns leave.
type Output struct {
	Columns []string // nil: all
	At      []Pos    // of each
}

// Limits are the most that one chunk may hold. 0 is no limit.
type Limits struct {
	Rows  int64
	Bytes int64
}

// Schema gives the contract's columns as a schema.
func (c *Contract) Schema() flow.Schema {
	s := make(flow.Schema, len(c.Columns))
	for i := range c.Columns {
		s[i] = c.Columns[i].Field
	}
	return s
}

// Column gives the column called name, or nil.
func (c *Contract) Column(name string) *Column {
	for i := range c.Columns {
		if c.Columns[i].Name == name {
			return &c.Columns[i]
		}
	}
	return nil
}

// Problem gives an error at a place of the contract, for whoever finds something wrong in it later. The caller may add a
// suggestion.
func (c *Contract) Problem(at Pos, format string, args ...any) *Problem {
	return &Problem{File: c.File, Pos: at, Message: fmt.Sprintf(format, args...), Source: c.src.line(at.Line)}
}

// Digest gives 12 hexadecimal digits that stand for data: the version of a file that names none itself.
func Digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:6])
}

// MappingVersions are the versions of the mapping files that categories are read with, by column.
func (c *Contract) MappingVersions() map[string]string {
	versions := map[string]string{}
	for i := range c.Columns {
		if v := c.Columns[i].Vocabulary; v != nil && v.Version != "" {
			versions[c.Columns[i].Name] = v.Version
		}
	}
	return versions
}

// MappingVersion is the version of the vocabulary file that the categories were read from, or "" where they come from elsewhere.
func (c *Contract) MappingVersion() string {
	for i := range c.Columns {
		if v := c.Columns[i].Vocabulary; v != nil && v.Version != "" {
			return v.Version
		}
	}
	return ""
}
