package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"mime"
	"strings"
	"unicode/utf8"

	"github.com/assay-dev/assay/internal/charset"
	"github.com/assay-dev/assay/internal/fault"
	"github.com/assay-dev/assay/internal/wire"
	"github.com/assay-dev/assay/pipeline"
)

// The formats of messages.
const (
	formatNull  = "null"
	formatJSON  = "json"
	formatArrow = "arrow"
	formatCSV   = "csv"
	formatText  = "text"
	formatBytes = "bytes"
)

// content is a message's value, decompressed and decoded.
type content struct {
	format string
	note   string // what had to be undone
	text   []byte // UTF-8, or any bytes where the format is those
	schema string // of Arrow
	rows   []json.RawMessage
}

// inspectLimit bounds a value that is decompressed.
const inspectLimit = 256 << 20

// header gives the last value of a header, or "".
func (m *message) header(name string) string {
	for i := len(m.headers) - 1; i >= 0; i-- {
		if strings.EqualFold(m.headers[i].Key, name) {
			return string(m.headers[i].Value)
		}
	}
	return ""
}

// codec gives what the value is compressed with, if it is.
func (m *message) codec() (wire.Codec, bool) {
	codec, _ := wire.ContentEncoding(m.header("content-encoding"))
	return codec, codec != wire.None
}

// decompressed gives the value as it was before it was compressed.
func (m *message) decompressed() ([]byte, error) {
	codec, ok := m.codec()
	if !ok {
		return m.value, nil
	}
	plain, err := (&wire.Decompressor{Limit: inspectLimit}).Open(nil, codec, m.value)
	if err != nil {
		return nil, fmt.Errorf("not whole %s: %w", codec, err)
	}
	return plain, nil
}

// read finds out what a message's value is: by its content type, or else by what it looks like.
func (m *message) read() content {
	if m.value == nil {
		return content{format: formatNull}
	}
	plain, err := m.decompressed()
	if err != nil {
		return content{format: formatBytes, text: m.value, note: err.Error()}
	}
	c := content{text: plain}
	if codec, ok := m.codec(); ok {
		c.note = codec.String()
	}
	kind, parameters, err := mime.ParseMediaType(m.header("content-type"))
	if err != nil {
		kind = ""
	}
	switch {
	case kind == "application/vnd.apache.arrow.stream" || bytes.HasPrefix(c.text, []byte("\xff\xff\xff\xff")):
		if err := c.arrow(); err == nil {
			return c
		}
		c.format = formatBytes
		return c
	case json.Valid(c.text):
		c.format = formatJSON
		return c
	}
	declared, _ := charset.Parse(parameters["charset"]) // UTF-8 where there is none
	if set, mark := charset.Sniff(c.text, declared); set != charset.UTF8 {
		c.text, _ = set.Append(nil, c.text[mark:], true)
		c.note = strings.TrimSpace(c.note + " " + set.String())
	}
	switch {
	case !utf8.Valid(c.text) && kind != "text/csv":
		c.format = formatBytes
	case kind == "text/csv":
		c.format = formatCSV
	default:
		c.format = formatText
	}
	return c
}

// arrow reads the value as an Arrow stream.
func (c *content) arrow() error {
	for record, err := range pipeline.Records(c.text) {
		if err != nil {
			return err
		}
		var names []string
		for _, f := range record.Schema().Fields() {
			names = append(names, f.Name)
			if len(c.rows) == 0 {
				c.schema += fmt.Sprintf("%s: %s\n", f.Name, f.Type)
			}
		}
		text, err := record.MarshalJSON()
		if err != nil {
			return err
		}
		var rows []map[string]json.RawMessage
		if err := json.Unmarshal(text, &rows); err != nil {
			return err
		}
		for _, row := range rows {
			c.rows = append(c.rows, inOrder(names, row))
		}
	}
	c.format = formatArrow
	return nil
}

// inOrder gives a row as an object with its members in the order of the columns.
func inOrder(names []string, row map[string]json.RawMessage) json.RawMessage {
	b := []byte{'{'}
	for i, name := range names {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(fault.AppendJSONString(b, []byte(name)), ':')
		b = append(b, row[name]...)
	}
	return append(b, '}')
}
