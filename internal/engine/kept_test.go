package engine_test

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/assay-dev/assay/internal/engine"
	"github.com/assay-dev/assay/internal/flow"
)

const newNames = ",profile_id,profile_name,profile_confidence"

// added are the three cells that scoring adds to a row.
var added = regexp.MustCompile(`^,[0-7],[^,"\r\n]+,(high|low)`)

// tiled checks CP-07 on CSV output whose messages have been joined: the input is, from its first byte to its last, the
// header, scored rows as they stand in the output, refused rows as they stand in their letters, line ends and blank lines.
func tiled(in string, o *outcome) error {
	out, rest := o.csv(), strings.TrimPrefix(in, "\ufeff")
	letters := o.topics[flow.Dead]
	at := func() int { return len(in) - len(rest) }
	loneCR := false
	blank := func() {
		for {
			switch {
			case strings.HasPrefix(rest, "\n"), loneCR && strings.HasPrefix(rest, "\r"):
				rest = rest[1:]
			case strings.HasPrefix(rest, "\r\n"):
				rest = rest[2:]
			default:
				return
			}
		}
	}
	eol := "\n"
	lineEnd := func() {
		switch {
		case strings.HasPrefix(rest, "\r\n"):
			eol = "\r\n"
		case strings.HasPrefix(rest, "\r"):
			eol = "\r"
		case strings.HasPrefix(rest, "\n"):
			eol = "\n"
		default: // the end: the line end of the record before stands in the output
			return
		}
		rest = rest[len(eol):]
	}
	// row takes a row that stands in both, up to where the output goes on with the columns that scoring adds.
	row := func(extra *regexp.Regexp) error {
		n := 0
		for n < len(out) && n < len(rest) && out[n] == rest[n] {
			n++
		}
		rest, out = rest[n:], out[n:]
		m := extra.FindString(out)
		if m == "" || rest != "" && rest[0] != '\n' && rest[0] != '\r' {
			return fmt.Errorf("byte %d: the input goes on with %.40q, the output with %.40q", at(), rest, out)
		}
		lineEnd()
		if out = out[len(m):]; !strings.HasPrefix(out, eol) {
			return fmt.Errorf("byte %d: the line end is %.2q, want %q", at(), out, eol)
		}
		out = out[len(eol):]
		return nil
	}
	if len(o.topics[flow.Scored]) > 0 {
		_, behind, _ := strings.Cut(out, newNames)
		loneCR = strings.HasPrefix(behind, "\r") && !strings.HasPrefix(behind, "\r\n")
		blank()
		if err := row(regexp.MustCompile("^" + newNames)); err != nil {
			return fmt.Errorf("the header: %w", err)
		}
	} else if len(letters) > 0 { // then no header has left either
		from, _, err := letters[0].span()
		if err != nil {
			return err
		}
		_, behind, _ := strings.Cut(in, letters[0].header("assay-header-row"))
		loneCR, rest = strings.HasPrefix(behind, "\r") && !strings.HasPrefix(behind, "\r\n"), in[from:]
	} else {
		return nil
	}
	for {
		blank()
		if rest == "" {
			break
		}
		if len(letters) > 0 {
			from, to, err := letters[0].span()
			if err != nil {
				return err
			}
			if from == at() {
				if letters[0].Value != in[from:to] {
					return fmt.Errorf("the letter of bytes %d to %d has %q", from, to, letters[0].Value)
				}
				letters, rest = letters[1:], in[to:]
				lineEnd()
				continue
			}
		}
		if err := row(added); err != nil {
			return err
		}
	}
	if len(letters) > 0 || out != "" {
		return fmt.Errorf("the input is used up, but not %d letters and %q", len(letters), out)
	}
	return nil
}

// span gives a row letter's place in the chunk.
func (r *record) span() (from, to int, err error) {
	a, b, ok := strings.Cut(r.header("assay-error-bytes"), "-")
	from, e1 := strconv.Atoi(a)
	to, e2 := strconv.Atoi(b)
	if !ok {
		return 0, 0, fmt.Errorf("no place in %q", r.header("assay-error-bytes"))
	}
	return from, to, errors.Join(e1, e2)
}

