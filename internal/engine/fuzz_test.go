package engine_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/assay-dev/assay/internal/engine"
	"github.com/assay-dev/assay/internal/feed"
	"github.com/assay-dev/assay/internal/flow"
)

// FuzzChunk runs any bytes behind a header. Whatever they are: the engine does not fail; every row is scored or dead, once; a
// dead one's bytes stand in its letter; and of the input nothing else is missing in the output.
func FuzzChunk(f *testing.F) {
	f.Add("\n0" + retired + "\n")
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
		}
		for _, out := range []flow.Output{flow.Quality, flow.Errors, flow.Dead, flow.Results} {
			if strings.Join(asJSON.values(out), "\n") != strings.Join(asCSV.values(out), "\n") {
				t.Errorf("json and csv differ on the %s topic", out)
			}
		}
	})
}

// replaced finds the names of columns that give way to those that scoring adds; then cells are missing in the output.
var replaced = regexp.MustCompile(`(?i)profile_(id|name|confidence)`)

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
