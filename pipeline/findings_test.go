package pipeline_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const shownOrders = header + `columns:
  id:     {type: string, required: true, key: true}
  email:  {type: string, pii: true, required: true}
  amount: {type: "decimal(12,2)", required: true}
  land:   {type: category, values: [NL, BE], unknown: keep}
rules:
  positive: amount > 0
  small: {must: amount <= 5000, severity: warning}
`

// shown gives the examples of a result, each with its line and the caret's place in brackets.
func shown(t *testing.T, contract, in string) (all []string) {
	t.Helper()
	for _, e := range process(t, load(t, contract), in).Counts.Examples {
		x := e.Excerpt
		all = append(all, fmt.Sprintf("%s row %d %s=%s %d:%s[%s]%s", e.Code, e.Row, e.Field, e.Value, x.Line,
			x.Text[:x.From], x.Text[x.From:x.To], x.Text[x.To:]))
	}
	return all
}

// Who hands in the input sees the lines of what was found in it, with the place, refused rows and flagged ones.
func TestExamplesShowTheLine(t *testing.T) {
	in := "id,email,amount,land\nA1,a@b,1,NL\nA2,b@c,-3.00,BE\nA3,\"c@d\",99999,XX\nA4,\"x\"z,1,BE\n,q@r,\" 1.5x\",NL\n\"A\n6\",,abc,NL\n"
	want := []string{
		"VALIDATION_ERROR row 1 positive= 3:[A2,b@c,-3.00,BE]",
		`DQ_UNKNOWN_ENUM row 2 land=XX 4:A3,"c@d",99999,[XX]`,
		`DQ_INVALID_VALUE row 2 small= 4:[A3,"c@d",99999,XX]`,
		`INVALID_FILE row 3 = 5:A4,"x"[z],1,BE`,
		`MISSING_FIELD row 4 id= 6:[],q@r," 1.5x",NL`,
		`INVALID_FORMAT row 4 amount= 1.5x 6:,q@r,"[ 1.5x]",NL`,
		`MISSING_FIELD row 5 email=*** 8:6",[],abc,NL`,
		`INVALID_FORMAT row 5 amount=abc 8:6",,[abc],NL`,
	}
	if diff := cmp.Diff(want, shown(t, shownOrders, in)); diff != "" {
		t.Error(diff)
	}
}

// The fault of a whole chunk points into its header, or at the byte; in other character sets too, whose text is shown as UTF-8.
func TestExamplesOfAChunk(t *testing.T) {
	for _, test := range []struct{ contract, in, want string }{
		{shownOrders, "id,email,amount\n", "MISSING_COLUMNS row -1 = 1:[id,email,amount]"},
		{shownOrders + "malformed: chunk\n", "id,email,amount,land\nA1,b,1,NL\nA2,\"b\"c,1,NL\n", `INVALID_FILE row -1 = 3:A2,"b"[c],1,NL`},
		{shownOrders + "csv: {charset: iso-8859-1}\n", "id,email,amount,land\n\xe9\xe9,\xe9,\xe9x,NL\n", "INVALID_FORMAT row 0 amount=éx 2:éé,é,[éx],NL"},
		{shownOrders, "", "INVALID_FILE row -1 = 1:[]"},
	} {
		if got := strings.Join(shown(t, test.contract, test.in), "; "); got != test.want {
			t.Errorf("%q:\n%s, want\n%s", test.in, got, test.want)
		}
	}
}

// Of each code the first hundred are kept.
func TestExamplesEnd(t *testing.T) {
	if n := len(shown(t, shownOrders, "id,email,amount,land\n"+strings.Repeat("A,b,x,NL\n", 5000))); n != 100 {
		t.Errorf("%d examples", n)
	}
}
