package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
)

// entry is one object of errors.json. A key that is not here is refused, so that the catalogue cannot say something that the
// product does not know.
type entry struct {
	Code                string           `json:"code"`
	HTTPStatus          *int             `json:"http_status"`
	Category            string           `json:"category"`
	Direction           string           `json:"direction"`
	Severity            string           `json:"severity"`
	Scope               string           `json:"scope"`
	Title               string           `json:"title"`
	Message             string           `json:"message"`
	Retryable           bool             `json:"retryable"`
	RetryClass          string           `json:"retry_class"`
	DefaultRetryAfterMS *int64           `json:"default_retry_after_ms"`
	Alternate           *alternate       `json:"alternate"`
	Details             []detail         `json:"details"`
	FieldMessage        string           `json:"field_message"`
	Trigger             string           `json:"trigger"`
	Advice              string           `json:"advice"`
	Doc                 string           `json:"doc"`
	Aliases             map[string]alias `json:"aliases"`
}

type alternate struct {
	RetryClass string `json:"retry_class"`
	When       string `json:"when"`
}

type detail struct {
	Name     string `json:"name"`
	Type     string `json:"type"`
	Required bool   `json:"required"`
}

type alias struct {
	Basis         string              `json:"basis"` // where the form comes from; only documentation needs it
	Status        int                 `json:"status"`
	HTTPStatus    int                 `json:"http_status"`
	ProblemStatus int                 `json:"problem_http_status"`
	Name          *string             `json:"name"`
	Error         string              `json:"error"`
	Message       *string             `json:"message"`
	Detail        string              `json:"detail"`
	ErrorCode     *string             `json:"error_code"`
	Fields        [][2]string         `json:"fields"`
	Top           [][2]string         `json:"top"`
	Details       [][2]string         `json:"details"`
	DetailsFrom   string              `json:"details_from"`
	ErrorsFrom    string              `json:"errors_from"`
	Title         string              `json:"title"`
	Errors        map[string][]string `json:"errors"`
	Wrapper       string              `json:"wrapper"`
	Variants      []variant           `json:"variants"`
}

type variant struct {
	When    map[string]string   `json:"when"`
	Message string              `json:"message"`
	Errors  map[string][]string `json:"errors"`
}

// dialects gives the constant of each dialect that the catalogue numbers.
var dialects = []struct{ number, constant string }{
	{"000", "Ausynth"}, {"001", "Scriptix"}, {"002", "Kleene"}, {"003", "Sentinel"}, {"004", "Synthient"},
}

var codeForm = regexp.MustCompile(`^[A-Z]+(_[A-Z]+)*$`)

func read(data []byte) ([]entry, error) {
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	var entries []entry
	if err := dec.Decode(&entries); err != nil {
		return nil, fmt.Errorf("reading the catalogue: %w", err)
	}
	seen := map[string]bool{}
	for i := range entries {
		e := &entries[i]
		if !codeForm.MatchString(e.Code) || seen[e.Code] {
			return nil, fmt.Errorf("entry %d: code %q is malformed or not unique", i, e.Code)
		}
		seen[e.Code] = true
		if err := check(e); err != nil {
			return nil, fmt.Errorf("%s: %w", e.Code, err)
		}
	}
	return entries, nil
}

// check refuses what the generated table could not express.
func check(e *entry) error {
	known := 0
	for _, d := range dialects {
		a, ok := e.Aliases[d.number]
		if !ok {
			continue
		}
		known++
		if a.DetailsFrom != "" && a.DetailsFrom != "errors_first" {
			return fmt.Errorf("dialect %s: details_from %q is unknown", d.number, a.DetailsFrom)
		}
		if a.ErrorsFrom != "" && a.ErrorsFrom != "errors" {
			return fmt.Errorf("dialect %s: errors_from %q is unknown", d.number, a.ErrorsFrom)
		}
		if a.Message != nil && a.Detail != "" {
			return fmt.Errorf("dialect %s: message and detail", d.number)
		}
	}
	if known != len(e.Aliases) {
		return fmt.Errorf("%d aliases for unknown dialects", len(e.Aliases)-known)
	}
	return nil
}

// initialisms keep their capitals in names of constants.
var initialisms = map[string]bool{"API": true, "ID": true, "IP": true, "URI": true, "DQ": true}

// constant gives the Go name of a code: INVALID_IP_ADDRESS is InvalidIPAddress.
func constant(code string) string {
	words := strings.Split(code, "_")
	for i, w := range words {
		if !initialisms[w] {
			words[i] = w[:1] + strings.ToLower(w[1:])
		}
	}
	return strings.Join(words, "")
}
