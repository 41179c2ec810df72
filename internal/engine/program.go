// Package engine turns a contract into a Program and runs chunks through it batch by batch: decode, look up, validate, score,
// encode into Effects. It does no I/O, starts no goroutine and reads no clock; the same chunk, program and models give the same
// bytes.
package engine

import (
	"fmt"
	"slices"

	"github.com/assay-dev/assay/internal/csvarrow"
	"github.com/assay-dev/assay/internal/encode"
	"github.com/assay-dev/assay/internal/feed"
	"github.com/assay-dev/assay/internal/flow"
	"github.com/assay-dev/assay/internal/validate"
)

// Format is the form of scored rows.
type Format uint8

// The formats.
const (
	JSON  Format = iota // one object a message
	CSV                 // messages of whole rows, the input's bytes
	Arrow               // messages of whole rows, an IPC stream each
)

// ParseFormat gives the format with a name of the settings.
func ParseFormat(s string) (Format, error) {
	switch s {
	case "json":
		return JSON, nil
	case "csv":
		return CSV, nil
	case "arrow":
		return Arrow, nil
	}
	return 0, fmt.Errorf("unknown format %q: json, csv or arrow", s)
}

// Options are what the settings say of a feed beside its contract.
type Options struct {
	Format      Format
	ColumnsOnly bool // only the key and the score columns
	Headers     encode.HeaderMode
	ByKey       bool     // scored rows by the hash of their key instead of the input's partition
	Allowed     []string // input headers that travel on
	Partitions  [flow.Outputs]int32
	Disabled    [flow.Outputs]bool

	FieldBytes int // longest cell
	Columns    int // most cells of a row
	Findings   int // most error events, and most details, of a chunk
	// ChunkBytes is the longest chunk; 0 means no limit beside the contract's.
	ChunkBytes int64
	// DecompressedBytes is the longest chunk once it is decompressed.
	DecompressedBytes int64
	// NoLimits switches the contract's own limits off, for files that are scored by hand.
	NoLimits bool
	// Excerpts keeps more examples of findings, up to Findings of each code, each with its line: for people who look at what they
	// have sent themselves.
	Excerpts bool
	// Stream is for files: one header and, with Arrow, one stream for all that a worker writes.
	Stream bool

	// Scorers are kinds of scorers that are written in Go, by the name that contracts use. Each worker makes one of its own.
	Scorers map[string]func() flow.Scorer
	// Instead takes the place of the contract's own scorer, whatever its kind: a model that is being made sees the same columns.
	Instead func() flow.Scorer
	// Rules are checked behind the contract's.
	Rules []Rule
}

func (o *Options) setDefaults() {
	if o.FieldBytes == 0 {
		o.FieldBytes = DefaultFieldBytes
	}
	if o.Columns == 0 {
		o.Columns = DefaultColumns
	}
	if o.Findings == 0 {
		o.Findings = DefaultFindings
	}
	if o.DecompressedBytes == 0 {
		o.DecompressedBytes = DefaultDecompressedBytes
	}
}

// Default limits, those of the settings.
const (
	DefaultFieldBytes = 1 << 20
	DefaultColumns    = 4096
	DefaultFindings   = 100

	DefaultDecompressedBytes = 256 << 20
)

// Program is a compiled contract. It is immutable and shared by all lanes of a feed.
type Program struct {
	contract *feed.Contract
	opts     Options
	schema   flow.Schema       // of Batch.Cols: the contract's columns, then those that reference sets add
	targets  []csvarrow.Target // how the scanner fills each of the contract's columns, without the column itself
	names    []validate.Names
	version  string

	refs   []reference
	counts flow.Schema // of each reference set, how many rows were found: for expressions only
	rules  []rule
	out    flow.Schema // what the scorer adds
	// newScore makes a worker's scorer, which reads the worker's counts; nil where nothing is scored.
	newScore func(counts []*flow.Column) (flow.Scorer, error)
	adds     map[string]bool // by what names are compared by: the columns that are added to the input's
	leaving  []int           // places in schema and, behind it, out of the columns that leave; nil for all
}

func fieldNames(s flow.Schema) []string {
	names := make([]string, len(s))
	for i := range s {
		names[i] = s[i].Name
	}
	return names
}

// Feed gives the feed's name.
func (p *Program) Feed() string { return p.contract.Feed }

// Version gives the value of assay-version.
func (p *Program) Version() string { return p.version }

// Added gives the columns that reference sets and the scorer add.
func (p *Program) Added() flow.Schema {
	return slices.Concat(p.looked(), p.out)
}

// nameSets gives the contract's own column names and one more set for each set of aliases; a column without an alias in
// it keeps its name.
func nameSets(c *feed.Contract) []validate.Names {
	names := func(set string) []string {
		list := make([]string, len(c.Columns))
		for i := range c.Columns {
			name, ok := c.Columns[i].Aliases[set]
			if !ok {
				name = c.Columns[i].Field.Name
			}
			list[i] = name
		}
		return list
	}
	sets := []validate.Names{validate.NewNames("", names(""))}
	seen := map[string]bool{}
	for i := range c.Columns {
		for _, set := range c.Columns[i].AliasSets() {
			if !seen[set] {
				seen[set] = true
				sets = append(sets, validate.NewNames(set, names(set)))
			}
		}
	}
	return sets
}

// NewScanner gives a scanner of what is written as a contract says, header or none.
func NewScanner(c *feed.Contract, l csvarrow.Limits) *csvarrow.Scanner {
	return scannerOf(c, dialect(c), l)
}

func dialect(c *feed.Contract) csvarrow.Dialect {
	return csvarrow.Dialect{Delimiter: c.CSV.Delimiter, Quote: c.CSV.Quote, Escape: c.CSV.Escape, Trim: c.CSV.Trim}
}

func scannerOf(c *feed.Contract, d csvarrow.Dialect, l csvarrow.Limits) *csvarrow.Scanner {
	s := csvarrow.New(d, l)
	if c.CSV.Header == feed.HeaderNever {
		s.NoHeader(fieldNames(c.Schema()))
	}
	return s
}

// limits are those of a record.
func (p *Program) limits() csvarrow.Limits {
	return csvarrow.Limits{FieldBytes: p.opts.FieldBytes, Columns: p.opts.Columns}
}
