package engine

import (
	"github.com/assay-dev/assay/internal/csvarrow"
	"github.com/assay-dev/assay/internal/encode"
	"github.com/assay-dev/assay/internal/feed"
	"github.com/assay-dev/assay/internal/flow"
	"github.com/assay-dev/assay/internal/refs"
)

// Worker runs chunks one after the other. It owns the batch, the scanner and the encoders of one lane and is used for ever;
// it is not for concurrent use.
type Worker struct {
	p       *Program
	scanner *csvarrow.Scanner
	hits    []refs.Hits    // of each reference set
	counts  []*flow.Column // the same for expressions
	check   stage          // the rules; nil where there are none
	score   stage          // the scorer; nil where there is none
	writer  *encode.Writer
	rows    encode.Rows
	batch   flow.Batch
	quality encode.Quality
	run     Run

	// The binding of the last header: chunks of a feed mostly have the same one, and the scanner then gives it again.
	header *csvarrow.Header
	layout *encode.Layout
	plan   csvarrow.Plan

	content content
	text    text
}

// NewWorker gives a worker for a lane; task names the lane in dead letters.
func (p *Program) NewWorker(task string) (*Worker, error) {
	c := p.contract
	w := &Worker{p: p, scanner: NewScanner(p.contract, p.limits())}
	w.writer = encode.NewWriter(&encode.Feed{
		Name: c.Feed, Version: p.version, Dialect: c.Dialect, Task: task, RowsPerCredit: c.RowsPerCredit,
		Allowed: p.opts.Allowed, Headers: p.opts.Headers, ByKey: p.opts.ByKey, Partitions: p.opts.Partitions,
		Disabled: p.opts.Disabled,
	})
	switch p.opts.Format {
	case CSV:
		w.rows = encode.NewCSVRows(w.writer, p.opts.Stream)
	case Arrow:
		w.rows = encode.NewArrowRows(w.writer, p.opts.Stream)
	default:
		w.rows = encode.NewJSONRows(w.writer)
	}
	w.hits, w.counts = make([]refs.Hits, len(p.refs)), p.newCounts()
	rules, err := p.newRules(w.counts)
	if err != nil {
		return nil, err
	}
	if rules != nil {
		w.check = rules.Check
	}
	if p.newScore != nil {
		scorer, err := p.newScore(w.counts)
		if err != nil {
			return nil, err
		}
		if _, err := scorer.Bind(p.schema); err != nil {
			return nil, err
		}
		w.score = func(b *flow.Batch) error {
			for i := range b.Out { // a scorer says what has no value; an earlier batch or try may have left more
				b.Out[i].Valid.Fill(true)
			}
			return scorer.Score(b)
		}
	}
	w.batch.Reset(nil)
	return w, nil
}

// target says how the scanner fills a contract's column.
func target(c *feed.Column) csvarrow.Target {
	t := csvarrow.Target{Empty: csvarrow.EmptyNull}
	if c.Vocabulary == nil {
		return t
	}
	entries := make([]csvarrow.Entry, 0, len(c.Vocabulary.Raw))
	for _, r := range c.Vocabulary.Raw {
		entries = append(entries, csvarrow.Entry{Text: r.Text, Code: r.Code})
	}
	relaxed := feed.AppendRelaxed
	if c.Match != feed.MatchRelaxed {
		relaxed = nil
	}
	t.Vocab = csvarrow.NewVocab(entries, relaxed)
	if c.Empty != "" {
		t.Empty = c.EmptyCode
	}
	t.UnknownCode = c.UnknownCode
	switch c.Unknown {
	case feed.Keep:
		t.Unknown = csvarrow.UnknownKept
	case feed.Reject:
		t.Unknown = csvarrow.UnknownRejected
	default:
		t.Unknown = csvarrow.UnknownMapped
	}
	return t
}

// Close ends what a worker of a file writes and gives the last bytes of its scored rows.
func (w *Worker) Close() ([]byte, error) {
	if c, ok := w.rows.(interface{ Close() ([]byte, error) }); ok {
		return c.Close()
	}
	return nil, nil
}
