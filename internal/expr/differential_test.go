package expr

import (
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/assay-dev/assay/internal/flow"
)

// maker draws well-typed expressions. It writes more parentheses than needed, so that it need not know the precedences.
type maker struct{ t *rapid.T }

func (m maker) one(what string, list ...string) string {
	return rapid.SampledFrom(list).Draw(m.t, what)
}

func (m maker) chance(percent int) bool { return rapid.IntRange(0, 99).Draw(m.t, "chance") < percent }

var order = []string{"==", "!=", "<", "<=", ">", ">="}

var equality = order[:2]

// condition draws an expression of type bool.
func (m maker) condition(depth int) string {
	if depth > 0 && m.chance(50) {
		a := m.condition(depth - 1)
		switch m.one("logic", "or", "and", "not", "null", "same") {
		case "not":
			return "not (" + a + ")"
		case "null":
			return "(" + a + ") is " + m.one("null", "null", "not null")
		case "same":
			return "(" + a + ") " + m.one("sign", equality...) + " (" + m.condition(depth-1) + ")"
		case "and":
			return "(" + a + ") and (" + m.condition(depth-1) + ")"
		}
		return "(" + a + ") or (" + m.condition(depth-1) + ")"
	}
	switch m.one("family", "number", "number", "number", "text", "category", "date", "timestamp", "uuid", "bool", "null", "matches") {
	case "text":
		return m.texts()
	case "category":
		return m.categories()
	case "date":
		return m.ordered(m.one("date", "born", "died"), func() string {
			return m.one("day", "born", "died", `"1970-01-01"`, `"2024-02-29"`, `"0000-01-01"`, `"9999-12-31"`)
		})
	case "timestamp":
		return m.ordered(m.one("timestamp", "ordered", "paid", "sent", "seen"), func() string {
			return m.one("time", "ordered", "paid", "sent", "seen", `"1970-01-01 00:00:00"`, `"2024-02-29T12:00:00Z"`, `"2024-02-29T12:00:00.5+00:00"`,
				`"2024-02-29 12:00:00.000000001"`, `"0000-01-01T00:00:00+23:59"`, `"9999-12-31T23:59:59.999999999Z"`)
		})
	case "uuid":
		literals := []string{`"` + someUUIDs[0] + `"`, `"` + strings.ToUpper(someUUIDs[1]) + `"`, `"` + someUUIDs[2] + `"`}
		if m.chance(30) {
			return "id in [" + strings.Join(rapid.SliceOfN(rapid.SampledFrom([]string{literals[0], literals[2]}), 1, 3).Draw(m.t, "list"), ", ") + "]"
		}
		return "id " + m.one("sign", equality...) + " " + m.one("uuid", "parent", literals[0], literals[2])
	case "bool":
		return m.one("bool", "active", "`in`", "active == true", "active != true", "false == `in`", "active == `in`")
	case "null":
		return m.one("column", "name", "country", "born", "ordered", "id", "(qty * stock)", "(total + 1.5)", "customers.count") + " is " + m.one("null", "null", "not null")
	case "matches":
		return m.one("column", "name", "`unit price`", "country") + " matches " + m.one("pattern", "/^[A-Z]{2}$/", "/b/", `/\/y/`, "/(?i)nl|ö/")
	}
	return m.ordered(m.number(2), func() string { return m.number(2) })
}

// ordered draws a comparison of values that have an order.
func (m maker) ordered(left string, right func() string) string {
	switch m.one("comparison", "between", "in", "sign", "sign") {
	case "between":
		return left + " between " + right() + " and " + right()
	case "in":
		var list []string
		for range rapid.SampledFrom([]int{1, 3, 12, 60}).Draw(m.t, "length") {
			if r := right(); strings.HasPrefix(r, `"`) || r[0]-'0' <= 9 || r[0] == '-' && !strings.Contains(r, " ") {
				if _, err := strconv.ParseFloat(r, 64); err == nil || r[0] == '"' {
					list = append(list, r)
				}
			}
		}
		if len(list) > 0 {
			return left + " in [" + strings.Join(list, ", ") + "]"
		}
	}
	return left + " " + m.one("sign", order...) + " " + right()
}

