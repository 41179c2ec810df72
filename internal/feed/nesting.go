package feed

import (
	"fmt"

	"github.com/goccy/go-yaml/token"
)

// The most of what costs the YAML library's parser time and memory by its square: levels that stand in each other, and keys of
// one block mapping that is parsed as a whole. No contract needs as many.
const (
	maxLevels = 20
	maxKeys   = 10_000
)

// nestingError says at which token a text passes them.
type nestingError struct {
	at   *token.Token
	text string
}

func (e *nestingError) Error() string { return e.text }

// level is a block that is open: a mapping or a list, known by the column of its keys or dashes.
type level struct {
	column int
	list   bool
	keys   int
}

// checkNesting refuses tokens that would take the parser too long. It goes over them once. With pieces the block mappings under
// keys of the first level are parsed in pieces and may be of any length.
func checkNesting(tokens token.Tokens, pieces bool) error {
	var open []level
	brackets := 0
	for i, t := range tokens {
		list := t.Type == token.SequenceEntryType
		switch {
		case t.Type == token.MappingStartType || t.Type == token.SequenceStartType:
			brackets++
		case t.Type == token.MappingEndType || t.Type == token.SequenceEndType:
			brackets = max(0, brackets-1)
		case brackets > 0:
			continue
		case list || t.Type == token.MappingKeyType || isKey(tokens, i):
			column := t.Position.Column
			for len(open) > 0 && (open[len(open)-1].column > column || open[len(open)-1].column == column && open[len(open)-1].list && !list) {
				open = open[:len(open)-1]
			}
			if len(open) == 0 || open[len(open)-1].column < column || open[len(open)-1].list != list {
				open = append(open, level{column: column, list: list})
			}
			if top := &open[len(open)-1]; !list && !(pieces && len(open) == 2 && !open[0].list) {
				if top.keys++; top.keys > maxKeys {
					return &nestingError{t, fmt.Sprintf("more than %d keys in one mapping", maxKeys)}
				}
			}
		default:
			continue
		}
		if len(open)+brackets > maxLevels {
			return &nestingError{t, fmt.Sprintf("more than %d levels in each other", maxLevels)}
		}
	}
	return nil
}
