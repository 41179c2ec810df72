package wire

import (
	"fmt"
	"strings"
)

// Codec is the compression of a record batch, numbered as in its attributes.
type Codec uint8

// The codecs of Kafka.
const (
	None Codec = iota
	Gzip
	Snappy
	LZ4
	Zstd
	codecs
)

var codecNames = [codecs]string{"none", "gzip", "snappy", "lz4", "zstd"}

// String gives the codec's name in the settings, which is also Kafka's.
func (c Codec) String() string {
	if c < codecs {
		return codecNames[c]
	}
	return fmt.Sprintf("Codec(%d)", uint8(c))
}

// ParseCodec gives the codec called s.
func ParseCodec(s string) (Codec, error) {
	for i, n := range codecNames {
		if n == s {
			return Codec(i), nil
		}
	}
	return None, fmt.Errorf("unknown compression %q: want none, gzip, snappy, lz4 or zstd", s)
}

// ContentEncoding gives the codec that a message's content-encoding names, in any case and with all its names; None is identity,
// or no name.
func ContentEncoding(name string) (c Codec, ok bool) {
	switch strings.ToLower(strings.TrimSpace(name)) {
	case "", "identity":
		return None, true
	case "gzip", "x-gzip":
		return Gzip, true
	case "zstd":
		return Zstd, true
	}
	return None, false
}
