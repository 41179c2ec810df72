package score

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"math"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// handMade is a model file whose numbers stay, unlike those of the pack, which a fit may change.
func handMade(t testing.TB) []byte {
	t.Helper()
	return readFile(t, "testdata/hand-1.json")
}

// signed puts the right checksum into a model file after a change.
func signed(data []byte) []byte {
	empty := regexp.MustCompile(`"checksum": "[^"]*"`).ReplaceAll(data, []byte(`"checksum": ""`))
	sum := sha256.Sum256(empty)
	return bytes.Replace(empty, []byte(`"checksum": ""`), []byte(`"checksum": "`+hex.EncodeToString(sum[:])+`"`), 1)
}

// CP-19: what a model file may not be. Each change is made to a model that no fit changes.
func TestParseModelRefuses(t *testing.T) {
	const prefix = "model hand-1: "
	tests := []struct {
		name     string
		old, new string // a change of the text, or
		re       string // of what this matches
		unsigned bool
		want     string
	}{
		{name: "no JSON", re: `(?s).*`, new: "census", unsigned: true,
			want: "model is not a valid model file: invalid character 'c' looking for beginning of value"},
		{name: "empty", re: `(?s).*`, new: "", unsigned: true, want: "model is not a valid model file: EOF"},
		{name: "text after the end", re: `\n}\n$`, new: "\n}\n{}", unsigned: true,
			want: "model is not a valid model file: there is text after its end"},
		{name: "an unknown member", old: `"scale"`, new: `"scales"`, unsigned: true,
			want: `model is not a valid model file: json: unknown field "scales"`},
		{name: "a fraction", old: `"Child": [4096,`, new: `"Child": [4096.5,`, unsigned: true,
			want: `model is not a valid model file: table AGE_GROUP: label "Child": json: cannot unmarshal number 4096.5 into Go value of type int64`},
		{name: "another format", old: "assay.census-model/1", new: "assay.census-model/2",
			want: `model has format "assay.census-model/2", want "assay.census-model/1"`},
		{name: "no checksum", re: `"checksum": "[^"]*"`, new: `"checksum": ""`, unsigned: true,
			want: "model has no checksum: 64 hex digits, the SHA-256 of the file with an empty checksum"},
		{name: "a bad checksum", re: `"checksum": "[^"]*"`, new: `"checksum": "` + strings.Repeat("0", 64) + `"`, unsigned: true,
			want: "model has a wrong checksum: it says " + strings.Repeat("0", 64) + ", but the file has HASH: it was changed after it was made, or is damaged"},
		{name: "an escaped checksum", re: `"checksum": "[^"]*"`, new: `"checksum": "\u0030` + strings.Repeat("0", 63) + `"`, unsigned: true,
			want: "model must hold its checksum exactly once, without escapes"},
		{name: "no version", old: `"version": "hand-1"`, new: `"version": ""`, want: "model has no version"},
		{name: "no scale", old: `"scale": 1024`, new: `"scale": 0`, want: prefix + "scale is 0, want a positive number"},
		{name: "7 profiles", re: `,\s*{"id": 7[^}]*}`, new: ``, want: prefix + "there are 7 profiles, want 8"},
		{name: "profiles out of order", old: `{"id": 3,`, new: `{"id": 4,`,
			want: prefix + "profile 3 of the list has id 4, want ids 0 to 7 in order"},
		{name: "a profile without a name", old: `"name": "Children"`, new: `"name": ""`, want: prefix + "profile 2 has no name"},
		{name: "a name twice", old: `"name": "Non-earning dependants"`, new: `"name": "Children"`,
			want: prefix + `profiles 2 and 3 have the same name "Children"`},
		{name: "7 biases", re: `"bias": \[\d+, `, new: `"bias": [`, want: prefix + "there are 7 biases, want 8"},
		{name: "9 entries", old: `"Child": [`, new: `"Child": [0, `, want: prefix + `table AGE_GROUP, label "Child": there are 9 entries, want 8`},
		{name: "an entry over 32 bits", old: `"Child": [4096`, new: `"Child": [2147483648`,
			want: prefix + `table AGE_GROUP, label "Child": 2147483648 does not fit 32 bits`},
		{name: "sums over 32 bits", old: `"Child": [4096`, new: `"Child": [2147483647`,
			want: prefix + "the sums of profile 0 reach from -15360 to 2147500031 and do not fit 32 bits: take a smaller scale"},
		{name: "a missing table", re: `(?s)"SEX": {.*?},\s*`, new: ``, want: prefix + "there are 8 tables, want 9"},
		{name: "a table twice", old: `"SEX"`, new: `"INCOME"`, want: prefix + "table INCOME stands there twice"},
		{name: "a label twice", old: `"Female"`, new: `"Male"`, want: prefix + `table SEX has label "Male" twice`},
		{name: "no Not stated", old: `"Not stated"`, new: `"Unknown"`, want: prefix + `table AGE_GROUP has no label "Not stated"`},
		{name: "Not stated counts", old: `"Not stated": [0`, new: `"Not stated": [1`,
			want: prefix + `table AGE_GROUP: the entries of "Not stated" must all be 0`},
		{name: "17 labels", old: `"Male": [`, new: strings.Repeat(`"x": [0,0,0,0,0,0,0,0],`, 14) + `"Male": [`,
			want: prefix + "table SEX has 17 labels, want at most 16"},
	}
	hash := regexp.MustCompile(`has [0-9a-f]{64}:`)
	for _, test := range tests {
		data := handMade(t)
		before := bytes.Clone(data)
		if test.re != "" {
			loc := regexp.MustCompile(test.re).FindIndex(data)
			data = append(append(bytes.Clone(data[:loc[0]]), test.new...), data[loc[1]:]...)
		} else {
			data = bytes.Replace(data, []byte(test.old), []byte(test.new), 1)
		}
		if bytes.Equal(data, before) {
			t.Errorf("%s: the change changes nothing", test.name)
			continue
		}
		if !test.unsigned {
			data = signed(data)
		}
		_, err := ParseModel(data)
		if err == nil {
			t.Errorf("%s: accepted", test.name)
			continue
		}
		if got := hash.ReplaceAllString(err.Error(), "has HASH:"); got != test.want {
			t.Errorf("%s:\n got %s\nwant %s", test.name, got, test.want)
		}
	}
}

