package fault

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/assay-dev/assay/internal/flow"
)

// ER-10: the same place gives the same id, another part of it another one.
func TestEventID(t *testing.T) {
	at := flow.Position{Topic: "census.in", Partition: 3, Offset: 42}
	id := EventID(at, 7, MissingField, "AGE", "")
	sum := sha256.Sum256([]byte("census.in\n3\n42\n7\nMISSING_FIELD\nAGE\n"))
	if want := hex.EncodeToString(sum[:16]); id != want {
		t.Errorf("got %s, want %s", id, want)
	}
	chunk := sha256.Sum256([]byte("census.in\n3\n42\n\nDQ_SUMMARY\n\n"))
	if got, want := EventID(at, -1, DQSummary, "", ""), hex.EncodeToString(chunk[:16]); got != want {
		t.Errorf("of a chunk: got %s, want %s", got, want)
	}
	seen := map[string]bool{}
	for _, other := range []string{
		id,
		EventID(flow.Position{Topic: "census.im", Partition: 3, Offset: 42}, 7, MissingField, "AGE", ""),
		EventID(flow.Position{Topic: "census.in", Partition: 4, Offset: 42}, 7, MissingField, "AGE", ""),
		EventID(flow.Position{Topic: "census.in", Partition: 3, Offset: 43}, 7, MissingField, "AGE", ""),
		EventID(at, 8, MissingField, "AGE", ""),
		EventID(at, 0, MissingField, "AGE", ""),
		EventID(at, -1, MissingField, "AGE", ""),
		EventID(at, 7, InvalidFormat, "AGE", ""),
		EventID(at, 7, MissingField, "SEX", ""),
		EventID(at, 7, MissingField, "", "AGE"),
	} {
		if seen[other] {
			t.Errorf("id %s twice", other)
		}
		seen[other] = true
	}
}

func TestEventIDAllocates(t *testing.T) {
	at := flow.Position{Topic: strings.Repeat("t", 100), Partition: 1, Offset: 1 << 40}
	dst := make([]byte, 0, 64)
	if n := testing.AllocsPerRun(100, func() { dst = AppendEventID(dst[:0], at, 1, InvalidFile, "field", "") }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
