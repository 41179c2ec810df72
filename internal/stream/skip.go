package stream

import (
	"bufio"
	"errors"
	"io"

	"github.com/assay-dev/assay/internal/charset"
)

// Skip reads the first n lines of a text off in, and gives how many lines these were, and how many bytes in the charset that the text was
// made UTF-8 of: fewer lines only when there are no more. Lines end as editors have it: at LF and CRLF, and at lone CRs when the first line ends in one.
func Skip(in *bufio.Reader, n int, set charset.Charset) (lines, bytes int64, err error) {
	lone, open := false, false
	for lines < int64(n) {
		b, err := in.ReadByte()
		if errors.Is(err, io.EOF) {
			if open {
				lines++
			}
			return lines, bytes, nil
		}
		if err != nil {
			return lines, bytes, err
		}
		bytes += int64(set.Size([]byte{b}))
		open = true
		switch b {
		case '\n':
			lines, open = lines+1, false
		case '\r':
			next, err := in.Peek(1)
			if err != nil && !errors.Is(err, io.EOF) {
				return lines, bytes, err
			}
			if len(next) > 0 && next[0] == '\n' {
				continue // the line feed ends the line
			}
			lone = lone || lines == 0
			if lone {
				lines, open = lines+1, false
			}
		}
	}
	return lines, bytes, nil
}
