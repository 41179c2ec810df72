package encode

import "testing"

// BenchmarkRows encodes a batch of 4,000 rows of four cells and three scores; bytes are those that leave.
func BenchmarkRows(b *testing.B) {
	for name, rows := range map[string]func(*Writer) Rows{
		"json":  NewJSONRows,
		"csv":   func(w *Writer) Rows { return NewCSVRows(w, false) },
		"arrow": func(w *Writer) Rows { return NewArrowRows(w, false) },
	} {
		b.Run(name, func(b *testing.B) {
			r := profile(b)
			run := steady(b, r, rows, 4000)
			b.SetBytes(int64(r.fx.Bytes()))
			b.ReportAllocs()
			for b.Loop() {
				run()
			}
			b.ReportMetric(4000*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}

func BenchmarkDeadLetter(b *testing.B) {
	r := newRig(b)
	w := r.begin()
	b.ReportAllocs()
	for b.Loop() {
		r.fx.Reset()
		if err := w.DeadLetter(&rowLetter); err != nil {
			b.Fatal(err)
		}
	}
}
