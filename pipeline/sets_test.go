package pipeline_test

import (
	"testing"
	"testing/fstest"

	"github.com/assay-dev/assay/pipeline"
)

// A feed with other options has the reference sets of the one that was loaded, whose files are in memory no more.
func TestWithKeepsReferenceSets(t *testing.T) {
	feed, err := pipeline.LoadFS(fstest.MapFS{
		"f.yaml":    {Data: []byte(header + "columns: {k: {type: string}}\nrefs: {names: {file: names.csv, key: k, add: [name]}}\n")},
		"names.csv": {Data: []byte("k,name\n1,one\n2,two\n")},
	}, "f.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if feed, err = feed.With(pipeline.WithFormat(pipeline.CSV)); err != nil {
			t.Fatal(err)
		}
	}
	if res := process(t, feed, "k\n2\n3\n"); string(res.Rows[0]) != "k,name\n2,two\n3,\n" {
		t.Errorf("%q", res.Rows)
	}
}
