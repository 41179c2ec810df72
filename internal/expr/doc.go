// Package expr compiles the expressions of contracts: what rules demand of a row, and what the scorer of kind expression
// computes. An expression is checked when it is compiled, against the columns that it names, and then evaluated a batch at a
// time: each node is one kernel over whole columns. This page is the whole language.
//
// # Grammar
//
//	expression  = and { "or" and }
//	and         = not { "and" not }
//	not         = "not" not | comparison
//	comparison  = sum [ ("==" | "!=" | "<" | "<=" | ">" | ">=") sum
//	                  | "in" "[" literal { "," literal } "]"
//	                  | "between" sum "and" sum
//	                  | "is" [ "not" ] "null"
//	                  | "matches" pattern ]
//	sum         = product { ("+" | "-") product }
//	product     = operand { "*" operand }
//	operand     = literal | name | "length" "(" sum ")" | "(" expression ")"
//	literal     = [ "-" ] number | text | "true" | "false"
//
// A name is letters, digits and underscores, and dots between such words (customers.count); it does not begin with a digit.
// Any other name, and one that is a word of the language, stands in backquotes: `unit price`, `in`; a backquote in it is
// doubled. Names are those of the contract, case included. A number is digits with at most one point amid them, 38 digits at
// most. A text stands in double quotes, with \" \\ \n \r \t inside; a pattern (RE2) in slashes, with \/ for a slash. An
// expression is at most 64 KiB long and nests at most 100 deep.
//
// # Types
//
//   - Numbers are int64, decimal and float64. A literal is an int64 where it is a whole number of 64 bits, else a decimal; sums and
//     products of literals are literals. int64 and decimal mix exactly. Where float64 takes part, the other side becomes the
//     nearest float64, and comparisons are those of IEEE 754: NaN differs from everything, itself included.
//   - + - * of int64 give int64; with a decimal they give a decimal of the greater scale, * of both scales added (38 at most); with
//     a float64 they give a float64. A result that its type has no room for is null: outside 64 bits, more than 38 digits
//     (an operand brought to the greater scale included), a float64 that is NaN or infinite. A rule that is null for it is
//     broken, and a value that a scorer computes from it is told as one that is not valid.
//   - Text (string columns) compares by its bytes. length(x) counts the characters of a text or a label, as an int64. x matches
//     /re/ when the pattern is found anywhere in it: ^ and $ tie it to the ends. Both take columns of text and categories. A pattern
//     comes to at most 1,000 steps, and to 300 where they may be tried at any place of a text.
//   - A category compares with == != in and labels, which must be its own, or with another category, label by label. Labels
//     have no order. A value that is no label and that a contract keeps (unknown: keep) is a value of its own: it is not null,
//     differs from every label, and equals what another category holds where the texts are the same; length and matches take
//     its text.
//   - A date compares with dates and texts like "2024-02-29"; a timestamp with timestamps, whatever their units, and texts like
//     "2024-02-29T13:00:00+01:00" or "2024-02-29 12:00:00", which is UTC. A uuid compares with uuids and texts by == != in.
//   - A bool column is a condition by itself, and compares with == !=.
//
// Anything else is refused when it is compiled, as are a comparison of two literals, a between with nothing between its bounds,
// a comparison of a comparison without parentheses, and an expression that names no column.
//
// # Null
//
// Logic is three-valued. A comparison, a sum, a product, length and matches are null where an operand is; not null is null;
// false and null is false, true or null is true; any other and or or with a null is null. x between a and b is x >= a
// and x <= b. x is null is never null. A rule is broken only where it is false, or null for a result without
// room: any other comparison with null does not break a rule.
// An empty cell is null for every type but string and category (CSV rule 13); an empty text equals "".
package expr