// A label that is missing in the model is found when it is bound: only the contract knows which there must be.
func TestMissingLabelIsRefused(t *testing.T) {
	data := regexp.MustCompile(`"Youth": \[[^]]*\],\s*`).ReplaceAll(handMade(t), nil)
	m, err := ParseModel(signed(data))
	if err != nil {
		t.Fatal(err)
	}
	_, err = NewNearestProfile(m).Bind(schemaOf(packModel(t)))
	if want := `model hand-1 does not fit the column AGE_GROUP: the model has no label "Youth"`; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

func TestModelGoesRound(t *testing.T) {
	want := handMade(t)
	m, err := ParseModel(want)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), string(m.Marshal())); d != "" {
		t.Errorf("a model is not written as it was read:\n%s", d)
	}
	m.Version, m.Fit = `<&">`, nil
	again, err := ParseModel(m.Marshal())
	if err != nil {
		t.Fatal(err)
	}
	if again.Version != m.Version || string(again.Fit) != "{}" {
		t.Errorf("version %q, fit %s", again.Version, again.Fit)
	}
}

// The fast kernel must give up exactly where a sum could run into its neighbour.
func TestFits16(t *testing.T) {
	m := toyModel(t)
	for k := range m.Bias {
		m.Bias[k] = 0
	}
	// Each label's least entry is 0 in profile 1, so that the sum of profile 0 is what it says.
	for _, table := range m.Tables {
		for i := range table.Labels {
			table.Labels[i].Entry = [Profiles]int32{}
		}
	}
	m.table("SEX").Label("Male").Entry[0] = math.MaxUint16 - 10
	m.table("INCOME").Label("Low").Entry[0] = 10
	if !m.Fits16() {
		t.Error("a sum of 65,535 fits 16 bits")
	}
	m.table("INCOME").Label("Mid").Entry[0] = 11
	if m.Fits16() {
		t.Error("a sum of 65,536 does not fit 16 bits")
	}
	m.table("INCOME").Label("Mid").Entry = [Profiles]int32{11, 11, 11, 11, 11, 11, 11, 11}
	if !m.Fits16() {
		t.Error("what all eight entries have in common does not count")
	}
	m.Bias[5] = math.MinInt32
	if m.Fits16() {
		t.Error("a bias of 32 bits does not fit 16")
	}
}

func FuzzParseModel(f *testing.F) {
	data := handMade(f)
	f.Add(data)
	f.Add(signed(bytes.Replace(data, []byte("4096"), []byte("-4096"), 3)))
	f.Add(data[:len(data)/2])
	f.Add([]byte(`{"tables": {"A": [], "B": {"C": 1}}}`))
	f.Add([]byte(`{"tables": null, "bias": null}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := ParseModel(signed(data))
		if err != nil {
			return
		}
		again, err := ParseModel(m.Marshal())
		if err != nil {
			t.Fatalf("what was read cannot be written and read again: %v", err)
		}
		again.Checksum, again.Fit = m.Checksum, m.Fit
		if d := cmp.Diff(m, again); d != "" {
			t.Fatal(d)
		}
		m.Fits16()
	})
}
