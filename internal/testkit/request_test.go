package testkit

import (
	"bytes"
	"testing"

	"github.com/twmb/franz-go/pkg/kmsg"
)

func request(r kmsg.Request, version int16, client ...kmsg.RequestFormatterOpt) []byte {
	r.SetVersion(version)
	return kmsg.NewRequestFormatter(client...).AppendRequest(nil, r, 1)
}

func TestParseRequest(t *testing.T) {
	end := kmsg.NewPtrEndTxnRequest()
	end.TransactionalID, end.ProducerID, end.Commit = "txn", 7, true
	for version := range int16(5) { // from 3 on the header has tags
		for _, id := range []string{"", "me"} {
			var opts []kmsg.RequestFormatterOpt
			if id != "" {
				opts = append(opts, kmsg.FormatterClientID(id))
			}
			frame := request(end, version, opts...)
			r, err := parseRequest(2, frame[4:])
			if err != nil {
				t.Fatal(err)
			}
			if r.Node != 2 || r.Key != 26 || r.Version != version || r.ClientID != id {
				t.Errorf("version %d: %+v", version, r)
			}
			k, err := r.Decode()
			if err != nil {
				t.Fatal(err)
			}
			if e := k.(*kmsg.EndTxnRequest); e.TransactionalID != "txn" || e.ProducerID != 7 || !Committing(r) {
				t.Errorf("version %d: body %+v", version, e)
			}
		}
	}
	end.Commit = false
	r, err := parseRequest(1, request(end, 3)[4:])
	if err != nil || Committing(r) {
		t.Errorf("an abort commits: %v", err)
	}
}

func TestParseRequestRefuses(t *testing.T) {
	for name, b := range map[string][]byte{
		"no header":              {0, 26, 0, 3},
		"client id past the end": {0, 26, 0, 3, 0, 0, 0, 1, 0, 9, 'x'},
	} {
		if _, err := parseRequest(1, b); err == nil {
			t.Errorf("%s: read", name)
		}
	}
	for name, b := range map[string][]byte{
		"unknown key": {0x7f, 0, 0, 3, 0, 0, 0, 1, 0xff, 0xff},
		"cut body":    {0, 26, 0, 0, 0, 0, 0, 1, 0xff, 0xff, 0, 9},
		"header tags": {0, 26, 0, 3, 0, 0, 0, 1, 0xff, 0xff, 1},
	} {
		r, err := parseRequest(1, b)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if _, err := r.Decode(); err == nil || Committing(r) {
			t.Errorf("%s: decoded", name)
		}
	}
}

func TestReadFrame(t *testing.T) {
	in := bytes.NewReader([]byte{0, 0, 0, 4, 1, 2, 3, 4, 0, 0, 0, 5, 1, 2, 3, 4, 5, 0, 0, 0, 3, 1, 2, 3})
	var buf []byte
	for _, want := range []int{8, 9} {
		var err error
		if buf, err = readFrame(in, buf); err != nil || len(buf) != want {
			t.Fatalf("%d bytes, %v; want %d", len(buf), err, want)
		}
	}
	for name, b := range map[string][]byte{
		"too short to be one": {0, 0, 0, 3, 1, 2, 3}, "negative": {255, 0, 0, 0}, "huge": {0x7f, 0, 0, 0}, "cut": {0, 0, 0, 9, 1},
	} {
		if _, err := readFrame(bytes.NewReader(b), nil); err == nil {
			t.Errorf("%s: read", name)
		}
	}
}

func FuzzParseRequest(f *testing.F) {
	end := kmsg.NewPtrEndTxnRequest()
	for _, version := range []int16{0, 3, 5} {
		f.Add(request(end, version)[4:])
	}
	f.Add(request(kmsg.NewPtrProduceRequest(), 9, kmsg.FormatterClientID("x"))[4:])
	f.Fuzz(func(_ *testing.T, b []byte) {
		r, err := parseRequest(1, b)
		if err != nil {
			return
		}
		r.answered()
		Committing(r)
	})
}
