package pipeline

import (
	"github.com/assay-dev/assay/internal/fault"
	"github.com/assay-dev/assay/internal/feed"
	"github.com/assay-dev/assay/internal/flow"
)

// Scorer computes columns from columns. It is bound once to the feed's columns, and then called once a batch, by one
// goroutine at a time: it reads and fills plain slices, nothing is called for each row. Rules come first, so that
// Batch.Dead tells a Scorer which rows are refused.
type Scorer = flow.Scorer

// Rule checks rows. It is bound and called as a Scorer is, before the scorer.
type Rule = flow.Rule

// Batch is up to 4,096 rows of a chunk as columns: Cols are the contract's and those of its reference sets, Out those that the
// Scorer fills. Its rows, columns and bytes are views that are valid until the next batch.
//
// Batch.Borrow gives the batch as an Arrow record over the same memory, valid as long and not to be released; Batch.Record
// gives a record of its own, which the caller releases. Both have all rows, refused ones included.
//
// Batch.Find adds a finding to a row, and refuses the row if asked to.
type Batch = flow.Batch

// Column holds the values of one field. Only the slice of the field's type is filled, as the constants of Type say, and
// Valid tells which rows have a value.
type Column = flow.Column

// Field describes a column.
type Field = flow.Field

// Schema is an ordered list of fields.
type Schema = flow.Schema

// Bitmap is one bit a row.
type Bitmap = flow.Bitmap

// Type is the type of a column's values.
type Type = flow.Type

// The types of columns, and where a Column keeps their values.
const (
	String    = flow.String    // Text, read with Cell
	Int64     = flow.Int64     // Ints
	Float64   = flow.Float64   // Floats
	Decimal   = flow.Decimal   // Decimals: unscaled, the scale is the field's
	Bool      = flow.Bool      // Ints: 0 or 1
	Date      = flow.Date      // Ints: days since 1970-01-01
	Timestamp = flow.Timestamp // Ints: nanoseconds since 1970-01-01 UTC, or the field's unit
	UUID      = flow.UUID      // UUIDs
	Category  = flow.Category  // Codes: indexes into the field's Labels, or their number for a text that unknown: keep keeps; read with Label
)

// Finding is something odd about one row.
type Finding = flow.Finding

// Fault says why a whole chunk, or a file, is refused. It is an error.
type Fault = flow.Fault

// Code is the stable name of a finding or a fault.
type Code = flow.Code

// The codes for findings of one's own.
const (
	ValidationError = fault.ValidationError // refuses a row
	InvalidValue    = fault.DQInvalidValue  // flags it
)

// Counts is what has become of rows, chunks and bytes.
type Counts = flow.Counts

// Example is a finding as people may be shown it.
type Example = flow.Example

// Excerpt is the line of an Example, and where in it the fault is.
type Excerpt = flow.Excerpt

// Header is a header of a Kafka message. A nil Value is a null.
type Header = flow.Header

// Problem is one thing wrong with a contract. Its Show gives the line with a caret under the place.
type Problem = feed.Problem

// Problems is everything wrong with a contract, in the order of its text: the error of Load.
type Problems = feed.Problems
