package detect

import "github.com/assay-dev/assay/internal/flow"

// chooseKey gives the column that is most likely the key, or -1, and marks it. It must be unique and never empty, and either
// have a key's name or, in enough rows, be the first column or a UUID.
func chooseKey(columns []Column, rows int64) int {
	best, most := -1, 1
	for i := range columns {
		c := &columns[i]
		switch c.Field.Type {
		case flow.String, flow.Int64, flow.UUID, flow.Date, flow.Timestamp:
		default:
			continue
		}
		if !c.Unique || c.Longest > maxShown || personal(c.Header) != "" && keyName(c.Header) == 0 {
			continue
		}
		score := keyName(c.Header)
		if rows >= keyCells {
			if i == 0 {
				score += 2
			}
			if c.Field.Type == flow.UUID {
				score += 2
			}
		}
		if score > most {
			best, most = i, score
		}
	}
	if best >= 0 {
		c := &columns[best]
		c.Field.Key, c.Field.Required = true, true
		c.note("the key? No value comes twice in %s, and none is empty", plural(rows, "row"))
	}
	return best
}
