package pipeline_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v17/arrow"
	"github.com/apache/arrow/go/v17/arrow/array"
	"github.com/apache/arrow/go/v17/arrow/ipc"
	"github.com/apache/arrow/go/v17/arrow/memory"

	"github.com/assay-dev/assay/pipeline"
)

// streams gives Arrow messages of all types that a feed writes: texts and labels, numbers and booleans, with nulls.
func streams(tb testing.TB) (list [][]byte) {
	tb.Helper()
	types := load(tb, header+"columns: {a: {type: int64}, b: {type: float64}, c: {type: bool}, d: {type: string}, e: {type: date}}\n", pipeline.WithFormat(pipeline.Arrow))
	list = append(list, process(tb, types, "a,b,c,d,e\n1,0.5,true,one,2026-05-25\n,,,,\n-3,1e9,f,a text that is longer than a view,1970-01-01\n").Rows...)
	persons, err := pipeline.Pack("census-profile", pipeline.WithFormat(pipeline.Arrow))
	if err != nil {
		tb.Fatal(err)
	}
	const names = "id,AGE_GROUP,SEX,MARITAL_STATUS,HOUSEHOLD_ROLE,INCOME,EDUCATION,OCCUPATION,INDUSTRY,LABOUR_FORCE\n"
	const retired = ",Senior,Female,Single,Non-family,Low,Year 11 or below,Not in employment,Other / Not employed,Not in labour force\n"
	list = append(list, process(tb, persons, names+"P0"+retired+"P1"+retired).Rows...)
	if len(list) != 2 {
		tb.Fatalf("%d messages, want one of each feed", len(list))
	}
	return list
}

// readAll reads every value of a message and gives the number of rows before the error, if there is one.
func readAll(tb testing.TB, message []byte) (rows int64, err error) {
	tb.Helper()
	for record, err := range pipeline.Records(message) {
		if err != nil {
			return rows, err
		}
		if _, err := record.MarshalJSON(); err != nil && !strings.Contains(err.Error(), "unsupported value") { // NaN and infinity
			tb.Fatal(err)
		}
		rows += record.NumRows()
		_ = fmt.Sprint(record)
	}
	return rows, nil
}

// Whichever byte of a message is another: it is read, or refused, and every value of what is read can be asked for.
func TestRecordsOfBrokenMessages(t *testing.T) {
	for n, message := range streams(t) {
		refused := 0
		broken := bytes.Clone(message)
		for i := range message {
			for _, b := range []byte{0, message[i] + 1, 0xff} {
				broken[i] = b
				if _, err := readAll(t, broken); err != nil {
					refused++
				}
			}
			broken[i] = message[i]
		}
		for i := range message {
			if rows, err := readAll(t, message[:i]); err == nil && rows > 0 && i < len(message)-8 {
				t.Errorf("message %d cut at %d of %d: nobody noticed", n, i, len(message))
			}
		}
		if refused == 0 || refused == 3*len(message) {
			t.Errorf("%d of %d broken messages were refused", refused, 3*len(message))
		}
	}
}

// Lengths that a message only names reserve no memory.
func TestRecordsReserveNothing(t *testing.T) {
	message := streams(t)[0]
	n := 8 + int(binary.LittleEndian.Uint32(message[4:])) // of the schema's message
	for name, broken := range map[string][]byte{
		"metadata": []byte("\xff\xff\xff\xff\xf0\xff\xff\x7f" + strings.Repeat("x", 100)),
		"negative": []byte("\xff\xff\xff\xff\xff\xff\xff\xff" + strings.Repeat("x", 100)),
		"body":     patch(t, message[n:], func(body int64) int64 { return body + 1<<40 }),
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for _, in := range [][]byte{broken, append(bytes.Clone(message[:n]), broken...)} {
			if _, err := readAll(t, in); err == nil {
				t.Errorf("%s: read", name)
			}
		}
		if runtime.ReadMemStats(&after); after.TotalAlloc-before.TotalAlloc > 1<<20 {
			t.Errorf("%s: %d bytes reserved", name, after.TotalAlloc-before.TotalAlloc)
		}
	}
}

// patch changes the first eight bytes of a message's metadata that name the length of its body.
func patch(t *testing.T, message []byte, change func(int64) int64) []byte {
	t.Helper()
	meta := 8 + int(binary.LittleEndian.Uint32(message[4:]))
	size := ipc.NewMessage(memory.NewBufferBytes(message[8:meta]), memory.NewBufferBytes(nil)).BodyLen()
	out := bytes.Clone(message)
	at := bytes.Index(out[8:meta], binary.LittleEndian.AppendUint64(nil, uint64(size)))
	if at < 0 {
		t.Fatal("the length of the body is not in the metadata")
	}
	binary.LittleEndian.PutUint64(out[8+at:], uint64(change(size)))
	return out
}

// What no feed writes is refused before Arrow's reader sees it.
func TestRecordsOfOthers(t *testing.T) {
	for _, kind := range []arrow.DataType{
		arrow.ListOf(arrow.PrimitiveTypes.Int64), arrow.StructOf(arrow.Field{Name: "x", Type: arrow.BinaryTypes.String}), arrow.BinaryTypes.StringView,
		arrow.FixedWidthTypes.Date32, arrow.PrimitiveTypes.Int32, &arrow.DictionaryType{IndexType: arrow.PrimitiveTypes.Int64, ValueType: arrow.BinaryTypes.String},
	} {
		var b bytes.Buffer
		w := ipc.NewWriter(&b, ipc.WithSchema(arrow.NewSchema([]arrow.Field{{Name: "a", Type: kind}}, nil)))
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if _, err := readAll(t, b.Bytes()); err == nil || !strings.Contains(err.Error(), "no feed writes") {
			t.Errorf("%v: %v", kind, err)
		}
	}
	var b bytes.Buffer
	schema := arrow.NewSchema(nil, nil)
	w := ipc.NewWriter(&b, ipc.WithSchema(schema))
	if err := w.Write(array.NewRecord(schema, nil, 1<<60)); err != nil {
		t.Fatal(err)
	}
	if _, err := readAll(t, b.Bytes()); err == nil || !strings.Contains(err.Error(), "without columns") {
		t.Errorf("rows without end: %v", err)
	}
	b.Reset()
	schema = arrow.NewSchema([]arrow.Field{{Name: "a", Type: arrow.BinaryTypes.String}}, nil)
	w = ipc.NewWriter(&b, ipc.WithSchema(schema), ipc.WithZstd())
	rows := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	rows.Field(0).(*array.StringBuilder).Append(strings.Repeat("bomb", 1000))
	if err := w.Write(rows.NewRecord()); err != nil {
		t.Fatal(err)
	}
	if _, err := readAll(t, b.Bytes()); err == nil || !strings.Contains(err.Error(), "compressed") {
		t.Errorf("a compressed stream: %v", err)
	}
}

// FuzzRecords reads any bytes as a message: rows or an error, every value can be asked for, and no more memory is taken than a few
// times the message.
func FuzzRecords(f *testing.F) {
	for _, message := range streams(f) {
		f.Add(message)
		f.Add(message[:len(message)/2])
	}
	f.Fuzz(func(t *testing.T, message []byte) {
		if len(message) > 1<<14 {
			t.Skip("long inputs only make fuzzing slow")
		}
		_, _ = readAll(t, message)
	})
}
