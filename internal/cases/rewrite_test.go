package cases_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/assay-dev/assay/internal/cases"
)

func TestRewrite(t *testing.T) {
	for _, test := range []struct {
		name, text string
		got        []*cases.Output
		want       string
	}{
		{"what is right stays as it is", example, []*cases.Output{
			{Scored: "id,score\na,1\n", Quality: []string{`{"x":0,"rows":1}`, `{"rows":2}`}},
			{Dead: []cases.Letter{{Value: "\xff\n"}}, Errors: []string{`{"code":"X","event_id":"1"}`}},
		}, example},
		{"sections come, change and go", "-- input --\nid\n-- dead --\nx\n-- scored --\nid\n1\n", []*cases.Output{
			{Scored: "id\n2\n", Errors: []string{`{"code":"X","source":{"topic":"t","row":0}}`}},
		}, "-- input --\nid\n-- scored --\nid\n2\n-- errors --\n{\"code\":\"X\",\"source\":{\"row\":0}}\n"},
		{"what does not show is escaped", "-- input --\nid\n", []*cases.Output{{Scored: "id\r\n-- dead --\n", Dead: []cases.Letter{{Value: "\ufeff\x00\\\u0085"}}}},
			"-- input --\nid\n-- scored escaped --\nid\\r\n\\x2d- dead --\n-- dead escaped --\n\\ufeff\\x00\\\\\\u0085\\\n"},
		{"an input without line end stays so", "-- input --\nid", []*cases.Output{{Scored: "id,score\n"}},
			"-- input escaped --\nid\\\n-- scored --\nid,score\n"},
		{"an input without bytes stays, too", "-- input --", []*cases.Output{{Scored: "id\n", Dead: []cases.Letter{{}}}}, "-- input --\n-- scored --\nid\n"},
		{"tabs show enough", "-- input --\n", []*cases.Output{{Scored: "a\tb\n", Dead: []cases.Letter{{}}}}, "-- input --\n-- scored --\na\tb\n"},
	} {
		f, err := cases.Parse(test.text)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(test.want, f.Rewrite(test.got)); diff != "" {
			t.Errorf("%s:\n%s", test.name, diff)
		}
	}
}

// Whatever came: a rewritten file expects it, has the same inputs, and is not rewritten again.
func TestRewrittenFilesAreRight(t *testing.T) {
	line := rapid.SampledFrom([]string{"", "a,b", "-- dead --", "\\", "\x00\xff", "é\u2028\r", "\t x ", "\U000e0001"})
	body := rapid.Custom(func(t *rapid.T) (s string) {
		for _, l := range rapid.SliceOfN(line, 0, 4).Draw(t, "lines") {
			s += l + "\n"
		}
		return s + line.Draw(t, "last line")
	})
	document := rapid.Custom(func(t *rapid.T) string {
		return fmt.Sprintf(`{"event_id":%d,"code":%q,"source":{"row":%d},"details":[{"a":null},%t]}`, rapid.Int().Draw(t, "id"),
			rapid.SampledFrom([]string{"A", "B<"}).Draw(t, "code"), rapid.IntRange(0, 2).Draw(t, "row"), rapid.Bool().Draw(t, "flag"))
	})
	output := rapid.Custom(func(t *rapid.T) *cases.Output {
		o := &cases.Output{Scored: body.Draw(t, "scored"), Quality: rapid.SliceOfN(document, 0, 2).Draw(t, "quality"), Errors: rapid.SliceOfN(document, 0, 2).Draw(t, "errors")}
		for range rapid.IntRange(0, 2).Draw(t, "letters") {
			o.Dead = append(o.Dead, cases.Letter{Value: "x" + body.Draw(t, "letter"), Row: rapid.Bool().Draw(t, "of a row")})
		}
		return o
	})
	rapid.Check(t, func(t *rapid.T) {
		text := "About.\n-- input --\nid\n" + rapid.SampledFrom([]string{"", "-- scored escaped --\na\\r\n", "-- dead --\nx\n-- errors --\n{\"code\":\"A\"}\n"}).Draw(t, "sections") +
			"-- input --\n" + rapid.SampledFrom([]string{"x", "x\n", "x\n-- quality --\n{\"source\":{}}"}).Draw(t, "second")
		outputs := []*cases.Output{output.Draw(t, "first"), output.Draw(t, "second")}
		before, err := cases.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		isRight(t, before, outputs)
	})
}

// isRight rewrites a file for what came.
func isRight(t interface{ Fatalf(string, ...any) }, before *cases.File, outputs []*cases.Output) {
	rewritten := before.Rewrite(outputs)
	after, err := cases.Parse(rewritten)
	if err != nil {
		t.Fatalf("%v in\n%s", err, rewritten)
	}
	if len(after.Chunks) != len(before.Chunks) || after.About != before.About {
		t.Fatalf("other chunks:\n%s", rewritten)
	}
	for i := range after.Chunks {
		if after.Chunks[i].Input != before.Chunks[i].Input {
			t.Fatalf("another input:\n%s", rewritten)
		}
		if d := after.Chunks[i].Differences(outputs[i]); len(d) > 0 {
			t.Fatalf("%v in\n%s", d, rewritten)
		}
	}
	if again := after.Rewrite(outputs); again != rewritten {
		t.Fatalf("rewritten again:\n%s\n%s", rewritten, again)
	}
}

// A new file holds its chunk, whatever bytes that has.
func TestNew(t *testing.T) {
	for _, chunk := range []string{"", "id\n1\n", "id\n1", "id\r\n\"a\x00\xff\"", "-- scored --\n", "\\n\t"} {
		text := cases.New("About it.", chunk)
		f, err := cases.Parse(text)
		if err != nil || len(f.Chunks) != 1 || f.Chunks[0].Input != chunk || f.About != "About it.\n\n" {
			t.Errorf("%q became %q: %v", chunk, text, err)
		}
	}
}
