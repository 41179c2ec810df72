package fault

import (
	"strings"

	"github.com/assay-dev/assay/internal/flow"
)

// The forms of the dialects. Each writes its members in the order of its system's documentation; kleene is a table of its own.

func (b *body) ausynth(o *object) {
	if b.alias != nil {
		o.text("error", b.alias.Error)
		b.pairs(o, b.alias.Fields)
		if b.alias.Message != "" {
			o.text("message", b.text())
		}
		return
	}
	o.text("error", strings.ToLower(string(b.Code)))
	if v, ok := b.wait(); ok {
		o.value("retry_after_seconds", v)
	}
	o.text("message", b.text())
}

// wrapped is the form of codes that are no errors: one member that holds all others.
func (b *body) wrapped(dst []byte) []byte {
	inner := object{}
	b.pairs(&inner, b.alias.Fields)
	o := object{dst: dst}
	o.name(b.alias.Wrapper)
	o.dst = append(o.dst, inner.end()...)
	return o.end()
}

func (b *body) scriptix(o *object) {
	if b.alias == nil {
		title := b.Title
		if b.HTTPStatus == 429 {
			title = "Rate Limit Exceeded"
		}
		o.text("error", title)
		o.text("message", b.text())
		o.text("error_code", string(b.Code))
		if v, ok := b.wait(); ok {
			o.value("retry_after", v)
		}
		if len(b.details) > 0 {
			o.name("details")
			o.dst = AppendDetails(o.dst, b.details)
		}
		return
	}
	o.text("error", b.alias.Error)
	o.text("message", b.text())
	if b.alias.ErrorCode != "" {
		o.text("error_code", b.alias.ErrorCode)
	}
	b.pairs(o, b.alias.Fields)
	inner := object{}
	b.pairs(&inner, b.alias.Details)
	if b.alias.FirstErrors {
		v, _ := b.arg("errors")
		errors, _ := v.(flow.Messages)
		for _, m := range errors {
			if len(m.Text) > 0 {
				inner.text(m.Field, m.Text[0])
			}
		}
	}
	if inner.some {
		o.name("details")
		o.dst = append(o.dst, inner.end()...)
	}
}

func (b *body) sentinel(o *object) {
	title := b.Title
	if b.alias != nil {
		title = b.alias.Error
	}
	o.text("error", title)
	o.text("message", b.text())
	o.int("status", int64(HTTPStatus(Sentinel, b.Code)))
}

func (b *body) synthient(o *object) {
	errors, ok := b.fieldErrors()
	if !ok {
		o.text("detail", b.text())
		return
	}
	o.text("title", fieldFault)
	o.value("errors", errors)
}

func (b *body) problem(o *object) {
	errors, ok := b.fieldErrors()
	title, text := b.Title, ""
	if ok {
		title, text = fieldFault, firstText(errors)
	}
	if text == "" {
		text = b.text()
	}
	o.text("type", "about:blank")
	o.text("title", title)
	o.int("status", int64(HTTPStatus(Problem, b.Code)))
	o.text("detail", text)
	if b.ctx.RequestID != "" {
		o.text("instance", b.ctx.RequestID)
	}
	if ok {
		o.value("errors", errors)
	}
}

// fieldFault is the title of faults that name fields.
const fieldFault = "Validation error"
