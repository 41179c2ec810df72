package feed

import (
	"regexp"
	"slices"

	"github.com/assay-dev/assay/internal/charset"
	"github.com/assay-dev/assay/internal/fault"
	"github.com/assay-dev/assay/internal/flow"
)

// kind is what the value of a key is.
type kind uint8

const (
	scalar      kind = iota // a text that is not empty; whatever YAML would make of it, a number or a truth value, is text here
	optional                // a scalar, or null
	words                   // one of a few words
	charsetName             // the name of a character set, in one of its spellings
	truth                   // true or false
	char                    // one ASCII character that no value is made of
	count                   // a whole number, at least 1
	size                    // bytes, like 100MB
	number                  // a finite number
	typeName                // the type of a column
	file                    // a file beside the contract
	list                    // different texts, at least one
	expression              // an expression, which another room reads
	block                   // a mapping with known keys
	named                   // a mapping from names to blocks
	texts                   // a mapping from names to texts
	numbers                 // a mapping from names to numbers
	rules                   // a mapping from names to expressions or blocks
	adds                    // a list of names, or a mapping from names to expressions
)

// field is one key of the contract language. Everything that more than one part of the package must know about a key stands
// here once: the loader takes its known keys, words and forms from it, and the JSON Schema for editors is made from it.
type field struct {
	name   string
	kind   kind
	must   bool     // the contract is wrong without it
	words  []string // the only right texts
	form   form     // of a text, or of the names in a mapping
	only   []string // the types of columns, or kinds of scorers, that have the key; nil is all
	fields []field  // of a block
	doc    string   // for editors: what it says, and what holds without it
}

// form is what a text must look like. The zero form takes any text.
type form struct {
	pattern *regexp.Regexp // of the whole text
	words   string         // for messages, to stand behind "is not made of"
}

var (
	feedForm    = form{regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`), "letters, digits, dots, hyphens and underscores, at most 100"}
	versionForm = form{regexp.MustCompile(`^[A-Za-z0-9._+-]{1,64}$`), "letters, digits, dots, hyphens, plus signs and underscores, at most 64"}
	refForm     = form{regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]{0,99}$`), "letters, digits and underscores, at most 100, the first one no digit"}
)

// The kinds of scorers whose keys the language knows. Those that users write in Go may have a model and add columns.
const (
	NearestProfile = "nearest-profile"
	Linear         = "linear"
	Expression     = "expression"
)

var contractSpec = []field{
	{name: "feed", kind: scalar, must: true, form: feedForm,
		doc: "Name of the feed."},
	{name: "version", kind: scalar, must: true, form: versionForm,
		doc: "Version of the contract. Everything that leaves names it."},
	{name: "csv", kind: block, fields: csvSpec,
		doc: "How the input is written."},
	{name: "columns", kind: named, must: true, form: nameForm, fields: columnSpec,
		doc: "The columns that the input must have, by name. Others are kept as they are."},
	{name: "refs", kind: named, form: refForm, fields: refSpec,
		doc: "Reference sets, by name: files whose rows are found by a key and add columns. NAME.count is how many rows were found."},
	{name: "rules", kind: rules, form: feedForm, fields: ruleSpec,
		doc: "Conditions that must hold, by name. One that has no value, because a column other than a string or a category is empty, holds."},
	{name: "score", kind: block, fields: scoreSpec,
		doc: "What computes new columns. Without it nothing is scored."},
	{name: "output", kind: block, fields: outputSpec,
		doc: "What leaves."},
	{name: "malformed", kind: words, words: []string{MalformedRow, MalformedChunk},
		doc: "What a record that is no valid CSV refuses: the row (default) or the whole chunk."},
	{name: "limits", kind: block, fields: limitsSpec,
		doc: "The most that one chunk may hold. Without it only the limits of the process hold."},
	{name: "credits", kind: block, fields: creditsSpec,
		doc: "What scoring costs. Without it nothing."},
	{name: "dialect", kind: words, words: fault.DialectNames(),
		doc: "How errors are said; problem (RFC 9457) is the default."},
}

var csvSpec = []field{
	{name: "delimiter", kind: char, doc: "Between cells; a comma is the default."},
	{name: "quote", kind: char, doc: "Around cells that hold delimiters or line ends; a double quote is the default."},
	{name: "escape", kind: char, doc: "Before a quote inside a quoted cell. Without it such a quote is doubled."},
	{name: "header", kind: words, words: []string{HeaderAlways, HeaderNever},
		doc: "always (default): each chunk begins with the names of its columns. never: the cells are the contract's columns, in its order."},
	{name: "charset", kind: charsetName, words: charset.Names(),
		doc: "Character set: utf-8 is the default. A byte order mark says more than this."},
	{name: "trim", kind: truth, doc: "Whether blanks around the texts of cells are no part of them, also inside quotes; false is the default. A quote stands first in its cell all the same."},
}

