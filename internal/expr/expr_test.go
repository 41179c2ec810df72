package expr

import (
	"fmt"
	"math"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/assay-dev/assay/internal/flow"
)

func TestResultTypes(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"amount > 0", "bool(0,0)"},
		{"active", "bool(0,0)"},
		{"amount", "decimal(12,2)"},
		{"qty", "int64(0,0)"},
		{"grade", "int8(0,0)"},
		{"grade + 1", "int64(0,0)"},
		{"qty * 2 - stock", "int64(0,0)"},
		{"length(name)", "int64(0,0)"},
		{"customers.count + 1", "int64(0,0)"},
		{"amount + 1", "decimal(22,2)"},
		{"amount + 0.125", "decimal(14,3)"},
		{"amount * 2", "decimal(31,2)"},
		{"amount * amount", "decimal(24,4)"},
		{"qty * 0.5", "decimal(20,1)"},
		{"qty + 9223372036854775808", "decimal(20,0)"},
		{"qty + (9223372036854775808 - 1)", "int64(0,0)"},
		{"total * total", "decimal(38,0)"},
		{"share - 1", "decimal(38,30)"},
		{"rate * 2", "float64(0,0)"},
		{"amount * rate", "float64(0,0)"},
		{"name", "string(0,0)"},
		{"id", "uuid(0,0)"},
		{"born", "date(0,0)"},
	} {
		f := compile(t, c.text).Field()
		if got := fmt.Sprintf("%s(%d,%d)", f.Type, f.Precision, f.Scale); got != c.want {
			t.Errorf("%s: %s, want %s", c.text, got, c.want)
		}
	}
	if f := compile(t, "paid").Field(); f.Unit != "s" {
		t.Errorf("a timestamp has lost its unit: %+v", f)
	}
	if f := compile(t, "home").Field(); !slices.Equal(f.Labels, []string{"DE", "FR", "BE"}) || f.Name != "" {
		t.Errorf("a category: %+v", f)
	}
	if !compile(t, "noise").Field().AllowNaN || compile(t, "noise + 1").Field().AllowNaN {
		t.Error("only a column itself can hold NaN")
	}
}

func TestColumnsAndValues(t *testing.T) {
	schema := testEnv().Columns
	for _, c := range []struct{ text, columns, values string }{
		{"name == \"\" or country != \"NL\" and name > \"b\"", "name country", ""},
		{"country matches /x/ or length(name) > 2", "name country", ""},
		{"customers.count > 0 and qty + amount > 1", "amount qty", "[0]"},
		{"customers.count > 0", "", "[0]"},
		{"active", "active", ""},
	} {
		p := compile(t, c.text)
		var names []string
		for _, i := range p.Columns() {
			names = append(names, schema[i].Name)
		}
		values := strings.TrimPrefix(fmt.Sprint(p.Values()), "[]")
		if got := strings.Join(names, " "); got != c.columns || values != c.values {
			t.Errorf("%s: columns %q, values %q", c.text, got, values)
		}
	}
}

// A name means a column before it means a value, and the first of two columns.
func TestFirstNameCounts(t *testing.T) {
	env := Env{
		Columns: flow.Schema{{Name: "a", Type: flow.Int64}, {Name: "b", Type: flow.Int64}, {Name: "b", Type: flow.String}},
		Values:  flow.Schema{{Name: "b", Type: flow.Bool}, {Name: "c", Type: flow.Int64}},
	}
	p, err := Compile("b > c", env)
	if err != nil || !slices.Equal(p.Columns(), []int{1}) || !slices.Equal(p.Values(), []int{1}) {
		t.Errorf("%v: %v, %v", err, p.Columns(), p.Values())
	}
}

// logic is a batch of the nine pairs of two conditions: active and `in` are true, false, null.
func logic() *flow.Batch {
	b, _ := newBatch(testEnv(), 9)
	for i := range b.N {
		for name, v := range map[string]int{"active": i / 3, "in": i % 3} {
			c := &b.Cols[testEnv().Columns.Index(name)]
			c.Ints[i] = int64(1 - v&1)
			if v < 2 {
				c.Valid.Set(i)
			}
		}
	}
	return b
}