func (m maker) texts() string {
	var literals []string
	for _, s := range someTexts {
		literals = append(literals, writtenText(s))
	}
	column := m.one("column", "name", "`unit price`")
	switch m.one("comparison", "between", "in", "sign", "length") {
	case "between":
		return column + " between " + m.one("from", literals[0], literals[3], "name") + " and " + m.one("to", literals[4], literals[7], "`unit price`")
	case "in":
		return column + " in [" + strings.Join(rapid.SliceOfN(rapid.SampledFrom(literals), 1, 12).Draw(m.t, "list"), ", ") + "]"
	}
	return column + " " + m.one("sign", order...) + " " + m.one("text", append(literals, "name", "`unit price`")...)
}

func (m maker) categories() string {
	if m.chance(40) {
		return m.one("kept", `origin in ["FR"]`, `origin in ["NL", "FR"]`, `origin == "NL"`, `origin != "NL"`, "origin == country", "country != origin",
			"origin == origin", "origin is null", "not origin matches /X|^B/", "length(origin) > 2")
	}
	labels := []string{`"NL"`, `"Côte d'Ivoire"`, `""`, `"DE"`}
	if m.chance(50) {
		return "country in [" + strings.Join(rapid.SliceOfN(rapid.SampledFrom(labels), 1, 4).Draw(m.t, "list"), ", ") + "]"
	}
	return "country " + m.one("sign", equality...) + " " + m.one("category", append(labels, "home")...)
}

// number draws a numeric expression.
func (m maker) number(depth int) string {
	if depth > 0 && m.chance(40) {
		return "(" + m.number(depth-1) + " " + m.one("sign", "+", "-", "*") + " " + m.number(depth-1) + ")"
	}
	if m.chance(30) {
		return m.one("literal", "0", "1", "-1", "0.5", "1.50", "-2.5", "100", "9223372036854775807", "-9223372036854775808", "9007199254740993",
			"99999999999999999999999999999999999999", "0.00000000000000000000000000000000000001", "50000000000000000000", "0.1")
	}
	return m.one("column", "amount", "total", "share", "qty", "stock", "grade", "rate", "noise", "length(name)", "length(country)", "customers.count")
}

// refusals are the reasons for which the compiler may refuse what a maker draws.
var refusals = []string{"two literals", "compares literals", "38", "nothing lies between", "names no column", "is a literal"}

func mayRefuse(err error) bool {
	return slices.ContainsFunc(refusals, func(r string) bool { return strings.Contains(err.Error(), r) })
}

func TestKernelsAgreeWithTheInterpreter(t *testing.T) {
	env := testEnv()
	refused, compiled := 0, 0
	rapid.Check(t, func(t *rapid.T) {
		m := maker{t}
		var text string
		if m.chance(80) {
			text = m.condition(3)
		} else {
			text = m.number(4)
		}
		p, err := Compile(text, env)
		if err != nil {
			if !mayRefuse(err) {
				t.Fatalf("%s: %v", text, err)
			}
			refused++
			return
		}
		compiled++
		r := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		b, values := newBatch(env, 0)
		e := p.NewEval(values...)
		for range 2 { // the second batch meets the registers of the first
			b.N = rapid.SampledFrom([]int{0, 1, 63, 64, 65, 200}).Draw(t, "rows")
			fill(r, b, values)
			rows, over := evaluate(e, b), slices.Clone(e.Overflow())
			bad := flow.NewBitmap(flow.MaxRows)
			if p.Field().Type == flow.Bool {
				e.Bad(b, bad)
			}
			for i, got := range rows {
				at := row{env: env, b: b, values: values, i: i}
				if want := at.eval(p.tree).String(); got != want {
					t.Fatalf("%s\nrow %d: %s, the interpreter says %s%s", text, i, got, want, at.describe(p))
				}
				if got := over != nil && over.Get(i); got != at.over {
					t.Fatalf("%s\nrow %d: no room %v, the interpreter says %v%s", text, i, got, at.over, at.describe(p))
				}
				if want := got == "false" || got == "null" && at.over; p.Field().Type == flow.Bool && bad.Get(i) != want {
					t.Fatalf("%s\nrow %d breaks the rule: %v, want %v%s", text, i, !want, want, at.describe(p))
				}
			}
		}
	})
	if refused > compiled {
		t.Errorf("%d expressions were refused, only %d compared", refused, compiled)
	}
}

