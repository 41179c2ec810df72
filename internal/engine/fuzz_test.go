package engine_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/klauspost/compress/gzip"

	"github.com/assay-dev/assay/internal/census"
	"github.com/assay-dev/assay/internal/charset"
	"github.com/assay-dev/assay/internal/engine"
	"github.com/assay-dev/assay/internal/fault"
	"github.com/assay-dev/assay/internal/feed"
	"github.com/assay-dev/assay/internal/flow"
)

// FuzzChunk runs any bytes behind a header. Whatever they are: the engine does not fail; every row is scored or dead, once; a
// dead one's bytes stand in its letter; and of the input nothing else is missing in the output.
func FuzzChunk(f *testing.F) {
	f.Add("\n0" + retired + "\n")
	f.Add("\r\n\"P\"\"0\"" + strings.ReplaceAll(retired, ",", ",\"")[:60] + "\r\n1" + strings.Replace(retired, "Low", "low ", 1) + "\r\nshort\r\n\r\n\"open" + retired)
	f.Add(",profile_id\r0" + retired + ",6\r" + retired + "\x00,\r1" + strings.Replace(retired, "Single", "Not stated", 1) + ",\xff")
	f.Add(strings.TrimPrefix(string(persons(5, census.Options{Flagged: 0.3, Broken: 0.3})), collapsed))
	var workers [2]*engine.Worker
	for i := range workers {
		workers[i] = newWorker(f, pack(f), engine.Options{Format: formats[i], FieldBytes: 100, Columns: 20})
	}
	strict := pack(f)
	strict.Malformed = feed.MalformedChunk
	whole := newWorker(f, strict, engine.Options{FieldBytes: 100, Columns: 20})
	f.Fuzz(func(t *testing.T, rows string) {
		in := chunk(collapsed + rows)
		asJSON, asCSV := run(t, workers[0], in), run(t, workers[1], in)
		for i, o := range []*outcome{asJSON, asCSV} {
			if o.refused != nil && o.refused.Cause != nil {
				t.Fatalf("%s: the engine failed: %v", names[i], o.refused)
			}
		}
		if asJSON.refused != nil { // the bytes have become part of the header
			asJSON.refusal(t, in)
			asCSV.refusal(t, in)
			return
		}
		fates(t, asJSON)
		documents(t, asJSON)
		if err := tiled(string(in.Value), asCSV); err != nil && !replaced.MatchString(rows) {
			t.Error(err)
		}
		for _, out := range []flow.Output{flow.Quality, flow.Errors, flow.Dead, flow.Results} {
			if strings.Join(asJSON.values(out), "\n") != strings.Join(asCSV.values(out), "\n") {
				t.Errorf("json and csv differ on the %s topic", out)
			}
		}
		if o := run(t, whole, in); (o.refused != nil) != (asJSON.counts.RowsDead > 0) {
			t.Errorf("with malformed: chunk %v, though %d rows are broken", o.refused, asJSON.counts.RowsDead)
		} else if o.refused != nil {
			o.refusal(t, in)
		}
	})
}

// FuzzOrders runs any rows of a feed with reference sets, rules and expressions: the engine does not fail, every row has one fate,
// and both formats tell the same of it.
func FuzzOrders(f *testing.F) {
	f.Add(strings.TrimPrefix(manyOrders(3), ordersHeader))
	f.Add("\n1;a@example.org;1e3;;\n2;\"c, d@example.org\";-0.00;x;FR\n3;;9999999999.99;2026-05-25 10:00:00;NL")
	var workers [2]*engine.Worker
	for i := range workers {
		c := ordersPack(f, expressions("risk: amount * amount, where: country, mail: email, n: length(email) - customers.count, when: ordered, odd: 'amount in [1, 2.50]'")...)
		workers[i] = newWorker(f, c, engine.Options{Format: formats[i], FieldBytes: 100, Columns: 20})
	}
	f.Fuzz(func(t *testing.T, rows string) {
		in := chunk(ordersHeader + rows)
		asJSON, asCSV := run(t, workers[0], in), run(t, workers[1], in)
		for i, o := range []*outcome{asJSON, asCSV} {
			if o.refused != nil && o.refused.Cause != nil {
				t.Fatalf("%s: the engine failed: %v", names[i], o.refused)
			}
		}
		if asJSON.refused == nil {
			fates(t, asJSON)
			documents(t, asJSON)
		}
		for _, out := range []flow.Output{flow.Quality, flow.Errors, flow.Dead, flow.Results} {
			if strings.Join(asJSON.values(out), "\n") != strings.Join(asCSV.values(out), "\n") {
				t.Errorf("json and csv differ on the %s topic", out)
			}
		}
	})
}