func TestThreeValuedLogic(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"active", "TTTFFF..."},
		{"`in`", "TF.TF.TF."},
		{"active and `in`", "TF.FFF.F."},
		{"active or `in`", "TTTTF.T.."},
		{"not active", "FFFTTT..."},
		{"active == `in`", "TF.FT...."},
		{"active != `in`", "FT.TF...."},
		{"active == true", "TTTFFF..."},
		{"active != true", "FFFTTT..."},
		{"false == active", "FFFTTT..."},
		{"active is null", "FFFFFFTTT"},
		{"active is not null", "TTTTTTFFF"},
		{"(active and `in`) is null", "FFTFFFTFT"},
	} {
		b := logic()
		got := ""
		for _, v := range evaluate(compile(t, c.text).NewEval(), b) {
			got += map[string]string{"true": "T", "false": "F", "null": "."}[v]
		}
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.text, got, c.want)
		}
		// A rule is broken where its condition is false, and as a column it is what it is as a condition.
		e, bad := compile(t, c.text).NewEval(), flow.NewBitmap(flow.MaxRows)
		bad.Fill(true)
		e.Bad(b, bad)
		out := flow.NewColumn(&flow.Field{Type: flow.Bool}, flow.MaxRows, false)
		e.Column(b, &out)
		for i, v := range c.want {
			if bad.Get(i) != (v == 'F') || out.Valid.Get(i) != (v != '.') || out.Ints[i] != int64(bit(v == 'T')) {
				t.Errorf("%s, row %d: bad %v, column %d, valid %v", c.text, i, bad.Get(i), out.Ints[i], out.Valid.Get(i))
			}
		}
	}
}

// What a value does at its edges, said in full; the interpreter agrees with all of it.
func TestEdges(t *testing.T) {
	set := func(b *flow.Batch, name string) *flow.Column {
		c := &b.Cols[testEnv().Columns.Index(name)]
		c.Valid.Set(0)
		return c
	}
	b, values := newBatch(testEnv(), 1)
	set(b, "qty").Ints[0] = math.MaxInt64
	set(b, "stock").Ints[0] = math.MinInt64
	set(b, "rate").Floats[0] = math.MaxFloat64
	set(b, "noise").Floats[0] = math.NaN()
	set(b, "paid").Ints[0] = 1709208000
	set(b, "sent").Ints[0] = 1709208000000
	decimalsOf(set(b, "total"))[0] = most[0]
	decimalsOf(set(b, "amount"))[0] = decimalOf(-1)
	setText(set(b, "name"), 0, "größe")
	set(b, "country").Codes[0] = 3
	for _, c := range []struct{ text, want string }{
		{"qty + 1", "null"},
		{"qty - -1", "null"},
		{"qty + 0", "9223372036854775807"},
		{"stock * -1", "null"},
		{"stock - 1", "null"},
		{"(qty + 1) is null", "true"},
		{"qty + 1 > 0", "null"},
		{"qty + 1.0 > 9223372036854775807", "true"},
		{"total + 1", "null"},
		{"total * 10", "null"},
		{"total * -1", "-99999999999999999999999999999999999999e-0"},
		{"total + 0.5", "null"},
		{"total > 9999999999999999999999999999999999999.9", "true"},
		{"total < 99999999999999999999999999999999999999", "false"},
		{"total > share", "null"},
		{"total > amount", "true"},
		{"amount < 0.005", "true"},
		{"amount > -0.015", "true"},
		{"amount == -0.010", "true"},
		{"amount in [0.5, -0.01]", "true"},
		{"amount == 0.001", "false"},
		{"amount != 0.001", "true"},
		{"qty < 9223372036854775807.5", "true"},
		{"qty != 0.5", "true"},
		{"qty == 0.5", "false"},
		{"qty <= 99999999999999999999", "true"},
		{"stock >= -99999999999999999999", "true"},
		{"stock < -99999999999999999999", "false"},
		{"qty == rate", "false"},
		{"rate * 10", "null"},
		{"rate + rate < 0", "null"},
		{"noise == noise", "false"},
		{"noise != noise", "true"},
		{"noise < 0 or noise >= 0", "false"},
		{"not noise < 0", "true"},
		{"noise != 0", "true"},
		{"noise between -1 and 1", "false"},
		{"noise in [0]", "false"},
		{"noise + 1", "null"},
		{"paid == sent", "true"},
		{`paid == "2024-02-29T13:00:00+01:00"`, "true"},
		{`paid < "2024-02-29T12:00:00.000000001Z"`, "true"},
		{`sent in ["2024-02-29 12:00:00.0005"]`, "false"},
		{"length(name)", "5"},
		{"length(country)", "13"},
		{`name > "gr"`, "true"},
		{`name matches /ö/`, "true"},
		{`name matches /^ö/`, "false"},
		{`country == "Côte d'Ivoire"`, "true"},
		{"country == home", "null"},
		{"born is null", "true"},
		{"customers.count > 0", "null"},
	} {
		p := compile(t, c.text)
		if got := evaluate(p.NewEval(values...), b)[0]; got != c.want {
			t.Errorf("%s: %s, want %s", c.text, got, c.want)
		}
		at := row{env: testEnv(), b: b, values: values}
		if got := at.eval(p.tree).String(); got != c.want {
			t.Errorf("%s: the interpreter says %s, want %s", c.text, got, c.want)
		}
	}
}

