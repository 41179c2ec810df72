package pipeline

import (
	"io/fs"

	"github.com/assay-dev/assay/internal/engine"
	"github.com/assay-dev/assay/internal/feed"
	"github.com/assay-dev/assay/internal/service"
)

// Feed is a loaded and checked contract, ready to work. It is immutable and may be used by many goroutines at once.
type Feed struct {
	contract *feed.Contract
	options  options
	program  *engine.Program // for chunks without Kafka
}

// Load reads the contract at path and the files beside it. What is wrong with it comes back as Problems; a file that cannot
// be read, as its own error.
func Load(path string, opts ...Option) (*Feed, error) {
	c, err := service.ContractFile(path)
	if err != nil {
		return nil, err
	}
	return load(c, opts)
}

// LoadFS does the same with a contract in fsys, such as one that is embedded into the program.
func LoadFS(fsys fs.FS, name string, opts ...Option) (*Feed, error) {
	c, err := service.ContractFS(fsys, name, name)
	if err != nil {
		return nil, err
	}
	return load(c, opts)
}

// Pack gives a feed that ships with assay, such as census-profile.
func Pack(name string, opts ...Option) (*Feed, error) {
	c, err := feed.Pack(name)
	if err != nil {
		return nil, err
	}
	return load(c, opts)
}

// With gives the same feed with more options.
func (f *Feed) With(opts ...Option) (*Feed, error) {
	next := &Feed{contract: f.contract, options: f.options.clone(), program: f.program}
	if err := next.apply(opts); err != nil {
		return nil, err
	}
	return next, nil
}

// load makes a feed of a contract that nobody else has. Its reference sets are read here, and never again.
func load(c *feed.Contract, opts []Option) (*Feed, error) {
	f := &Feed{contract: c, options: options{format: JSON}}
	if err := f.apply(opts); err != nil {
		return nil, err
	}
	c.DropSets()
	return f, nil
}

// apply compiles the contract with more options, so that whatever does not fit is told now.
func (f *Feed) apply(opts []Option) (err error) {
	for _, opt := range opts {
		opt(&f.options)
	}
	f.program, err = f.compile(engine.Options{Excerpts: true})
	return err
}

// Name gives the feed's name.
func (f *Feed) Name() string { return f.contract.Feed }

// Version names the contract, its model and its reference sets, as each message does in its assay-version header.
func (f *Feed) Version() string { return f.program.Version() }

// Schema gives the contract's columns, without those that reference sets and the scorer add.
func (f *Feed) Schema() Schema { return f.contract.Schema() }

// Added gives the columns that reference sets and the scorer add.
func (f *Feed) Added() Schema { return f.program.Added() }

// compile makes a program with the feed's options.
func (f *Feed) compile(o engine.Options) (*engine.Program, error) {
	var err error
	if o.Format, err = engine.ParseFormat(string(f.options.format)); err != nil {
		return nil, err
	}
	o.Scorers, o.Rules = f.options.scorers, f.options.rules
	if f.program != nil {
		return f.program.With(o)
	}
	return engine.Compile(f.contract, o)
}