// FuzzForeign runs any rows in UTF-8, and the same in another character set, compressed or not: the same rows are scored, and what
// is refused leaves with the bytes that it came with, from the place where they stand.
func FuzzForeign(f *testing.F) {
	f.Add("\n1,é\n2,\"ä, ß\"\nx,ü\n3,a\"b\n4\n", uint8(0))
	f.Add("\r\n1,\u20ac 😀\r\n,\r\n\r\n2,\"two\r\nlines\"\r\n", uint8(1))
	f.Add("\"ü", uint8(5))
	f.Add("\r1,a\r2,\u2028\x00", uint8(4))
	foreign := []charset.Charset{charset.UTF16LE, charset.UTF16BE, charset.Latin1}
	contractIn := func(c charset.Charset) *feed.Contract {
		return contract(f, "feed: pairs\nversion: 1\ncsv: {charset: "+c.String()+"}\ncolumns:\n  a: {type: int64, required: true}\n  é: {type: string}\n")
	}
	o := engine.Options{Format: engine.CSV, FieldBytes: 100}
	plain := newWorker(f, contractIn(charset.UTF8), o)
	var workers []*engine.Worker
	for _, c := range foreign {
		workers = append(workers, newWorker(f, contractIn(c), o))
	}
	stored, err := gzip.NewWriterLevel(nil, gzip.NoCompression)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, rows string, choice uint8) {
		text, which := "a,é"+rows, int(choice)%len(foreign)
		c := foreign[which]
		if !utf8.ValidString(text) || c == charset.Latin1 && strings.ContainsFunc(text, func(r rune) bool { return r > 0xff }) {
			t.Skip("it cannot be written so")
		}
		raw := encoded(text, c)
		in := chunk(raw)
		if choice >= 128 {
			var b bytes.Buffer
			stored.Reset(&b)
			_, _ = stored.Write(raw)
			_ = stored.Close()
			in = chunk(b.Bytes(), flow.Header{Key: "content-encoding", Value: []byte("gzip")})
		}
		want, got := run(t, plain, chunk(text)), run(t, workers[which], in)
		if (want.refused == nil) != (got.refused == nil) {
			t.Fatalf("%q is refused: %v, in %s: %v", text, want.refused, c, got.refused)
		}
		if want.refused != nil {
			if want.refused.Code != got.refused.Code || got.only(t, flow.Dead).Value != string(in.Value) {
				t.Fatalf("%q is refused: %v, in %s: %v", text, want.refused, c, got.refused)
			}
			return
		}
		if got.csv() != want.csv() || len(got.topics[flow.Dead]) != len(want.topics[flow.Dead]) || len(got.topics[flow.Errors]) != len(want.topics[flow.Errors]) {
			t.Fatalf("%q in %s: scored %q, want %q; %d letters, want %d", text, c, got.csv(), want.csv(), len(got.topics[flow.Dead]), len(want.topics[flow.Dead]))
		}
		for i := range got.topics[flow.Dead] {
			letter := &got.topics[flow.Dead][i]
			var from, to int
			if _, err := fmt.Sscanf(letter.header("assay-error-bytes"), "%d-%d", &from, &to); err != nil || to > len(raw) {
				t.Fatalf("letter %d: %q", i, letter.header("assay-error-bytes"))
			}
			if bytes := string(encoded(want.topics[flow.Dead][i].Value, c)); letter.Value != bytes || string(raw[from:to]) != bytes {
				t.Errorf("%q in %s: letter %d is %q, at its place stands %q, want %q", text, c, i, letter.Value, raw[from:to], bytes)
			}
		}
		theirs := want.events(t)
		for i, e := range got.events(t) {
			if w := theirs[i]; e.Code != w.Code || (e.At == nil) != (w.At == nil) || e.At != nil && e.At.Line != w.At.Line || e.Field != w.Field {
				t.Errorf("%q in %s: event %d is %+v, want %+v", text, c, i, e, w)
			}
		}
	})
}