var columnSpec = []field{
	{name: "type", kind: typeName, must: true,
		doc: "string, int64, float64, decimal(p,s), bool, date, timestamp, uuid or category."},
	{name: "required", kind: truth, doc: "Whether an empty cell refuses its row; false is the default."},
	{name: "key", kind: truth, doc: "Whether the column is the key of scored rows. Only one column can be."},
	{name: "pii", kind: truth, doc: "Whether values are masked in events, logs and pages; false is the default."},
	{name: "alias", kind: texts, form: nameForm, doc: "Other names of the column: one for each set of aliases. A file uses one set."},
	{name: "nan", kind: words, words: []string{"allow", "reject"}, only: columnsOf(flow.Float64),
		doc: "Whether NaN and Inf are numbers; reject is the default."},
	{name: "unit", kind: words, words: []string{"s", "ms", "us", "ns"}, only: columnsOf(flow.Timestamp),
		doc: "The cells are Unix time in this unit. Without it they are RFC 3339 or YYYY-MM-DD HH:MM:SS."},
	{name: "values", kind: list, only: columnsOf(flow.Category), doc: "The labels."},
	{name: "vocabulary", kind: file, only: columnsOf(flow.Category),
		doc: "File with the labels: CSV with the columns raw and label, or a JSON mapping, where the column's name picks the variable."},
	{name: "match", kind: words, words: []string{MatchExact, MatchRelaxed}, only: columnsOf(flow.Category),
		doc: "How cells are compared with labels: exact (default), or relaxed: without regard to case, blanks, dashes and marks."},
	{name: "unknown", kind: scalar, only: columnsOf(flow.Category),
		doc: "What a cell that is no label does: reject (default) its row, keep it, flagged, as a value that is no label, or become the label that stands here, flagged."},
	{name: "empty", kind: optional, only: columnsOf(flow.Category),
		doc: "The label that an empty cell becomes. Without it the cell is null."},
}

var refSpec = []field{
	{name: "file", kind: file, must: true, doc: "CSV file of the set, in the contract's folder or below."},
	{name: "key", kind: scalar, must: true, doc: "Column of the file by which its rows are found. No value may stand twice."},
	{name: "on", kind: scalar, doc: "Column of the feed that is looked up. Without it that with the key's name."},
	{name: "add", kind: list, form: nameForm, doc: "Columns of the file that are added to the feed's rows, as text; null where no row was found."},
}

var ruleSpec = []field{
	{name: "must", kind: expression, must: true, doc: "The condition."},
	{name: "severity", kind: words, words: []string{SeverityError, SeverityWarning},
		doc: "error (default) refuses a row that breaks the rule, warning flags it."},
}

var scoreSpec = []field{
	{name: "kind", kind: scalar, must: true, doc: "nearest-profile, linear, expression, or a kind that a Go program has added."},
	{name: "model", kind: file, doc: "File of the model."},
	{name: "weights", kind: numbers, only: []string{Linear}, doc: "The factor of each column. The score is their sum of products."},
	{name: "intercept", kind: number, only: []string{Linear}, doc: "What is added to the sum; 0 is the default."},
	{name: "add", kind: adds, form: nameForm,
		doc: "Names of the columns that are added: one for linear. For expression a mapping from names to expressions."},
}

var outputSpec = []field{
	{name: "columns", kind: list, doc: "The columns that leave, in this order. Without it all of them."},
}

var limitsSpec = []field{
	{name: "rows", kind: count, doc: "Data records of a chunk, refused ones included."},
	{name: "bytes", kind: size, doc: "Bytes of a chunk, once decompressed; like 64KiB or 100MB."},
}

var creditsSpec = []field{
	{name: "per_rows", kind: count, doc: "How many rows a credit buys. A part of them costs a whole one."},
}

func columnsOf(t flow.Type) []string { return []string{t.String()} }

// keys gives the names of fields.
func keys(fields []field) []string {
	names := make([]string, len(fields))
	for i := range fields {
		names[i] = fields[i].name
	}
	return names
}

// lookup gives the field called name, or nil.
func lookup(fields []field, name string) *field {
	i := slices.IndexFunc(fields, func(f field) bool { return f.name == name })
	if i < 0 {
		return nil
	}
	return &fields[i]
}
