package encode

import (
	"bytes"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/assay-dev/assay/internal/flow"
	"github.com/assay-dev/assay/internal/testkit"
)

// golden compares all that has left with a file of readable text: of each record where it goes, its key, its headers in their
// order, and its value.
func (r *rig) golden(t *testing.T, name string) {
	t.Helper()
	var b bytes.Buffer
	for i, m := range r.sent() {
		if i > 0 {
			b.WriteString("\n\n")
		}
		fmt.Fprintf(&b, "%s/%d key %s\n", m.out, m.partition, quoted(m.key))
		for _, h := range m.headers {
			fmt.Fprintf(&b, "%s: %s\n", h.Key, quoted(h.Value))
		}
		b.WriteByte('\n')
		m.show(t, &b)
	}
	b.WriteByte('\n')
	testkit.Golden(t, filepath.Join("testdata", "golden", name+".txt"), b.Bytes())
}

func quoted(v []byte) string {
	if v == nil {
		return "null"
	}
	return strconv.Quote(string(v))
}

// show writes a value as text from which its bytes can be told.
func (m *message) show(t *testing.T, b *bytes.Buffer) {
	t.Helper()
	switch {
	case m.out == flow.Dead:
		b.WriteString(quoted(m.value))
	case m.out != flow.Scored:
		showDocument(t, b, m.value)
	case bytes.HasPrefix(m.value, []byte("{")):
		b.Write(m.value)
	case bytes.HasPrefix(m.value, []byte("\xff\xff\xff\xff")): // an IPC stream begins with a continuation marker
		b.WriteString(strings.Join(readArrow(t, m.value), "\n"))
	default:
		shown := strings.NewReplacer(`\`, `\\`, "\r\n", `\r\n`+"\n", "\n", `\n`+"\n", "\r", `\r`+"\n").Replace(string(m.value))
		b.WriteString(strings.TrimSuffix(shown, "\n"))
	}
}

// showDocument indents a JSON document, which must be compact: then nothing but blanks differs.
func showDocument(t *testing.T, b *bytes.Buffer, value []byte) {
	t.Helper()
	var compact bytes.Buffer
	if err := json.Compact(&compact, value); err != nil {
		t.Fatalf("%v in %s", err, value)
	}
	if !bytes.Equal(compact.Bytes(), value) {
		t.Errorf("not compact: %s", value)
	}
	if err := json.Indent(b, value, "", "  "); err != nil {
		t.Fatal(err)
	}
}
