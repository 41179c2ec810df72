package cli

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/assay-dev/assay/internal/fault"
	"github.com/assay-dev/assay/internal/flow"
	"github.com/assay-dev/assay/internal/observe"
)

// explanation is a code with the arguments that its texts quote.
type explanation struct {
	*fault.Entry
	details  []flow.Detail
	dialects []string
}

// jsonCode is a code for machines.
type jsonCode struct {
	Code         flow.Code              `json:"code"`
	Category     string                 `json:"category"`
	Direction    string                 `json:"direction"`
	Severity     string                 `json:"severity"`
	Scope        string                 `json:"scope"`
	Title        string                 `json:"title"`
	Meaning      string                 `json:"meaning"`
	Message      string                 `json:"message"`
	Advice       string                 `json:"advice"`
	Retryable    bool                   `json:"retryable"`
	RetryClass   string                 `json:"retry_class"`
	Retry        string                 `json:"retry"`
	RetryAfterMS *int64                 `json:"default_retry_after_ms"`
	Alternate    *jsonAlternate         `json:"alternate"`
	HTTPStatus   *int                   `json:"http_status"`
	Details      []jsonDetail           `json:"details"`
	Dialects     map[string]jsonDialect `json:"dialects,omitempty"`
}

type jsonAlternate struct {
	RetryClass string `json:"retry_class"`
	When       string `json:"when"`
}

type jsonDetail struct {
	Name     string `json:"name"`
	Type     string `json:"type"`
	Required bool   `json:"required"`
}

type jsonDialect struct {
	Status      *int            `json:"status"`
	ContentType string          `json:"content_type"`
	Body        json.RawMessage `json:"body"` // null where the dialect has none
}

func (x *explanation) json() jsonCode {
	j := jsonCode{
		Code: x.Code, Category: x.Category, Direction: x.Direction, Severity: x.Severity, Scope: x.Scope, Title: x.Title, Meaning: x.Trigger,
		Message: x.Fill(x.details), Advice: x.Advice, Retryable: x.Retryable, RetryClass: x.RetryClass, Retry: fault.RetryMeaning(x.RetryClass),
		HTTPStatus: status(x.HTTPStatus), Details: []jsonDetail{},
	}
	if x.DefaultRetryAfterMS >= 0 {
		j.RetryAfterMS = &x.DefaultRetryAfterMS
	}
	if a := x.Alternate; a != nil {
		j.Alternate = &jsonAlternate{a.RetryClass, a.When}
	}
	for _, d := range x.Entry.Details {
		j.Details = append(j.Details, jsonDetail{d.Name, d.Type, d.Required})
	}
	for _, name := range x.dialects {
		if j.Dialects == nil {
			j.Dialects = map[string]jsonDialect{}
		}
		d, _ := fault.ParseDialect(name) // of the catalogue itself
		j.Dialects[name] = jsonDialect{status(fault.HTTPStatus(d, x.Code)), d.ContentType(), x.body(d)}
	}
	return j
}

// status gives nil for a code that is no answer to a request.
func status(n int) *int {
	if n == 0 {
		return nil
	}
	return &n
}

func (x *explanation) body(d fault.Dialect) []byte {
	return fault.AppendBody(nil, d, x.Code, x.details, fault.BodyContext{})
}

// show prints the explanation for people; with only, nothing but the body in the one dialect.
func (x *explanation) show(p *page, w io.Writer, only bool) error {
	if only {
		d, _ := fault.ParseDialect(x.dialects[0])
		_, err := fmt.Fprintf(w, "%s\n", x.body(d))
		return err
	}
	p.line(p.in(bold, string(x.Code)) + "  " + x.Title)
	p.line("")
	field := p.field
	field("meaning", x.Trigger)
	field("message", x.Fill(x.details))
	field("cure", x.Advice)
	retry := x.RetryClass + ", " + fault.RetryMeaning(x.RetryClass)
	if a := x.Alternate; a != nil {
		retry += fmt.Sprintf("; %s %s", a.RetryClass, a.When)
	}
	if x.Category != "data_quality" { // nothing is sent again: the row is scored
		field("retry", retry)
	}
	field("kind", fmt.Sprintf("%s of a %s, %s: %s", x.Severity, x.Scope, strings.ReplaceAll(x.Category, "_", " "), faultOf[x.Direction]))
	var details []string
	for _, d := range x.Entry.Details {
		text := d.Name + " (" + d.Type
		if d.Required {
			text += ", required"
		}
		details = append(details, text+")")
	}
	field("details", cmp.Or(strings.Join(details, ", "), "none"))
	p.section("as each dialect says it")
	for _, name := range x.dialects {
		d, _ := fault.ParseDialect(name)
		if string(x.body(d)) == "null" {
			field(name, "says nothing of it")
			continue
		}
		number := ""
		if n := fault.HTTPStatus(d, x.Code); n != 0 {
			number = fmt.Sprint(n)
		}
		p.line(indent + p.in(dim, padded(name, fieldWidth, false)) + padded(number, 5, false) + string(x.body(d)))
	}
	_, err := io.WriteString(w, p.String())
	return err
}

// fieldWidth is the width of the names on the left.
const fieldWidth = 11

// field writes a name and, beside it, its text in as many lines as it needs.
func (p *page) field(name, text string) {
	for i, line := range wrapped(text, p.width-len(indent)-fieldWidth) {
		if i > 0 {
			name = ""
		}
		p.line(indent + p.in(dim, padded(name, fieldWidth, false)) + line)
	}
}

// jsonCondition is a condition of the service for machines.
type jsonCondition struct {
	Condition string `json:"condition"`
	Meaning   string `json:"meaning"`
	Advice    string `json:"advice"`
	Blocks    bool   `json:"blocks"` // makes the process not ready
}

// condition explains what the service tells of itself.
func (c *explainCmd) condition(s *streams, k observe.Kind) error {
	if c.Dialect != "" || c.Details != "" {
		return usageError("%s is a condition of the service and stands in no event: it has no dialects and details", k)
	}
	if c.JSON {
		return encodeLine(s.out, jsonCondition{k.String(), k.Text(), k.Advice(), k.Blocks()})
	}
	p := newPage(s)
	p.line(p.in(bold, k.String()) + "  a condition of the service, in /readyz?verbose, /status and the log")
	p.line("")
	p.field("meaning", k.Text())
	p.field("cure", k.Advice())
	ready := "the process stays ready"
	if k.Blocks() {
		ready = "the process is not ready while it lasts"
	}
	p.field("ready", ready)
	_, err := io.WriteString(s.out, p.String())
	return err
}

// faultOf says for each direction whose fault it is.
var faultOf = map[string]string{
	"inbound":  "the sender is at fault",
	"upstream": "a system that assay asks is at fault, or the settings for it",
	"internal": "assay is at fault",
}
