package feed

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"unicode"

	"github.com/assay-dev/assay/internal/charset"
	"github.com/assay-dev/assay/internal/flow"
)

// object is a JSON object. Its members are written in the order of their names.
type object = map[string]any

// JSONSchema gives the JSON Schema (draft 2020-12) of contracts, for editors. It is made from the loader's own table of keys. It
// takes whatever the loader takes. It cannot see what one part of a contract says of another, such as labels of which one is a
// number and one the same in quotes, nor the files beside it.
func JSONSchema() []byte {
	s := blockSchema(contractSpec)
	s["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	s["$id"] = "https://github.com/assay-dev/assay/schemas/contract.schema.json"
	s["title"] = "assay contract"
	s["$defs"] = object{"scalar": object{
		"description": "Text. YAML may take it for a number or a truth value.",
		"type":        []string{"string", "number", "boolean"}, "minLength": 1,
	}}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(s); err != nil {
		panic("feed: the schema is made of what JSON can say: " + err.Error())
	}
	return b.Bytes()
}

// blockSchema gives the schema of a mapping with these keys.
func blockSchema(fields []field) object {
	s := object{"type": "object", "additionalProperties": false}
	properties := object{}
	var required []string
	for i := range fields {
		f := &fields[i]
		p := valueSchema(f)
		p["description"] = f.doc
		properties[f.name] = p
		if f.must {
			required = append(required, f.name)
		}
	}
	s["properties"] = properties
	if required != nil {
		s["required"] = required
	}
	if all := variants(fields); all != nil {
		s["allOf"] = all
	}
	return s
}

func scalarSchema() object { return object{"$ref": "#/$defs/scalar"} }

// formedSchema is that of a text of a form. A number is a text to the loader, and its sign may be against the form.
func formedSchema(f form) object {
	s := scalarSchema()
	if f.pattern != nil {
		s["pattern"] = f.pattern.String()
		if !f.pattern.MatchString("-1") {
			s["minimum"] = 0
		}
	}
	return s
}

// valueSchema gives the schema of a key's value.
func valueSchema(f *field) object {
	switch f.kind {
	case optional:
		return object{"anyOf": []object{scalarSchema(), {"type": "null"}}}
	case words:
		return object{"enum": f.words}
	case charsetName:
		return object{"anyOf": []object{{"enum": f.words}, {"type": "string", "pattern": `^\s*` + anyCase(charset.Spellings()) + `\s*$`}}}
	case truth:
		return object{"type": "boolean"}
	case char:
		// ASCII without NUL, line ends and what InValues names.
		return object{"type": "string", "pattern": `^[\x01-\x09\x0B\x0C\x0E-*,/:-@\[-` + "`" + `{-\x7F]$`}
	case count:
		return object{"anyOf": []object{{"type": "integer", "minimum": 1}, {"type": "string", "pattern": "^" + countPattern + "$"}}}
	case size:
		return object{"anyOf": []object{{"type": "integer", "minimum": 1}, {"type": "string", "pattern": "^" + countPattern + " *([kKMGT]i?B|B)?$"}}}
	case number:
		return numberSchema()
	case typeName:
		return typeSchema()
	case list:
		return listSchema(f.form)
	case block:
		return blockSchema(f.fields)
	case named:
		s := namesSchema(f.form, blockSchema(f.fields))
		if f.must {
			s["minProperties"] = 1
		}
		return s
	case texts:
		return object{"type": "object", "additionalProperties": formedSchema(f.form), "propertyNames": object{"minLength": 1}}
	case numbers:
		s := namesSchema(form{}, numberSchema())
		s["minProperties"] = 1
		return s
	case rules:
		return namesSchema(f.form, object{"anyOf": []object{scalarSchema(), blockSchema(f.fields)}})
	case adds:
		mapping := namesSchema(f.form, scalarSchema())
		mapping["minProperties"] = 1
		return object{"anyOf": []object{listSchema(f.form), mapping}}
	}
	return formedSchema(f.form) // scalar, file, expression
}

// countPattern is what ParseCount takes, but for 0.
const countPattern = "(0_?)*[1-9][0-9]*(_[0-9]+)*"

func numberSchema() object {
	return object{"anyOf": []object{{"type": "number"}, {"type": "string", "pattern": numberForm.String()}}}
}

func listSchema(f form) object {
	return object{"type": "array", "items": formedSchema(f), "minItems": 1, "uniqueItems": true}
}

func typeSchema() object {
	names := slices.DeleteFunc(typeNames(), func(s string) bool { return s == "decimal" })
	return object{"anyOf": []object{{"enum": names}, {"type": "string", "pattern": decimalPattern}}}
}

// decimalPattern is decimalForm with the digits that there can be.
const decimalPattern = `^decimal\( *(0?[1-9]|[12][0-9]|3[0-8]) *, *([0-2]?[0-9]|3[0-8]) *\)$`

// anyCase gives a pattern of words that are taken without regard to case. JSON Schema has no flag for that.
func anyCase(words []string) string {
	var b strings.Builder
	for i, w := range words {
		if i > 0 {
			b.WriteByte('|')
		}
		for _, r := range w {
			if upper := unicode.ToUpper(r); upper != r {
				b.WriteString("[" + string(r) + string(upper) + "]")
			} else {
				b.WriteRune(r)
			}
		}
	}
	return "(" + b.String() + ")"
}

// namesSchema gives the schema of a mapping from names to values.
func namesSchema(f form, value object) object {
	s := object{"type": "object", "additionalProperties": value}
	if f.pattern != nil {
		s["propertyNames"] = object{"pattern": f.pattern.String()}
	}
	return s
}

// variants gives what holds for columns of some types and for scorers of some kinds: keys that only they have, and keys that
// they need or do not take.
func variants(fields []field) []object {
	only := map[string]object{}
	for _, f := range fields {
		for _, word := range f.only {
			if only[word] == nil {
				only[word] = object{}
			}
			only[word][f.name] = false
		}
	}
	var all []object
	switch {
	case lookup(fields, "type") != nil:
		for _, t := range typeNames() {
			if only[t] == nil {
				continue
			}
			rule := object{"if": is("type", t), "else": object{"properties": only[t]}}
			if t == flow.Category.String() {
				rule["then"] = object{"oneOf": []object{{"required": []string{"values"}}, {"required": []string{"vocabulary"}}}}
			}
			all = append(all, rule)
		}
	case lookup(fields, "kind") != nil:
		names, mapping := object{"type": "array"}, object{"type": "object"}
		all = []object{
			{"if": is("kind", NearestProfile), "then": object{"required": needs[NearestProfile]}},
			{"if": is("kind", Linear), "else": object{"properties": only[Linear]}, "then": object{"required": needs[Linear],
				"properties": object{"model": false, "add": object{"maxItems": 1}}}},
			{"if": is("kind", Expression), "else": object{"properties": object{"add": names}}, "then": object{"required": needs[Expression],
				"properties": object{"model": false, "add": mapping}}},
		}
	}
	return all
}

// is gives the schema of a block in which key has the value word.
func is(key, word string) object {
	return object{"properties": object{key: object{"const": word}}, "required": []string{key}}
}
