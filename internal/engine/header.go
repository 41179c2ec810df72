package engine

import (
	"fmt"

	"github.com/assay-dev/assay/internal/csvarrow"
	"github.com/assay-dev/assay/internal/feed"
	"github.com/assay-dev/assay/internal/validate"
)

// What follows looks at the beginning of a file without running it: before several files are written into one output, and to say
// what would make a file fit whose header was refused.

// Header reads the header record that a file begins with. The window is the file's beginning, last says that it is all of it. With
// delimiter it is read as if the contract had that one; 0 is the contract's own. The error is a *flow.Fault when the file would be
// refused for its header; it then has one all the same, unless it is malformed.
func (p *Program) Header(window []byte, last bool, delimiter byte) (*csvarrow.Header, error) {
	d := dialect(p.contract)
	if delimiter != 0 {
		d.Delimiter = delimiter
	}
	if err := d.Check(); err != nil {
		return nil, err
	}
	s := scannerOf(p.contract, d, p.limits())
	_, h, err := s.Header(window, last)
	switch {
	case err != nil:
		return nil, err
	case h == nil:
		return nil, fmt.Errorf("the header is longer than %d bytes", len(window))
	}
	if _, f := validate.Header(p.names, h.Names); f != nil {
		return h, f
	}
	return h, nil
}

// Delimiter gives the contract's delimiter.
func (p *Program) Delimiter() byte { return dialect(p.contract).Delimiter }

// HasHeader says whether files of the contract begin with a header.
func (p *Program) HasHeader() bool { return p.contract.CSV.Header != feed.HeaderNever }

// NameSets gives the names of a header that stand in one of the contract's name sets and in no other, by set.
func (p *Program) NameSets(header []string) []validate.Share { return validate.Shares(p.names, header) }
