package encode

import (
	"fmt"
	"strings"
	"testing"

	"github.com/assay-dev/assay/internal/csvarrow"
	"github.com/assay-dev/assay/internal/flow"
)

// CSV rule 5, CP-07: the input's bytes with the score columns at the end, by line end, settings and columns.
func TestCSVRows(t *testing.T) {
	crlf := strings.ReplaceAll(people, "two\nlines", "two lines")
	crlf = strings.ReplaceAll(crlf, "\n", "\r\n")
	for name, c := range map[string]struct {
		input string
		set   func(*rig)
	}{
		"lf":   {input: people},
		"crlf": {input: crlf},
		"cr":   {input: strings.ReplaceAll(crlf, "\r\n", "\r")},
		// Names that hold the delimiter or a quote stand in quotes, the scorer's as the input's.
		"quoted_names": {people, func(r *rig) { r.outs[0].Name, r.outs[1].Name = "profile, id", `the "name"` }},
		// Columns that are called like the scorer's are cut out, be they first, between others or last.
		"replaced": {people, func(r *rig) {
			r.fields, r.outs[0].Name, r.outs[1].Name, r.outs[2].Name = nil, "id", "share", "note"
		}},
		"columns": {people, func(r *rig) { r.few = true }},
		"keyless_columns": {people, func(r *rig) {
			r.few, r.fields = true, peopleFields[1:]
		}},
		"chosen": {people, chosen},
		// With a delimiter that numbers hold.
		"points": {"id.note\n7.x\n8.y\n9.\"a.b\"\nrefused.\n10.z\n", func(r *rig) {
			chosen(r)
			r.csv, r.order = csvarrow.Dialect{Delimiter: '.'}, []string{"owed", "id", "note", "risk"}
		}},
		// Labels and texts are written in the style of the input.
		"semicolons": {
			"id;note\n7;'a;b \\' c'\n8;plain\n9;x\nrefused;x\n10;y\n",
			func(r *rig) {
				r.csv = csvarrow.Dialect{Delimiter: ';', Quote: '\'', Escape: '\\'}
				r.fields = peopleFields[:1]
				r.outs[1].Labels = []string{"Trades; technical", `it's`, `back\slash`}
				r.outs[1].value = func(row int64) any { return r.outs[1].Labels[row%3] }
			},
		},
		"folded": {people, func(r *rig) { r.feed.Partitions[flow.Scored] = 2 }},
	} {
		t.Run(name, func(t *testing.T) {
			r := mixed(t)
			if c.set != nil {
				c.set(r)
			}
			if refused := r.encode(NewCSVRows(r.begin(), false), c.input); len(refused) > 0 {
				t.Errorf("refused: %+v", refused)
			}
			r.golden(t, "csv_"+name)
		})
	}
}

// A chunk that is too large for one message leaves in parts of whole rows; a row that is too large for any is refused.
func TestCSVParts(t *testing.T) {
	r := profile(t)
	r.fx.Limit[flow.Scored] = 420
	var b strings.Builder
	b.WriteString("id,note\r\n")
	for i := range 9 {
		n := 40
		if i == 4 {
			n = 400
		}
		fmt.Fprintf(&b, "%d,%s\r\n", i, strings.Repeat("x", n))
	}
	refused := r.encode(NewCSVRows(r.begin(), false), b.String())
	if len(refused) != 1 || refused[0].Row != 4 || refused[0].Limit != 420 || !refused[0].Dead {
		t.Errorf("refused: %+v", refused)
	}
	r.golden(t, "csv_parts")
}

// A part is closed at 256 KiB even where the topic takes more, so that no consumer has to take a whole chunk at once.
func TestCSVPartsWithoutLimit(t *testing.T) {
	r := profile(t)
	r.encode(NewCSVRows(r.begin(), false), "id,note\n"+strings.Repeat("7,"+strings.Repeat("x", 98)+"\n", 6000))
	all := r.sent()
	for _, m := range all {
		if n := len(m.value); n > csvPart {
			t.Errorf("a part of %d bytes", n)
		}
	}
	if want := 6000*125/csvPart + 1; len(all) > want {
		t.Errorf("%d parts, want at most %d", len(all), want)
	}
}