// Whatever the rows are, between whatever line ends, and wherever the columns stand: what leaves is what came.
func TestCP07KeepsWhatItDoesNotReplace(t *testing.T) {
	w := newWorker(t, pack(t), engine.Options{Format: engine.CSV})
	rapid.Check(t, func(t *rapid.T) {
		cells := rapid.SampledFrom([]string{
			"", "a", "Senior", " ", `""`, `"x, y"`, `"two` + "\n" + `lines"`, `"say ""hi"""`, `"Low"`, "é🙂", "$5K-$10K", "3,Children,high",
		})
		eols := []string{"\n"}
		if rapid.Bool().Draw(t, "mixed line ends") {
			eols = append(eols, "\r\n")
		} else if rapid.Bool().Draw(t, "lone CR") {
			eols = []string{"\r"}
		}
		eol := rapid.SampledFrom(eols)
		blanks := func() (s string) {
			for range rapid.IntRange(0, 8).Draw(t, "blank") / 7 {
				s += eol.Draw(t, "blank line end")
			}
			return s
		}
		header := strings.Split(collapsed+",note,"+`"second, note"`, ",note,")
		header = append(strings.Split(header[0], ","), "note", header[1])
		header = rapid.Permutation(header).Draw(t, "header")
		in := rapid.SampledFrom([]string{"", "\ufeff"}).Draw(t, "mark") + blanks() + strings.Join(header, ",") + eol.Draw(t, "eol")
		for n := rapid.IntRange(0, 12).Draw(t, "rows"); n > 0; n-- {
			row := make([]string, len(header))
			for i := range row {
				row[i] = cells.Draw(t, "cell")
			}
			switch rapid.IntRange(0, 9).Draw(t, "fault") {
			case 0:
				row = row[1:]
			case 1:
				row = append(row, "more")
			case 2:
				row[0] = `a"b`
			}
			in += blanks() + strings.Join(row, ",")
			if n > 1 || rapid.Bool().Draw(t, "ended") {
				in += eol.Draw(t, "eol")
			}
		}
		o := run(t, w, chunk(in))
		if err := tiled(in, o); err != nil {
			t.Fatalf("%v\n%q\n%q", err, in, o.csv())
		}
	})
}

// An input column that is called like one that scoring adds gives way to it, whatever its case.
func TestCP07ReplacedColumns(t *testing.T) {
	in := lines("Profile_Name,"+collapsed+", profile_id ,note", "Nobody,P6"+retired+`,99,"a, b"`, `"No, body",P6`+retired+`,"",`)
	want := lines(collapsed+",note,profile_id,profile_name,profile_confidence",
		"P6"+retired+`,"a, b",6,Retired and semi-retired,high`, "P6"+retired+",,6,Retired and semi-retired,high")
	if got := scored(t, engine.CSV, in).csv(); got != want {
		t.Errorf("%q\n%q", got, want)
	}
	for _, v := range scored(t, engine.JSON, in).values(flow.Scored) {
		if strings.Contains(v, "99") || strings.Contains(v, "body") || strings.Count(v, "rofile_") != 3 {
			t.Errorf("a replaced column is still there: %s", v)
		}
	}
}

func TestCP07RepeatedColumnsInJSON(t *testing.T) {
	in := lines("note,"+collapsed+",note,,note ", "1,P6"+retired+",2,3,4")
	v := scored(t, engine.JSON, in).only(t, flow.Scored).Value
	for _, member := range []string{`{"note":"1","id":"P6"`, `,"note_2":"2","column_13":"3","note_3":"4","profile_id":6`} {
		if !strings.Contains(v, member) {
			t.Errorf("%s lacks %s", v, member)
		}
	}
}

func TestCP08IDsAreKept(t *testing.T) {
	cells := []string{"007", "", `""`, "twice", "twice", `"Smith, John"`, `"the ""other"" one"`, "🙂 é", "  padded  ", "Not stated", "1e3", "null"}
	texts := []string{"007", "", "", "twice", "twice", "Smith, John", `the "other" one`, "🙂 é", "  padded  ", "Not stated", "1e3", "null"}
	in := collapsed + "\n"
	for _, c := range cells {
		in += c + retired + "\n"
	}
	o := scored(t, engine.JSON, in)
	var ids, keys []string
	for i, p := range o.people(t) {
		ids, keys = append(ids, p.ID), append(keys, o.topics[flow.Scored][i].Key)
		if o.topics[flow.Scored][i].Null {
			t.Errorf("row %d has a null key; an empty id is an empty key", i)
		}
	}
	if !slices.Equal(ids, texts) || !slices.Equal(keys, texts) {
		t.Errorf("ids %q and keys %q, want %q", ids, keys, texts)
	}
	for i, row := range strings.SplitAfter(scored(t, engine.CSV, in).csv(), "\n")[1 : len(cells)+1] {
		if !strings.HasPrefix(row, cells[i]+retired+",6,") {
			t.Errorf("row %d is %q, want the id %q", i, row, cells[i])
		}
	}
}
