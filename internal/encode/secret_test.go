package encode

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/assay-dev/assay/internal/fault"
	"github.com/assay-dev/assay/internal/flow"
)

func TestKeyID(t *testing.T) {
	for key, want := range map[string]string{
		"ask_live_0123456789abcdef":        "ask_live_012",
		"Bearer ask_live_0123456789abcdef": "ask_live_012",
		"token_0123456789abcdef":           "token_012345",
		"live_sk_0123456789abcdef":         "live_sk_0123",
		"test_sk_0123456789abcdef":         "test_sk_0123",
		// The first 12 characters would be much of a short key, and anything of a UUID is too much.
		"ask_live_0123456789ab":                "sha256:9509a2615055",
		"5f0c2f0e-7c1e-4a52-9c5b-1d2f3a4b5c6d": "sha256:d9917e7bbed1",
		"":                                     "sha256:e3b0c44298fc",
	} {
		if got := KeyID([]byte(key)); got != want {
			t.Errorf("%s: %s, want %s", key, got, want)
		}
	}
}

// ER-09: whatever the key and however its header is written, no message of any kind holds it, even where the settings let
// the header travel on.
func TestNoMessageTellsAKey(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := newRig(t)
		name := rapid.SampledFrom([]string{"assay-key", "Assay-Key", "authorization", "AUTHORIZATION", "x-api-key", "X-API-Key"}).Draw(t, "name")
		prefix := rapid.SampledFrom([]string{"", "Bearer ", "ask_live_", "Bearer token_", "live_sk_", "test_sk_"}).Draw(t, "prefix")
		secret := rapid.StringMatching(`[A-Z]{8,40}`).Draw(t, "secret")
		r.chunk.Headers = append(r.chunk.Headers, flow.Header{Key: name, Value: []byte(prefix + secret)})
		r.feed.Allowed = []string{"traceparent", "Assay-Key", "authorization", "X-Api-Key"}
		r.feed.Headers, r.fields = HeadersAll, peopleFields[:1]
		w := r.begin()
		r.sendOneOfEach(w)
		outputs := map[flow.Output]bool{}
		for _, m := range r.sent() {
			outputs[m.out] = true
			if m.header(t, "assay-key-id") == "" {
				t.Fatalf("%s: no assay-key-id", m.out)
			}
			all := string(m.value)
			for _, h := range m.headers {
				if strings.EqualFold(h.Key, name) {
					t.Fatalf("%s has a header %s", m.out, h.Key)
				}
				all += "\n" + string(h.Value)
			}
			if strings.Contains(all, secret) {
				t.Fatalf("%s tells the key: %q", m.out, all)
			}
		}
		if len(outputs) != int(flow.Outputs) {
			t.Fatalf("messages of %d outputs, want %d", len(outputs), flow.Outputs)
		}
	})
}

// sendOneOfEach sends a message of each kind.
func (r *rig) sendOneOfEach(w *Writer) {
	r.tb.Helper()
	for _, rows := range []Rows{NewJSONRows(w), NewCSVRows(w, false), NewArrowRows(w, false)} {
		r.encode(rows, "id,note\n7,a\n")
	}
	_, err := w.Error(&ErrorEvent{Code: fault.InvalidFile, Row: -1})
	for _, err := range []error{err, w.Summary(nil), w.QualityEvent(&Quality{}, 1, nil), w.DeadLetter(&rowLetter), w.DeadLetter(&chunkLetter)} {
		if err != nil {
			r.tb.Fatal(err)
		}
	}
	if _, err := w.Result(&Result{Quality: &Quality{}}); err != nil {
		r.tb.Fatal(err)
	}
}
