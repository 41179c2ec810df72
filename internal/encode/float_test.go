package encode

import (
	"encoding/json"
	"math"
	"strconv"
	"testing"

	"pgregory.net/rapid"
)

func TestAppendFloat(t *testing.T) {
	for want, f := range map[string]float64{
		"0": 0, "-0": math.Copysign(0, -1), "1": 1, "0.1": 0.1, "-12.5": -12.5, "1e-07": 1e-7, "0.000001": 1e-6,
		"100000000000000000000": 1e20, "1e+21": 1e21, "1.7976931348623157e+308": math.MaxFloat64, "5e-324": math.SmallestNonzeroFloat64,
	} {
		if got := string(appendFloat(nil, f)); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	for _, f := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
		if got := string(appendFloat(nil, f)); got != "null" {
			t.Errorf("%v: %s", f, got)
		}
	}
}

// Every number comes back as it was, and encoding/json takes it.
func TestAppendFloatReadsBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f := rapid.Float64().Draw(t, "f")
		if math.IsNaN(f) || math.IsInf(f, 0) {
			return
		}
		text := appendFloat(nil, f)
		if back, err := strconv.ParseFloat(string(text), 64); err != nil || back != f || !json.Valid(text) {
			t.Fatalf("%v became %s", f, text)
		}
	})
}
