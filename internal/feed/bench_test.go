package feed

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
)

// wide gives a contract of so many columns, all of which its output names.
func wide(columns int) fstest.MapFS {
	var b strings.Builder
	b.WriteString("feed: wide\nversion: 1\ncolumns:\n")
	for i := range columns {
		fmt.Fprintf(&b, "  column_%d: {type: int64}\n", i)
	}
	b.WriteString("output:\n  columns:\n")
	for i := range columns {
		fmt.Fprintf(&b, "    - column_%d\n", i)
	}
	return fstest.MapFS{"wide.yaml": {Data: []byte(b.String())}}
}

// BenchmarkLoad loads contracts of a few columns and of very many. The time a column is about the same.
func BenchmarkLoad(b *testing.B) {
	for _, columns := range []int{10, 1000, 15_000} {
		b.Run(fmt.Sprint(columns), func(b *testing.B) {
			files := wide(columns)
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Load(files, "wide.yaml"); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*columns), "ns/column")
		})
	}
}
