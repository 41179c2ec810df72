package flow

// Scorer computes columns from columns. It is bound once to the feed's schema and then called once a batch, by one
// goroutine at a time.
type Scorer interface {
	// Bind takes the feed's columns and gives those that Score fills. A missing column or a wrong type fails here, when
	// the contract is checked.
	Bind(in Schema) (out Schema, err error)
	// Score fills b.Out[i][:b.N] in the order of Bind's answer. All rows are valid when it is called; it clears what has no
	// value. A row never fails: it gets a finding. An error refuses the chunk.
	Score(b *Batch) error
}

// Rule checks rows. It is bound once and called once a batch.
type Rule interface {
	Bind(in Schema) error
	// Check sets bit i of bad, whose bits are clear, when row i breaks the rule. An error refuses the chunk.
	Check(b *Batch, bad Bitmap) error
}
