package fault

import (
	"github.com/assay-dev/assay/internal/flow"
)

// BodyContext is what a body may need besides the details of the fault. Its zero value is nothing known.
type BodyContext struct {
	RequestID    string // instance of the problem form
	RetryAfterMS int64  // the wait chosen for this event, 0 when none was
	Field        string // the column at fault when it is not among the details
}

// AppendBody appends the error as dialect d says it: compact JSON with the dialect's own order of keys and no line end. It
// appends null where the dialect has no body: for codes that are never an answer to a request, and for unknown codes and
// dialects. Values in details go out as they are; the caller has masked and redacted them (see Clean).
func AppendBody(dst []byte, d Dialect, code flow.Code, details []flow.Detail, ctx BodyContext) []byte {
	e, ok := Lookup(code)
	if !ok || d >= dialects {
		return append(dst, "null"...)
	}
	b := body{Entry: e, alias: e.alias(d), details: details, ctx: ctx}
	if b.alias != nil && b.alias.Wrapper != "" {
		return b.wrapped(dst)
	}
	if e.HTTPStatus == 0 {
		return append(dst, "null"...)
	}
	o := object{dst: dst}
	switch d {
	case Ausynth:
		b.ausynth(&o)
	case Scriptix:
		b.scriptix(&o)
	case Kleene:
		row := kleeneRow(e)
		o.int("status", int64(row.status))
		o.text("meaning", row.meaning)
		o.text("advice", row.advice)
	case Sentinel:
		b.sentinel(&o)
	case Synthient:
		b.synthient(&o)
	case Problem:
		b.problem(&o)
	}
	return o.end()
}

// body is one rendering.
type body struct {
	*Entry
	alias   *Alias // nil: the code is foreign to the dialect
	details []flow.Detail
	ctx     BodyContext
}

// arg gives an argument from the details or, for the few that the context knows too, from there.
func (b *body) arg(name string) (any, bool) {
	if v, ok := find(b.details, name); ok {
		return v, true
	}
	switch {
	case name == "retry_after_seconds" && b.ctx.RetryAfterMS > 0:
		return seconds(b.ctx.RetryAfterMS), true
	case name == "field" && b.ctx.Field != "":
		return b.ctx.Field, true
	case name == "request_id" && b.ctx.RequestID != "":
		return b.ctx.RequestID, true
	}
	return nil, false
}

// wait gives the seconds to wait of a fault that tells its wait (class R1), else false.
func (b *body) wait() (any, bool) {
	if b.RetryClass != "R1" {
		return nil, false
	}
	if v, ok := b.arg("retry_after_seconds"); ok {
		return v, true
	}
	return seconds(b.DefaultRetryAfterMS), b.DefaultRetryAfterMS > 0
}

// seconds rounds up, so that nobody comes back too early.
func seconds(ms int64) int64 { return (ms + 999) / 1000 }

func (b *body) fill(template string) string { return string(appendFilled(nil, template, b.arg)) }

// text gives the filled message of the dialect's own form, else of the catalogue.
func (b *body) text() string {
	template := b.Message
	if b.alias != nil && b.alias.Message != "" {
		template = b.alias.Message
		if v := b.variant(); v != nil && v.Message != "" {
			template = v.Message
		}
	}
	if s := b.fill(template); s != "" {
		return s
	}
	return b.fill(b.Message) // the form quotes an argument that is absent or empty
}

func (b *body) variant() *Variant {
	for i := range b.alias.Variants {
		if b.holds(b.alias.Variants[i].When) {
			return &b.alias.Variants[i]
		}
	}
	return nil
}

func (b *body) holds(conditions []Condition) bool {
	for _, c := range conditions {
		v, ok := b.arg(c.Arg)
		if !ok || string(appendText(nil, v, ", ")) != c.Value {
			return false
		}
	}
	return true
}

func (b *body) pairs(o *object, pairs []Pair) {
	for _, p := range pairs {
		if v, ok := b.arg(p.Arg); ok {
			o.value(p.Key, v)
		}
	}
}

// fieldErrors gives the fields at fault with their messages, and whether the fault is one of fields.
func (b *body) fieldErrors() (flow.Messages, bool) {
	switch {
	case b.alias != nil && b.alias.AllErrors:
		v, _ := b.arg("errors")
		errors, _ := v.(flow.Messages)
		return errors, true
	case b.alias != nil && len(b.alias.Errors) > 0:
		errors := b.alias.Errors
		if v := b.variant(); v != nil && len(v.Errors) > 0 {
			errors = v.Errors
		}
		filled := make(flow.Messages, len(errors))
		for i, m := range errors {
			filled[i].Field = b.fill(m.Field)
			for _, t := range m.Text {
				filled[i].Text = append(filled[i].Text, b.fill(t))
			}
		}
		return filled, true
	case b.alias == nil && b.Scope == "row" && b.Category == "validation":
		v, _ := b.arg("field")
		field, _ := v.(string)
		if field == "" {
			return nil, false
		}
		template := b.FieldMessage
		if template == "" {
			template = b.Message
		}
		return flow.Messages{{Field: field, Text: []string{b.fill(template)}}}, true
	}
	return nil, false
}
