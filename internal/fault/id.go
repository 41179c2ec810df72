package fault

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"

	"github.com/assay-dev/assay/internal/flow"
)

// AppendEventID appends the id of an event: 32 hexadecimal digits, the first half of SHA-256 over topic, partition, offset,
// row, code, field and rule, joined by line feeds. A row of -1 and empty texts are absent parts. The same fault of the same
// offset has the same id however often it is read.
func AppendEventID(dst []byte, at flow.Position, row int64, code flow.Code, field, rule string) []byte {
	var room [256]byte
	b := append(room[:0], at.Topic...)
	b = append(b, '\n')
	b = strconv.AppendInt(b, int64(at.Partition), 10)
	b = append(b, '\n')
	b = strconv.AppendInt(b, at.Offset, 10)
	b = append(b, '\n')
	if row >= 0 {
		b = strconv.AppendInt(b, row, 10)
	}
	for _, s := range [...]string{string(code), field, rule} {
		b = append(b, '\n')
		b = append(b, s...)
	}
	sum := sha256.Sum256(b)
	return hex.AppendEncode(dst, sum[:16])
}

// EventID gives the same id as a string.
func EventID(at flow.Position, row int64, code flow.Code, field, rule string) string {
	return string(AppendEventID(nil, at, row, code, field, rule))
}