// describe lists what the columns of a program hold in a row.
func (r *row) describe(p *Program) string {
	s := ""
	for _, i := range p.Columns() {
		c := &r.b.Cols[i]
		s += "\n" + c.Name + ": "
		if !c.Valid.Get(r.i) {
			s += "null"
			continue
		}
		s += cell(c, r.i)
	}
	return s
}

// agrees compares an evaluation with the interpreter, row by row.
func agrees(t *testing.T, p *Program, b *flow.Batch, values []*flow.Column) {
	t.Helper()
	for i, got := range evaluate(p.NewEval(values...), b) {
		at := row{env: testEnv(), b: b, values: values, i: i}
		if want := at.eval(p.tree).String(); got != want {
			t.Errorf("%s\nrow %d: %s, the interpreter says %s%s", p, i, got, want, at.describe(p))
			return
		}
	}
}

// Every operator between every two columns that it can stand between, and between a column and a literal, on either side: what
// chance may leave out above.
func TestEveryOperatorOfEveryType(t *testing.T) {
	b, values := newBatch(testEnv(), 300)
	fill(rand.New(rand.NewPCG(9, 9)), b, values)
	numbers := []string{"amount", "total", "share", "qty", "stock", "grade", "rate", "noise", "customers.count", "1", "0.5"}
	for _, c := range []struct{ operators, sides []string }{
		{order, numbers},
		{[]string{"+", "-", "*"}, numbers},
		{order, []string{"name", "`unit price`", `"b"`, `"abcdefghijklm"`}},
		{order, []string{"born", "died", `"2024-02-29"`}},
		{order, []string{"ordered", "paid", "sent", "seen", `"2024-02-29T12:00:00Z"`}},
		{equality, []string{"country", "home", `"DE"`}},
		{equality, []string{"country", "home", "origin"}},
		{equality, []string{"origin", `"FR"`}},
		{equality, []string{"id", "parent", `"` + someUUIDs[1] + `"`}},
		{equality, []string{"active", "`in`", "true", "false"}},
	} {
		for _, left := range c.sides {
			for _, right := range c.sides {
				for _, o := range c.operators {
					p, err := Compile(left+" "+o+" "+right, testEnv())
					switch {
					case err == nil:
						agrees(t, p, b, values)
					case !mayRefuse(err):
						t.Error(err)
					}
				}
			}
		}
	}
}

// A batch as long as a batch can be, over a few expressions that use every lane.
func TestFullBatch(t *testing.T) {
	var everyOther []string
	for i := 0; i < len(someTexts); i += 2 {
		everyOther = append(everyOther, writtenText(someTexts[i]))
	}
	for _, text := range []string{
		`amount > 0 and country in ["NL", "BE"] or name == "abc"`, `qty * stock + 1`, `amount * qty - share`, `rate * 2 + qty`,
		`paid < sent and (id == parent or length(name) > 3)`, `qty > 0 or name < "b"`, `qty in [1, -1, 2, -2, 3, -3, 4, -4, 5, -5, 6, -6, 7, -7, 8, -8, 1000]`,
		`amount in [1, -1, 2, -2, 3, -3, 4, -4, 5, -5, 6, -6, 0.01, -0.01, 7, 0.5, 1.5, 1000]`, "name in [" + strings.Join(everyOther, ", ") + "]",
		`ordered >= seen or born is null`,
	} {
		p := compile(t, text)
		b, values := newBatch(testEnv(), flow.MaxRows)
		fill(rand.New(rand.NewPCG(1, 2)), b, values)
		agrees(t, p, b, values)
	}
}