// FuzzAdmission runs any bytes under any content type and encoding: every row has one fate, or the chunk leaves as it came.
func FuzzAdmission(f *testing.F) {
	plain := []byte(lines(collapsed, "0"+retired, "broken"))
	f.Add(plain, "text/csv", "")
	f.Add(gzipped(plain), "text/csv; charset=utf-8", "gzip")
	f.Add(zstded(plain), "", " ZSTD")
	f.Add(append([]byte("\xff\xfe"), encoded(string(plain), charset.UTF16LE)...), "text/csv; charset=\"latin-1\"", "identity")
	f.Add(encoded(string(plain), charset.UTF16BE), "application/vnd.ms-excel;charset=UTF-16BE; header=present", "x-gzip")
	f.Add(gzipped(plain)[:60], "application/json", "br")
	w := newWorker(f, pack(f), engine.Options{DecompressedBytes: 1 << 16, FieldBytes: 100, Columns: 20})
	f.Fuzz(func(t *testing.T, value []byte, kind, encoding string) {
		if len(value) > 1<<12 {
			t.Skip("long inputs only make fuzzing slow")
		}
		in := chunk(value, flow.Header{Key: "Content-Type", Value: []byte(kind)}, flow.Header{Key: "content-encoding", Value: []byte(encoding)})
		o := run(t, w, in)
		if o.refused == nil {
			fates(t, o)
			return
		}
		if o.refused.Cause != nil && o.refused.Code != fault.InvalidFile {
			t.Fatalf("the engine failed: %v", o.refused)
		}
		if o.only(t, flow.Dead).Value != string(value) || len(o.topics[flow.Scored])+len(o.topics[flow.Quality]) > 0 || o.events(t)[0].Source.Row != nil {
			t.Errorf("refused as %v: %+v", o.refused, o.topics)
		}
	})
}

// replaced finds the names of columns that give way to those that scoring adds; then cells are missing in the output.
var replaced = regexp.MustCompile(`(?i)profile_(id|name|confidence)`)

// documents checks that all that leaves as JSON is JSON.
func documents(t *testing.T, o *outcome) {
	t.Helper()
	for _, out := range []flow.Output{flow.Scored, flow.Quality, flow.Errors, flow.Results} {
		for _, v := range o.values(out) {
			if !json.Valid([]byte(v)) || !utf8.ValidString(v) {
				t.Errorf("the %s topic has %q", out, v)
			}
		}
	}
}

// fates checks that each row of a chunk, by its index, has one fate.
func fates(t *testing.T, o *outcome) {
	t.Helper()
	seen := map[string]string{}
	fate := func(row, is string) {
		if seen[row] != "" {
			t.Errorf("row %s is %s and %s", row, seen[row], is)
		}
		seen[row] = is
	}
	for i := range o.topics[flow.Scored] {
		source := o.topics[flow.Scored][i].header("assay-source")
		fate(source[strings.LastIndexByte(source, '/')+1:], "scored")
	}
	for i := range o.topics[flow.Dead] {
		fate(o.topics[flow.Dead][i].header("assay-error-row"), "dead")
	}
	n := o.counts
	if int64(len(seen)) != n.Rows || n.RowsScored+n.RowsDead != n.Rows || n.RowsScored != int64(len(o.topics[flow.Scored])) {
		t.Errorf("%d rows have a fate; counts %+v", len(seen), n)
	}
}