// A single row may be larger than a part, and then is one.
func TestCSVRowLargerThanAPart(t *testing.T) {
	r := profile(t)
	giant := strings.Repeat("x", csvPart)
	refused := r.encode(NewCSVRows(r.begin(), false), "id,note\n1,a\n2,"+giant+"\n3,"+giant+"\n4,b\n")
	if len(refused) > 0 {
		t.Errorf("%d rows are refused", len(refused))
	}
	rows := ""
	for _, m := range r.sent() {
		rows += m.header(t, "assay-rows")
	}
	if rows != "1111" {
		t.Errorf("rows of the parts: %s", rows)
	}
}

// CSV rule 5: a last record without a line end gets that of the record before it, whatever became of that and whether or not it
// stood in the same batch.
func TestCSVLastLineEnd(t *testing.T) {
	for _, eol := range []string{"\n", "\r\n", "\r"} {
		header := "id,note\n"
		if eol == "\r" {
			header = "id,note\r"
		}
		for before, record := range map[string]string{"scored": "1,a", "dead": "1,b", "broken": "1,\"a\"b"} {
			for _, batch := range []int{0, 1} {
				r := profile(t)
				r.batch, r.dead = batch, func(row int64) bool { return before == "dead" && row == 0 }
				r.encode(NewCSVRows(r.begin(), false), header+record+eol+"9,z")
				if got := string(r.sent()[0].value); !strings.HasSuffix(got, "9,z"+scores(r, 1)+eol) {
					t.Errorf("%s, %q, batches of %d: %q", before, eol, batch, got)
				}
			}
		}
		r := profile(t)
		r.encode(NewCSVRows(r.begin(), false), "id,note"+eol+"9,z")
		if got := string(r.sent()[0].value); !strings.HasSuffix(got, "9,z"+scores(r, 0)+eol) {
			t.Errorf("behind the header, %q: %q", eol, got)
		}
	}
}

// A file has its header once, before the first row of all chunks, and has it even when there are no rows.
func TestCSVFile(t *testing.T) {
	for name, c := range map[string]struct {
		chunks []string
		want   string
	}{
		"rows":          {[]string{"a\n1\n2\n"}, "a,profile_id\n1,0\n2,1\n"},
		"no rows":       {[]string{"a\n"}, "a,profile_id\n"},
		"two chunks":    {[]string{"a\n1\n", "a\n2\n"}, "a,profile_id\n1,0\n2,0\n"},
		"rows later":    {[]string{"a\n", "a\n2"}, "a,profile_id\n2,0\n"},
		"all are dead":  {[]string{"a\n3\n"}, "a,profile_id\n"},
		"only line end": {[]string{"a\r\n1"}, "a,profile_id\r\n1,0\r\n"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			r.outs = profile(t).outs[:1]
			r.dead = func(int64) bool { return name == "all are dead" }
			rows := NewCSVRows(r.begin(), true)
			for _, chunk := range c.chunks {
				r.encode(rows, chunk)
			}
			got := ""
			for _, m := range r.sent() {
				got += string(m.value)
			}
			if got != c.want {
				t.Errorf("got %q, want %q", got, c.want)
			}
		})
	}
}

// A chunk without rows sends nothing.
func TestCSVOfNoRows(t *testing.T) {
	r := profile(t)
	r.encode(NewCSVRows(r.begin(), false), "id\n")
	if all := r.sent(); len(all) > 0 {
		t.Errorf("%q", all[0].value)
	}
}

// A row that consists of one null would be a blank line, which is no record.
func TestCSVRowOfNothing(t *testing.T) {
	r := newRig(t)
	r.few = true
	r.outs = []output{{flow.Field{Name: "n", Type: flow.Int64}, func(row int64) any {
		if row == 1 {
			return nil
		}
		return 5
	}}}
	r.encode(NewCSVRows(r.begin(), false), "a\n1\n2\n3\n")
	if got := string(r.sent()[0].value); got != "n\n5\n\"\"\n5\n" {
		t.Errorf("%q", got)
	}
}
