package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/assay-dev/assay/schemas"
)

// The generated files are checked in: a change of the catalogue without go generate must not pass.
func TestGeneratedFilesAreCurrent(t *testing.T) {
	files, err := generate(schemas.Errors)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range files {
		got, err := os.ReadFile(filepath.Join("..", name))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is out of date: run go generate ./internal/fault", name)
		}
	}
}

func TestConstant(t *testing.T) {
	for code, want := range map[string]string{
		"INVALID_FILE":          "InvalidFile",
		"INVALID_IP_ADDRESS":    "InvalidIPAddress",
		"MISSING_API_KEY":       "MissingAPIKey",
		"UPSTREAM_URI_TOO_LONG": "UpstreamURITooLong",
		"DQ_SUMMARY":            "DQSummary",
		"INVALID_ID":            "InvalidID",
	} {
		if got := constant(code); got != want {
			t.Errorf("constant(%s) = %s, want %s", code, got, want)
		}
	}
}

func TestGenerateRefuses(t *testing.T) {
	for _, c := range []struct{ name, data, want string }{
		{"no JSON", `[`, "unexpected EOF"},
		{"unknown key", `[{"code":"A","colour":"red"}]`, `unknown field "colour"`},
		{"code twice", `[{"code":"A"},{"code":"A"}]`, `entry 1: code "A" is malformed or not unique`},
		{"code in lower case", `[{"code":"a"}]`, `entry 0: code "a" is malformed`},
		{"unknown dialect", `[{"code":"A","aliases":{"009":{}}}]`, "A: 1 aliases for unknown dialects"},
		{"details_from", `[{"code":"A","aliases":{"001":{"details_from":"x"}}}]`, `A: dialect 001: details_from "x" is unknown`},
		{"errors_from", `[{"code":"A","aliases":{"004":{"errors_from":"x"}}}]`, `A: dialect 004: errors_from "x" is unknown`},
		{"two texts", `[{"code":"A","aliases":{"004":{"message":"m","detail":"d"}}}]`, "A: dialect 004: message and detail"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := generate([]byte(c.data)); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}
