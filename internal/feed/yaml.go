package feed

import (
	"cmp"
	"errors"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// pieceKeys is how many keys of a block mapping are parsed at once.
const pieceKeys = 128

// parseYAML parses a text. The library's parser goes down a level for each key of a block mapping, and copies all later ones on its
// way up: time and memory grow with the square of their number. So a long block under a key of the first level, such as the
// columns of a wide contract, is parsed in pieces of so many keys, which are then joined. What comes of it is the same; a text
// in which anything is odd is parsed as a whole. One with too many levels or keys for the parser does not come to it.
func parseYAML(text string, keys int) (*ast.File, error) {
	tokens := lexer.Tokenize(text)
	if tokens.InvalidToken() != nil { // at which the parser ends at once
		return parser.Parse(tokens, 0)
	}
	if err := checkNesting(tokens, true); err != nil {
		return nil, err
	}
	if frame, blocks := longBlocks(tokens, keys); len(blocks) > 0 {
		file, err := parsePieces(frame, blocks, keys)
		if err == nil {
			return file, nil
		}
		tokens = lexer.Tokenize(text) // parsing links tokens in new ways
		if tooMany := checkNesting(tokens, false); tooMany != nil {
			return nil, cmp.Or(syntaxError(err), tooMany)
		}
	}
	return parser.Parse(tokens, 0, parser.AllowDuplicateMapKey())
}

// syntaxError gives an error that has a place in the text, or nil.
func syntaxError(err error) error {
	var syntax yaml.Error
	if errors.As(err, &syntax) && syntax.GetToken() != nil {
		return err
	}
	return nil
}

// longBlock is a block mapping under a key of the first level.
type longBlock struct {
	tokens token.Tokens
	starts []int // of keys at which a piece can begin
}

// longBlocks takes the block mappings of more than so many keys out of a document's first level, by the token of the key that
// they stand under. What is left is the frame.
func longBlocks(tokens token.Tokens, keys int) (frame token.Tokens, blocks map[*token.Token]*longBlock) {
	blocks = map[*token.Token]*longBlock{}
	for i := 0; i < len(tokens); {
		from := i
		i += 2 // key and colon
		if !isKey(tokens, from) || tokens[from].Position.Column != 1 || !isKey(tokens, i) || tokens[i].Position.Line == tokens[from].Position.Line {
			frame, i = append(frame, tokens[from]), from+1
			continue
		}
		b := &longBlock{starts: []int{0}}
		first, column, depth := i, tokens[i].Position.Column, 0
		for ; i < len(tokens) && (depth > 0 || tokens[i].Position.Column > 1); i++ {
			switch t := tokens[i]; t.Type {
			case token.MappingStartType, token.SequenceStartType:
				depth++
			case token.MappingEndType, token.SequenceEndType:
				depth--
			default:
				// The place of a null depends on whether something follows, so that no piece ends with one.
				if depth == 0 && t.Position.Column == column && isKey(tokens, i) && tokens[i-1].Type != token.MappingValueType {
					b.starts = append(b.starts, i-first)
				}
			}
		}
		if b.tokens = tokens[first:i]; len(b.starts) > keys {
			frame = append(frame, tokens[from:first]...)
			blocks[tokens[from]] = b
		} else {
			frame = append(frame, tokens[from:i]...)
		}
	}
	return frame, blocks
}

// isKey reports whether a token is a scalar with a colon behind it.
func isKey(tokens token.Tokens, i int) bool {
	return i+1 < len(tokens) && tokens[i].NextType() == token.MappingValueType && tokens[i+1].Type == token.MappingValueType
}

var errPieces = errors.New("a piece of a block mapping is none")

// parsePieces parses the frame and the blocks, and puts each under its key.
func parsePieces(frame token.Tokens, blocks map[*token.Token]*longBlock, keys int) (*ast.File, error) {
	file, err := parser.Parse(frame, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		return nil, err
	}
	for _, doc := range file.Docs {
		root, _ := doc.Body.(*ast.MappingNode)
		if root == nil {
			continue
		}
		for _, v := range root.Values {
			b := blocks[v.Key.GetToken()]
			if b == nil {
				continue
			}
			if v.Value, err = b.parse(keys); err != nil {
				return nil, err
			}
			delete(blocks, v.Key.GetToken())
		}
	}
	if len(blocks) > 0 {
		return nil, errPieces
	}
	return file, nil
}

// parse gives the mapping of a block, parsed in pieces of so many keys.
func (b *longBlock) parse(keys int) (*ast.MappingNode, error) {
	var whole *ast.MappingNode
	for k := 0; k < len(b.starts); k += keys {
		to := len(b.tokens)
		if k+keys < len(b.starts) {
			to = b.starts[k+keys]
		}
		file, err := parser.Parse(b.tokens[b.starts[k]:to], 0, parser.AllowDuplicateMapKey())
		if err != nil {
			return nil, err
		}
		if len(file.Docs) != 1 {
			return nil, errPieces
		}
		piece, ok := file.Docs[0].Body.(*ast.MappingNode)
		switch {
		case !ok || piece.IsFlowStyle:
			return nil, errPieces
		case whole == nil:
			whole = piece
		default:
			whole.Values = append(whole.Values, piece.Values...)
		}
	}
	return whole, nil
}
