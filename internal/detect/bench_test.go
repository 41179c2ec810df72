package detect

import (
	"fmt"
	"strings"
	"testing"
)

func BenchmarkRead(b *testing.B) {
	var t strings.Builder
	t.WriteString("id,name,city,day,amount,score\n")
	for i := 0; t.Len() < 8<<20; i++ {
		fmt.Fprintf(&t, "%d,name %d,\"City, %d\",2024-01-%02d,%d.%02d,%d\n", i, i%5000, i%40, 1+i%28, i%1000, i%100, i%7)
	}
	text := []byte(t.String())
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if r := Read(text, true, Declared{}); r.Refused > 0 {
			b.Fatal(render(r))
		}
	}
}
