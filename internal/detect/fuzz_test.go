package detect

import "testing"

// FuzzRead reads any bytes as any sample: nothing panics, no row is lost, and the proposed types read every sampled value.
func FuzzRead(f *testing.F) {
	for _, data := range corpus(f) {
		f.Add(data, true)
		f.Add(data[:len(data)/2], false)
	}
	f.Fuzz(func(t *testing.T, data []byte, complete bool) {
		if len(data) > 1<<16 {
			t.Skip("long inputs only make fuzzing slow")
		}
		holds(t, Read(data, complete, Declared{}))
	})
}

// FuzzDeclared reads any bytes in any dialect that is declared.
func FuzzDeclared(f *testing.F) {
	f.Add([]byte("a;b\n1;'x\ny'\n"), byte(';'), byte('\''), byte('\\'), 1, byte(1))
	f.Add([]byte("a,b\n1,2\n"), byte(0), byte(0), byte(0), 0, byte(2))
	f.Fuzz(func(t *testing.T, data []byte, delimiter, quote, escape byte, skip int, header byte) {
		d := Declared{Delimiter: delimiter, Quote: quote, Escape: escape, Skip: skip, SkipSet: skip >= 0, Header: Header(header % 3)}
		if len(data) > 1<<16 || skip > 100 || d.Check() != nil {
			t.Skip("not a declaration")
		}
		holds(t, Read(data, true, d))
	})
}
