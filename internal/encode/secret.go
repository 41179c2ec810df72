package encode

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/assay-dev/assay/internal/flow"
)

// secretHeaders leave in no message; assay-key-id names their value instead.
var secretHeaders = [...]string{"assay-key", "authorization", "x-api-key"}

func secret(name string) bool {
	for _, s := range secretHeaders {
		if equalFold(name, s) {
			return true
		}
	}
	return false
}

// keyPrefixes are the forms of keys whose first 12 characters may be shown.
var keyPrefixes = [...]string{"ask_live_", "token_", "live_sk_", "test_sk_"}

// KeyID names a key without telling it: the first 12 characters of a key with a known prefix, else a digest.
func KeyID(key []byte) string {
	s := strings.TrimPrefix(string(key), "Bearer ")
	for _, p := range keyPrefixes {
		if strings.HasPrefix(s, p) && len(s) > 12 {
			return s[:12]
		}
	}
	sum := sha256.Sum256([]byte(s))
	return "sha256:" + hex.EncodeToString(sum[:6])
}

// withoutSecrets appends the input's headers to dst, each secret one replaced by its key's id.
func withoutSecrets(dst, headers []flow.Header) []flow.Header {
	for _, h := range headers {
		if secret(h.Key) {
			h = flow.Header{Key: "assay-key-id", Value: []byte(KeyID(h.Value))}
		}
		dst = append(dst, h)
	}
	return dst
}
