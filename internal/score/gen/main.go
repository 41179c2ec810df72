// Command gen writes the hand-made model of the census-profile pack:
//
//	go run ./gen ../../schemas/feeds/census-profile/model.json
//
// It serves until a fit on a population replaces it, and states in the model itself that it was made by hand.
//
// The rule: affinity says in small whole numbers how much a label speaks for each profile (positive) or against it
// (negative), in the light of the profile's typical traits and archetype. The scorer looks for the least sum, so a table
// entry is −affinity × scale, and a profile's bias is its handicap × scale: what it must make good before it is chosen, so
// that rows which say little go to the common profiles. The scale is the largest power of two for which the sums fit the
// fast kernel.
package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"

	"github.com/assay-dev/assay/internal/score"
)

var profiles = [score.Profiles]string{
	"Labourers and operators",
	"Young singles and non-workers",
	"Children",
	"Non-earning dependants",
	"Trades and technical workers",
	"Established partnered households",
	"Retired and semi-retired",
	"High-earning professionals",
}

var handicap = [score.Profiles]int32{1, 1, 3, 1, 1, 0, 1, 1}

type row struct {
	label    string
	affinity [score.Profiles]int32
}

var variables = []struct {
	name string
	rows []row
}{
	// Columns: labourers, young, children, dependants, trades, established, retired, professionals.
	{"AGE_GROUP", []row{
		{"Child", [8]int32{-4, -2, 5, -4, -4, -4, -4, -4}},
		{"Youth", [8]int32{1, 4, -3, 0, 0, -2, -5, -2}},
		{"Early career", [8]int32{1, -1, -4, 1, 1, 0, -5, 2}},
		{"Mid career", [8]int32{1, -2, -4, 1, 1, 2, -2, 1}},
		{"Senior", [8]int32{-1, -4, -4, -1, -1, 0, 5, 0}},
	}},
	{"SEX", []row{
		{"Male", [8]int32{1, 0, 0, -1, 1, -1, 0, 0}},
		{"Female", [8]int32{-1, 0, 0, 1, -1, 1, 0, 0}},
	}},
	{"MARITAL_STATUS", []row{
		{"Partnered", [8]int32{0, -3, -3, 1, 0, 2, 0, 1}},
		{"Single", [8]int32{0, 1, 1, -1, 0, -1, 0, 0}},
	}},
	{"HOUSEHOLD_ROLE", []row{
		{"Family head", [8]int32{0, -3, -4, 2, 1, 2, 0, 1}},
		{"Child", [8]int32{0, 3, 3, -1, 0, -3, -4, -2}},
		{"Other family", [8]int32{1, 2, -3, 1, 0, -2, 0, -1}},
		{"Non-family", [8]int32{1, 0, -3, -1, 0, -1, 1, 0}},
	}},
	{"INCOME", []row{
		{"No income", [8]int32{-2, 2, 3, 3, -3, -2, -1, -4}},
		{"Low", [8]int32{1, 2, -2, 1, -1, 0, 2, -3}},
		{"Mid", [8]int32{2, -2, -4, -2, 2, 2, -1, -1}},
		{"High", [8]int32{0, -4, -4, -4, 2, 1, -1, 3}},
		{"Very high", [8]int32{-2, -4, -4, -4, 0, 0, -1, 4}},
	}},
	{"EDUCATION", []row{
		{"Bachelor or higher", [8]int32{-2, -1, -4, 0, -2, 0, 0, 3}},
		{"Diploma or certificate", [8]int32{0, -1, -3, 0, 3, 1, 0, -1}},
		{"Year 12", [8]int32{1, 2, -2, 1, 0, 0, 0, -1}},
		{"Year 11 or below", [8]int32{2, 0, 2, 0, -1, -1, 1, -3}},
	}},
	{"OCCUPATION", []row{
		{"Managers and professionals", [8]int32{-3, -3, -4, -4, -2, 1, -1, 4}},
		{"Trades and technical", [8]int32{0, -2, -4, -4, 5, -1, -2, -2}},
		{"Clerical and service", [8]int32{0, -1, -4, -3, -1, 3, -1, -1}},
		{"Labourers and operators", [8]int32{5, -1, -4, -3, 0, -1, -2, -3}},
		{"Not in employment", [8]int32{-4, 2, 2, 3, -4, -3, 2, -4}},
	}},
	{"INDUSTRY", []row{
		{"Knowledge services", [8]int32{0, -1, -3, -2, 0, 0, -1, 2}},
		{"Public and community services", [8]int32{-1, -1, -3, -2, -1, 2, 0, 1}},
		{"Primary and industrial", [8]int32{2, -2, -3, -2, 2, -1, -1, 0}},
		{"Trade and hospitality", [8]int32{2, 1, -3, -2, 0, 1, -1, -1}},
		{"Other / Not employed", [8]int32{-2, 1, 1, 1, -1, -1, 1, -2}},
	}},
	{"LABOUR_FORCE", []row{
		{"Full-time employed", [8]int32{2, -3, -4, -4, 2, 1, -3, 2}},
		{"Part-time employed", [8]int32{0, 1, -4, -2, 0, 1, 0, -1}},
		{"Unemployed", [8]int32{1, 2, -4, 1, 0, -1, -3, -2}},
		{"Not in labour force", [8]int32{-4, 1, 2, 2, -4, -3, 3, -4}},
	}},
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: gen FILE")
		os.Exit(2)
	}
	if err := write(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
}

func write(path string) error {
	m, err := model()
	if err != nil {
		return err
	}
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, m.Marshal()) {
		return nil
	}
	return os.WriteFile(path, m.Marshal(), 0o644)
}

// model makes the model with the largest scale that fits.
func model() (*score.Model, error) {
	m := scaled(1)
	if err := m.Validate(); err != nil {
		return nil, err
	}
	for {
		next := scaled(2 * m.Scale)
		if !next.Fits16() {
			return m, nil
		}
		m = next
	}
}

func scaled(scale int64) *score.Model {
	m := &score.Model{
		Version: "hand-1", MappingVersion: "1", Scale: scale, Profiles: profiles,
		Fit: json.RawMessage(`{"method": "by hand: internal/score/gen"}`),
	}
	for k, h := range handicap {
		m.Bias[k] = h * int32(scale)
	}
	for _, v := range variables {
		t := score.Table{Variable: v.name}
		for _, r := range v.rows {
			l := score.Label{Name: r.label}
			for k, a := range r.affinity {
				l.Entry[k] = -a * int32(scale)
			}
			t.Labels = append(t.Labels, l)
		}
		t.Labels = append(t.Labels, score.Label{Name: score.NotStated})
		m.Tables = append(m.Tables, t)
	}
	return m
}
