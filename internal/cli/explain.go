package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/assay-dev/assay/internal/fault"
	"github.com/assay-dev/assay/internal/flow"
	"github.com/assay-dev/assay/internal/observe"
	"github.com/assay-dev/assay/internal/suggest"
)

type explainCmd struct {
	Code    string `arg:"" optional:"" help:"An error code, such as MISSING_FIELD, or a condition of the service, such as DATA_LOST."`
	List    bool   `help:"List all codes."`
	Dialect string `placeholder:"NAME" help:"Only as this dialect says it: problem, ausynth, scriptix, kleene, sentinel or synthient."`
	Details string `placeholder:"JSON" help:"The details of the error, which the message and the bodies quote (default: their names)."`
	JSON    bool   `help:"Print JSON: one line, with --list one for each code."`
}

func (c *explainCmd) Run(s *streams) error {
	switch {
	case c.List && c.Code != "":
		return usageError("--list is for all codes: leave out %s", c.Code)
	case c.List && (c.Dialect != "" || c.Details != ""):
		return usageError("--dialect and --details are for one code")
	case c.List:
		return c.list(s)
	case c.Code == "":
		return usageError("which code? assay explain MISSING_FIELD, or --list for all")
	}
	e, kind, err := lookUp(c.Code)
	if err != nil {
		return err
	}
	if e == nil {
		return c.condition(s, kind)
	}
	x := explanation{Entry: e, details: e.Example(), dialects: fault.DialectNames()}
	if c.Dialect != "" {
		if _, ok := fault.ParseDialect(c.Dialect); !ok {
			return usageError("--dialect %s: there is %s%s", c.Dialect, strings.Join(x.dialects, ", "), meant(c.Dialect, x.dialects))
		}
		x.dialects = []string{c.Dialect}
	}
	if c.Details != "" {
		if x.details, err = e.ParseDetails([]byte(c.Details)); err != nil {
			return usageError("--details: %v", err)
		}
	}
	if c.JSON {
		return encodeLine(s.out, x.json())
	}
	return x.show(newPage(s), s.out, c.Dialect != "")
}

// lookUp finds a code of the catalogue or, with a nil entry, a condition of the service, however it is written.
func lookUp(code string) (*fault.Entry, observe.Kind, error) {
	name := strings.ReplaceAll(strings.ToUpper(code), "-", "_")
	if e, ok := fault.Lookup(flow.Code(name)); ok {
		return e, 0, nil
	}
	var known []string
	for _, k := range fault.Codes() {
		known = append(known, string(k))
	}
	for _, k := range observe.Kinds() {
		if k.String() == name {
			return nil, k, nil
		}
		known = append(known, k.String())
	}
	return nil, 0, usageError("there is no code %s (assay explain --list has them all)%s", code, meant(name, known))
}

// meant asks whether another word was meant.
func meant(word string, known []string) string {
	if near := suggest.Nearest(word, known); near != "" {
		return "; did you mean " + near + "?"
	}
	return ""
}

// encodeLine writes JSON as people's tools like it: one line, with < and > as they are.
func encodeLine(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// list prints all codes.
func (c *explainCmd) list(s *streams) error {
	p := newPage(s)
	g := &grid{titles: []string{"CODE", "RETRY", "HTTP", "MEANING"}, right: []bool{false, false, true, false}}
	for _, code := range fault.Codes() {
		e, _ := fault.Lookup(code)
		if c.JSON {
			x := explanation{Entry: e}
			j := x.json()
			j.Message = e.Message // the template
			if err := encodeLine(s.out, j); err != nil {
				return err
			}
			continue
		}
		number := "-"
		if e.HTTPStatus != 0 {
			number = fmt.Sprint(e.HTTPStatus)
		}
		g.rows = append(g.rows, []string{string(code), e.RetryClass, number, e.Trigger})
	}
	conditions := &grid{titles: []string{"CONDITION", "MEANING"}}
	for _, k := range observe.Kinds() {
		if c.JSON {
			if err := encodeLine(s.out, jsonCondition{k.String(), k.Text(), k.Advice(), k.Blocks()}); err != nil {
				return err
			}
		}
		conditions.rows = append(conditions.rows, []string{k.String(), k.Text()})
	}
	if c.JSON {
		return nil
	}
	p.grid(g)
	p.line("")
	p.grid(conditions)
	_, err := io.WriteString(s.out, p.String())
	return err
}
