// Package engine turns a contract into a Program and runs chunks through it batch by batch: decode, validate, score, encode
// into Effects. It does no I/O, starts no goroutine and reads no clock; the same chunk, program and models give the same
// bytes.
package engine

import (
	"fmt"
	"slices"
	"strings"

	"github.com/assay-dev/assay/internal/csvarrow"
	"github.com/assay-dev/assay/internal/encode"
	"github.com/assay-dev/assay/internal/feed"
	"github.com/assay-dev/assay/internal/flow"
	"github.com/assay-dev/assay/internal/score"
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
	// Stream is for files: one header and, with Arrow, one stream for all that a worker writes.
	Stream bool
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
	schema   flow.Schema
	out      flow.Schema       // what the scorer adds
	targets  []csvarrow.Target // how the scanner fills each of the contract's columns, without the column itself
	names    []validate.Names
	version  string
	newScore func() (flow.Scorer, error)
}

// Compile binds a contract's scorer to its columns, so that whatever does not fit fails here.
func Compile(c *feed.Contract, o Options) (*Program, error) {
	if len(c.Output.Columns) > 0 {
		return nil, fmt.Errorf("feed %s: output.columns is not supported by this version", c.Feed)
	}
	if len(c.Refs) > 0 || len(c.Rules) > 0 {
		return nil, fmt.Errorf("feed %s: refs and rules are not supported by this version", c.Feed)
	}
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
	p := &Program{contract: c, opts: o, names: nameSets(c), schema: c.Schema()}
	p.version = c.Feed + "@" + c.Version
	p.newScore = func() (flow.Scorer, error) { return nil, nil }
	if c.Score != nil {
		p.newScore = func() (flow.Scorer, error) {
			return score.New(c.Score.Kind, score.Config{Model: c.Score.Data, MappingVersion: mappingVersion(c)})
		}
		s, err := p.newScore()
		if err != nil {
			return nil, fmt.Errorf("feed %s: score: %w", c.Feed, err)
		}
		if p.out, err = bindScorer(s, p.schema); err != nil {
			return nil, fmt.Errorf("feed %s: score: %w", c.Feed, err)
		}
		if add := c.Score.Add; add != nil && !slices.Equal(add, fieldNames(p.out)) {
			return nil, fmt.Errorf("feed %s: score: add says %s, %s adds %s", c.Feed,
				strings.Join(add, ", "), c.Score.Kind, strings.Join(fieldNames(p.out), ", "))
		}
		if v, ok := s.(interface{ Version() string }); ok {
			p.version += " model=" + v.Version()
		}
	}
	for i := range c.Columns {
		p.targets = append(p.targets, target(&c.Columns[i]))
	}
	return p, nil
}

// bindScorer binds s and checks that what it adds can be encoded beside the columns in.
func bindScorer(s flow.Scorer, in flow.Schema) (flow.Schema, error) {
	out, err := s.Bind(in)
	if err != nil {
		return nil, err
	}
	for i := range out {
		f := &out[i]
		switch f.Type {
		case flow.String, flow.Int64, flow.Float64, flow.Bool, flow.Category, flow.Int8:
		default:
			return nil, fmt.Errorf("the scorer's column %s is a %s, which only input columns can be", f.Name, f.Type)
		}
		for _, others := range [...]flow.Schema{in, out[:i]} {
			if hasName(others, f.Name) {
				return nil, fmt.Errorf("the scorer's column %s is there already", f.Name)
			}
		}
	}
	return out, nil
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

// mappingVersion is the version of the vocabulary file that the contract's categories were read from.
func mappingVersion(c *feed.Contract) string {
	for i := range c.Columns {
		if v := c.Columns[i].Vocabulary; v != nil && v.Version != "" {
			return v.Version
		}
	}
	return ""
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

// hasName reports whether one of the columns is called name. An input column that is called like one of the scorer's gives
// way to it.
func hasName(s flow.Schema, name string) bool {
	return slices.ContainsFunc(s, func(f flow.Field) bool { return validate.SameName(f.Name, name) })
}

// Header gives the header record that a file begins with, as it is written. The window is the file's beginning, last says
// that it is all of it.
func (p *Program) Header(window []byte, last bool) (string, error) {
	s := p.newScanner()
	s.Begin(&flow.Chunk{})
	_, h, err := s.Header(window, last)
	switch {
	case err != nil:
		return "", err
	case h == nil:
		return "", fmt.Errorf("the header is longer than %d bytes", len(window))
	}
	return string(h.Raw), nil
}

func (p *Program) newScanner() *csvarrow.Scanner {
	c := &p.contract.CSV
	s := csvarrow.New(
		csvarrow.Dialect{Delimiter: c.Delimiter, Quote: c.Quote, Escape: c.Escape, Trim: c.Trim},
		csvarrow.Limits{FieldBytes: p.opts.FieldBytes, Columns: p.opts.Columns})
	if c.Header == feed.HeaderNever {
		s.NoHeader(p.names[0].List())
	}
	return s
}
