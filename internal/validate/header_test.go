package validate

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/assay-dev/assay/internal/fault"
	"github.com/assay-dev/assay/internal/flow"
)

var own, aliases = []string{"id", "AGE", "SEX", "INCOME"}, []string{"id", "AGEP", "SEXP", "INCP"}

func sets() []Names { return []Names{NewNames("", own), NewNames("abs", aliases)} }

func TestHeaderBindsColumns(t *testing.T) {
	for _, test := range []struct {
		header string
		want   string // columns of the contract and the set, or the fault
	}{
		{"id,AGE,SEX,INCOME", "[0 1 2 3] "},
		{"income, Sex ,\tage,ID", "[3 2 1 0] "},
		{"id,AGEP,SEXP,INCP", "[0 1 2 3] abs"},
		{"note,id,AGE,,SEX,note,INCOME", "[-1 0 1 -1 2 -1 3] "},
		{"id,AGE,SEX", `MISSING_COLUMNS missing=[INCOME] present=[id AGE SEX]`},
		{"id,AGEP,SEXP", `MISSING_COLUMNS missing=[INCP] present=[id AGEP SEXP]`},
		{"id,AGE,SEXP", `MISSING_COLUMNS missing=[SEX INCOME] present=[id AGE]`}, // a tie: the contract's own names
		{"id,AGE,SEXP,INCP", `MISSING_COLUMNS missing=[AGEP] present=[id SEXP INCP]`},
		{"AGE,SEX", `MISSING_COLUMNS missing=[id INCOME] present=[AGE SEX]`},
		{"x", `MISSING_COLUMNS missing=[id AGE SEX INCOME]`},
		{"", `MISSING_COLUMNS missing=[id AGE SEX INCOME]`},
		{"AGE,AGE,AGE,AGE", `MISSING_COLUMNS missing=[id SEX INCOME] present=[AGE]`},
		{"id,AGE,SEX,INCOME, incp ", `VALIDATION_ERROR incp errors=[{incp [mixed column name sets]}]`},
		{"id,AGE,SEX,INCOME,Age", `VALIDATION_ERROR Age errors=[{Age [duplicate column]}]`},
		{"id,id,AGE,SEX,INCOME", `VALIDATION_ERROR id errors=[{id [duplicate column]}]`},
		{"AGE,id,AGE,SEX,INCOME,INCP", `VALIDATION_ERROR INCP errors=[{INCP [mixed column name sets]}]`},
		{"id,AGEP,SEXP,INCP,SEX", `VALIDATION_ERROR SEX errors=[{SEX [mixed column name sets]}]`},
	} {
		b, f := Header(sets(), strings.Split(test.header, ","))
		got := fmt.Sprintf("%v %s", b.Column, b.Set)
		if f != nil {
			got = string(f.Code)
			if f.Field != "" {
				got += " " + f.Field
			}
			for _, d := range f.Details {
				got += fmt.Sprintf(" %s=%v", d.Name, d.Value)
			}
			if f.Stage != "VALIDATE" {
				t.Errorf("%s: stage %s", test.header, f.Stage)
			}
		}
		if got != test.want {
			t.Errorf("%q:\n%s\n%s", test.header, got, test.want)
		}
	}
}