// A column that is asked for by itself comes out as it is, and what stands behind nulls does not leave.
func TestColumnsComeOutAsTheyAre(t *testing.T) {
	env := testEnv()
	b, values := newBatch(env, 130)
	r := rand.New(rand.NewPCG(3, 4))
	for round := range 8 {
		fill(r, b, values)
		for i := range b.Cols {
			c := &b.Cols[i]
			p := compile(t, writtenName(c.Name))
			f := p.Field()
			out := flow.NewColumn(&f, flow.MaxRows, false)
			fillColumn(r, &out, flow.MaxRows) // of an earlier batch
			p.NewEval(values...).Column(b, &out)
			zero := flow.NewColumn(&f, 1, false)
			for j := range b.N {
				want := &zero
				at := 0
				if c.Valid.Get(j) {
					want, at = c, j
				}
				if out.Valid.Get(j) != c.Valid.Get(j) || cell(&out, j) != cell(want, at) {
					t.Fatalf("round %d, %s, row %d: %q, want %q", round, c.Name, j, cell(&out, j), cell(want, at))
				}
			}
		}
	}
}

// Registers are used again, so that a long expression needs no more of them than a short one.
func TestRegistersAreUsedAgain(t *testing.T) {
	p := compile(t, strings.Repeat("qty * 2 + amount > stock - 1.5 and active or ", 50)+"name == \"\"")
	own := 0
	for _, v := range p.vectors {
		own += int(bit(!v.column && !v.constant))
	}
	if own > 6 || p.conds > 4 {
		t.Errorf("%d vectors, %d conditions", own, p.conds)
	}
}

func TestStringIsThePlainForm(t *testing.T) {
	p := compile(t, `((amount>0))and (country in["NL","BE"])`)
	if got := p.String(); got != `amount > 0 and country in ["NL", "BE"]` {
		t.Error(got)
	}
}

// A program is shared by workers: evaluating changes nothing of it.
func TestProgramsAreImmutable(t *testing.T) {
	env := testEnv()
	for _, c := range benchmarks {
		p := compile(t, c.text)
		b, values := newBatch(env, 100)
		fill(rand.New(rand.NewPCG(5, 6)), b, values)
		first := p.NewEval(values...)
		want := evaluate(first, b)
		other, others := newBatch(env, 77)
		fill(rand.New(rand.NewPCG(7, 8)), other, others)
		evaluate(p.NewEval(others...), other)
		if got := evaluate(first, b); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: another evaluator has changed the outcome", c.text)
		}
	}
}
