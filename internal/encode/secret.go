package encode

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/assay-dev/assay/internal/flow"
)

// secretHeaders leave in no message; assay-key-id names their value instead.
var secretHeaders = [...]string{"assay-key", "authorization", "x-api-key"}

// Secret reports whether a header of this name, in any case of letters, holds a key.
func Secret(name string) bool {
	for _, s := range secretHeaders {
		if strings.EqualFold(name, s) {
			return true
		}
	}
	return false
}

// keyPrefixes are the forms of keys whose first characters may be shown.
var keyPrefixes = [...]string{"ask_live_", "token_", "live_sk_", "test_sk_"}

// shownKey is how many characters of such a key are shown, as long as more than that stay hidden.
const shownKey = 12

// KeyID names a key without telling it: the first 12 characters of a long key with a known prefix, else a digest.
func KeyID(key []byte) string {
	s := strings.TrimPrefix(string(key), "Bearer ")
	for _, p := range keyPrefixes {
		if strings.HasPrefix(s, p) && len(s)-len(p) > shownKey {
			return s[:shownKey]
		}
	}
	sum := sha256.Sum256([]byte(s))
	return "sha256:" + hex.EncodeToString(sum[:6])
}

// withoutSecret gives a header of the input as it may leave.
func withoutSecret(h flow.Header) flow.Header {
	if Secret(h.Key) {
		return flow.Header{Key: "assay-key-id", Value: []byte(KeyID(h.Value))}
	}
	return h
}
