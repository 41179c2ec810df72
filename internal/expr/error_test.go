package expr

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/assay-dev/assay/internal/testkit"
)

// refused are expressions that do not compile, each for a reason of its own. What is said about them stands in
// testdata/refused.txt.
var refused = []string{
	// characters and literals
	"", " \n ", "amount = 1", "amount > 0 && active", "active || active", "!active", "amount <> 0", "country == 'NL'", "country == “NL”",
	"amount % 2 == 0", "amount / 2 > 1", "country in {\"NL\"}", "amount > .5", "amount > 5.", "amount > 1_000", "amount > 1e6", "amount > 1.2.3", "rate > 5%",
	"amount ? 1", "name == \"abc", `name == "a\d"`, "`amount > 1", "amount > 123456789012345678901234567890123456789",
	"amount > 0.000000000000000000000000000000000000001", "name == \"\xff\"",
	// grammar
	"amount >", "amount > 0 and", "(amount > 0", "amount > 0)", "((amount > 0) and active", "not", "amount > > 1", "amount amount", "amount > 0 AND active",
	"NOT active", "1 < qty < 5", "qty < stock == active", "qty is null == active", "qty in [1] in [2]", "country not in [\"NL\"]", "name not matches /a/", "qty is 5",
	"qty == null", "qty is not", "qty in []", "qty in [1, 2", "qty in 1", "qty in [1,]", "qty in [stock]", "qty in [null]", "length(5", "length 5", "length", "(qty >", "not (", "qty + ", "qty in [1 2]", "born between 5 and 6", `born between "x" and "y"`, `born in ["x"]`, `born between "1970-01-01" and "y"`, "nope in [1]", "length(nope) > 1", "qty in [@]", "@", "qty is @", "- @", "not @", "(@", "length @", "length(@", "qty + @", "country in [NL, BE]", "qty between 1", "qty between 1, 5", "name matches \"a\"",
	"name matches", "name matches /a", "length name > 3", "length(name > 3", "-qty > 1", "- (1) < qty", "active == true == false", "in == true", "null", "if qty > 1", "qty > 1 or or active",
	"qty, stock", "customers. count > 1", strings.Repeat("(", 101) + "active" + strings.Repeat(")", 101), strings.Repeat("not ", 101) + "active",
	// names
	"amnt > 0", "country == NL", "customer.count > 0", "`unit prise` == \"\"", "x > 0", "Amount > 0", "AMOUNT > 0",
	// types
	`amount > "x"`, `amount > "5"`, `name == 5`, `country == 5`, `active == 1`, `active == "true"`, `qty == true`, `amount == name`, `name == country`, `born == ordered`, `born > 5`,
	`active < true`, `active < ` + "`in`", `country < "NL"`, `country between "BE" and "NL"`, `id < parent`, `id == name`, `country == "NLD"`, `country == "Cote d'Ivoire"`, `home == "XX"`, `home in ["DE", "F"]`,
	`born == "2024-02-30"`, `born == "29.02.2024"`, `ordered > "2024-02-29"`, `ordered > "2024-02-29T12:00:00"`, `ordered > "yesterday"`, `id == "123"`, `born in ["1970-01-01", 5]`,
	`qty + name > 1`, `born + 1 > born`, `qty * active > 1`, `length(qty) > 1`, `length("abc") > 1`, `length(born) == 10`, `qty matches /1/`, `"a" matches /a/`, `name matches /[a/`, `name matches /a{2,1}/`,
	`name matches /(?=a)/`, `country matches /(/`, "qty and active", "not qty", "active or 1", "true and active", `"x" or active`, "active + 1 > 2", "(qty > 1) + 1 > 2", "active between true and false",
	`active in [true]`, "share * share > 1", "total + 0.000000000000000000000000000000000000015 > 1", "99999999999999999999999999999999999999 + 1 > qty", "share + 123456789 > 1",
	// nothing to decide
	"1 < 2", `"a" == "a"`, "true", "5 + 5", "5 in [5]", "5 between 1 and 10", "5 is null", "qty between 5 and 1", "qty > 0 and 1 == 1", `born between "2024-02-29" and "2024-02-28"`, `name between "b" and "a"`,
	"rate between 0.2 and 0.1", "5 between qty and 10",
}

// caret shows an expression with the bytes at fault underlined.
func caret(text string, e *Error) string {
	clean := func(s string) string { return strings.NewReplacer("\n", "⏎", "\xff", "�").Replace(s) }
	width := func(s string) int { return utf8.RuneCountInString(clean(s)) }
	before, at := text[:e.Offset], text[e.Offset:e.Offset+e.Length]
	return clean(text) + "\n" + strings.Repeat(" ", width(before)) + "^" + strings.Repeat("~", max(0, width(at)-1)) + "\n" + e.Error() + "\n"
}

func TestRefusedExpressions(t *testing.T) {
	var all []string
	for _, text := range refused {
		_, err := Compile(text, testEnv())
		var e *Error
		if !errors.As(err, &e) {
			t.Errorf("%q compiles", text)
			continue
		}
		all = append(all, caret(text, e))
	}
	testkit.Golden(t, "testdata/refused.txt", []byte(strings.Join(all, "\n")))
}

func TestLongExpressionIsRefused(t *testing.T) {
	text := strings.Repeat("active or ", maxLength/10+1) + "active"
	_, err := Compile(text, testEnv())
	if err == nil || err.Error() != "the expression is longer than 64 KiB" {
		t.Errorf("%v", err)
	}
	if _, err = Compile(text[20:], testEnv()); err != nil {
		t.Errorf("the longest expression: %v", err)
	}
}
