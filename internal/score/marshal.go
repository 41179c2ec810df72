package score

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strconv"
)

// Marshal gives the model as a file, with its checksum. The same model gives the same bytes.
func (m *Model) Marshal() []byte {
	b := m.marshal("")
	sum := sha256.Sum256(b)
	return m.marshal(hex.EncodeToString(sum[:]))
}

func (m *Model) marshal(checksum string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "{\n  \"format\": %s,\n  \"version\": %s,\n  \"mapping_version\": %s,\n  \"scale\": %d,\n  \"profiles\": [\n",
		quote(ModelFormat), quote(m.Version), quote(m.MappingVersion), m.Scale)
	for i, name := range m.Profiles {
		fmt.Fprintf(&b, "    {\"id\": %d, \"name\": %s}%s\n", i, quote(name), comma(i, Profiles))
	}
	fmt.Fprintf(&b, "  ],\n  \"bias\": %s,\n  \"tables\": {\n", list(m.Bias))
	for i, t := range m.Tables {
		fmt.Fprintf(&b, "    %s: {\n", quote(t.Variable))
		for j, l := range t.Labels {
			fmt.Fprintf(&b, "      %s: %s%s\n", quote(l.Name), list(l.Entry), comma(j, len(t.Labels)))
		}
		fmt.Fprintf(&b, "    }%s\n", comma(i, len(m.Tables)))
	}
	fit := m.Fit
	if len(fit) == 0 {
		fit = json.RawMessage("{}")
	}
	fmt.Fprintf(&b, "  },\n  \"fit\": %s,\n  \"checksum\": %s\n}\n", fit, quote(checksum))
	return b.Bytes()
}

func list(n [Profiles]int32) string {
	b := []byte{'['}
	for k, x := range n {
		if k > 0 {
			b = append(b, ", "...)
		}
		b = strconv.AppendInt(b, int64(x), 10)
	}
	return string(append(b, ']'))
}

func comma(i, n int) string {
	if i == n-1 {
		return ""
	}
	return ","
}

// quote gives s as JSON, with <, > and & as they are.
func quote(s string) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(s); err != nil {
		panic(err) // a string can always be encoded
	}
	return string(bytes.TrimRight(b.Bytes(), "\n"))
}