// Any order, case and white space of a complete set, with any other columns between, binds each column to its own.
func TestHeaderRulesHoldForAll(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		set := rapid.SampledFrom(sets()).Draw(t, "set")
		header := slices.Clone(set.names)
		for range rapid.IntRange(0, 5).Draw(t, "extra") {
			header = append(header, "x"+rapid.StringMatching(`[a-z ]{0,3}`).Draw(t, "name"))
		}
		header = rapid.Permutation(header).Draw(t, "order")
		for i := range header {
			if rapid.Bool().Draw(t, "upper") {
				header[i] = strings.ToUpper(header[i])
			}
			header[i] = rapid.SampledFrom([]string{"", " ", "\t", "\r\n"}).Draw(t, "space") + header[i]
		}
		b, f := Header(sets(), header)
		if f != nil {
			t.Fatalf("%q: %v", header, f)
		}
		for i, c := range b.Column {
			switch known := slices.IndexFunc(set.names, func(n string) bool { return flow.FoldName(n) == flow.FoldName(header[i]) }); {
			case c != known:
				t.Fatalf("%q: column %d is %d of the contract, want %d", header, i, c, known)
			case b.Set != set.set:
				t.Fatalf("%q: set %q", header, b.Set)
			}
		}
		names := UniqueNames(header, b, []string{"score", "x_2"})
		seen := map[string]bool{"score": true, "x_2": true}
		for i, n := range names {
			if seen[n] || n == "" {
				t.Fatalf("%q: name %q of column %d is taken", header, n, i)
			}
			seen[n] = true
			if b.Column[i] >= 0 && n != strings.Trim(header[i], " \t\r\n") {
				t.Fatalf("%q: the contract's column %d is called %q", header, i, n)
			}
		}
	})
}

func TestUniqueNames(t *testing.T) {
	for _, test := range []struct{ header, want string }{
		{"id,x,x,x", "id,x,x_2,x_3"},
		{"x,id,x_2,x", "x,id,x_2,x_3"},
		{"x,x,x_2,id", "x,x_2,x_2_2,id"},
		{"x,X,id", "x,X_2,id"},
		{",id,, ", "column_1,id,column_3,column_4"},
		{"column_2,,id", "column_2,column_2_2,id"},
		{"score,id, score", "score_2,id,score_3"},
	} {
		header := strings.Split(test.header, ",")
		b, f := Header([]Names{NewNames("", []string{"id"})}, header)
		if f != nil {
			t.Fatal(f)
		}
		if got := strings.Join(UniqueNames(header, b, []string{"score"}), ","); got != test.want {
			t.Errorf("%q: %s, want %s", test.header, got, test.want)
		}
	}
	// A column of the contract keeps its name, even where another stands before it that would be called the same.
	header := []string{"", "column_1", "a", "a_2", "a"}
	b, f := Header([]Names{NewNames("", []string{"column_1", "a_2"})}, header)
	if f != nil {
		t.Fatal(f)
	}
	if got := fmt.Sprint(UniqueNames(header, b, nil)); got != "[column_1_2 column_1 a a_2 a_3]" {
		t.Error(got)
	}
}

// A header of very many equal names is named in linear time; this one would take minutes by trying each number from 2.
func TestUniqueNamesOfManyEqual(t *testing.T) {
	header := slices.Repeat([]string{"x"}, 200_000)
	b := Binding{Column: slices.Repeat([]int{-1}, len(header))}
	if got := UniqueNames(header, b, nil); got[len(got)-1] != "x_200000" {
		t.Error(got[len(got)-1])
	}
}

// Of a very wide contract the first names are told, cut, and how many more there are: an event has to fit into a message.
func TestManyMissingColumns(t *testing.T) {
	var names []string
	for i := range 20_000 {
		names = append(names, fmt.Sprint(i, strings.Repeat("é", 300)))
	}
	_, f := Header([]Names{NewNames("", names)}, names[:1000])
	for i, more := range []string{"and 18900 more", "and 900 more"} {
		list := f.Details[i].Value.([]string)
		if len(list) != 101 || list[100] != more || len([]rune(list[0])) != fault.MaxValue {
			t.Errorf("%s: %d names, the last %.20q", f.Details[i].Name, len(list), list[len(list)-1])
		}
	}
}

func TestSharesAreWhatOneSetHasAlone(t *testing.T) {
	for header, want := range map[string]string{
		"id,AGE,SEX,INCOME":        "[{ [AGE SEX INCOME]}]",
		"id, sexp ,AGE,other,INCP": "[{ [AGE]} {abs [sexp INCP]}]",
		"id,other":                 "[]",
		"AGEP":                     "[{abs [AGEP]}]",
	} {
		if got := fmt.Sprint(Shares(sets(), strings.Split(header, ","))); got != want {
			t.Errorf("%s: %s, want %s", header, got, want)
		}
	}
}
