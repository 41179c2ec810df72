package encode

import (
	"github.com/apache/arrow/go/v17/arrow/decimal128"

	"github.com/assay-dev/assay/internal/flow"
)

// people is a table with a column of each type that outputs tell apart. Row 1 is empty, row 3 is refused by mixed, and the
// last row has no line end.
const people = "id,AGE_GROUP,visits,share,member,joined,note\n" +
	"007,Early career,12,0.25,yes,2024-02-29,plain\n" +
	",,,,,,\n" +
	"\"a, \"\"b\"\"\",15–19 years,-3,1e300,no,,\"two\nlines, a\ttab and a \\ slash\"\n" +
	"refused,Senior,1,1,1,,\n" +
	"😀,Senior,9223372036854775807,-0.0000001,t,,<b>&amp;</b>"

var peopleFields = []flow.Field{
	{Name: "id", Key: true}, {Name: "AGE_GROUP", Type: flow.Category}, {Name: "visits", Type: flow.Int64},
	{Name: "share", Type: flow.Float64}, {Name: "member", Type: flow.Bool}, {Name: "joined", Type: flow.Date},
}

var profiles = []string{"Trades, technical", `The "retired"`, "Children"}

// mixed is a rig that reads people and has a score column of each type. All of row 1 is null.
func mixed(t tb) *rig {
	r := newRig(t)
	r.fields = peopleFields
	valid := func(value func(row int64) any) func(int64) any {
		return func(row int64) any {
			if row == 1 {
				return nil
			}
			return value(row)
		}
	}
	r.outs = []output{
		{flow.Field{Name: "profile_id", Type: flow.Int8}, valid(func(row int64) any { return int(row % 8) })},
		{flow.Field{Name: "profile_name", Type: flow.Category, Labels: profiles}, valid(func(row int64) any { return profiles[row%3] })},
		{flow.Field{Name: "seen", Type: flow.Int64}, valid(func(row int64) any { return int(row) - 3 })},
		{flow.Field{Name: "risk", Type: flow.Float64}, valid(func(row int64) any { return []float64{0.1, 0, 1e-9, 0, -1e21}[row] })},
		{flow.Field{Name: "new", Type: flow.Bool}, valid(func(row int64) any { return row%2 == 0 })},
		{flow.Field{Name: "why", Type: flow.String}, valid(func(row int64) any { return "it is, \"so\" they say" })},
	}
	r.dead = func(row int64) bool { return row == 3 }
	return r
}

// chosen makes of mixed a rig in which some columns leave, in an order of their own, among them added ones of the types that
// leave as text.
func chosen(r *rig) {
	value := func(v any) func(int64) any {
		return func(row int64) any {
			if row == 1 {
				return nil
			}
			return v
		}
	}
	r.outs = append(r.outs,
		output{flow.Field{Name: "owed", Type: flow.Decimal, Precision: 12, Scale: 2}, value(decimal128.FromI64(-1205))},
		output{flow.Field{Name: "day", Type: flow.Date}, value(19782)},
		output{flow.Field{Name: "at", Type: flow.Timestamp}, value(1_500_000_000)},
		output{flow.Field{Name: "which", Type: flow.UUID}, value([16]byte{15: 1})})
	r.order = []string{"risk", "note", "owed", "day", "id", "at", "which", "why", "visits"}
}

// profile is the rig of the census feed: three score columns.
func profile(t tb) *rig {
	r := newRig(t)
	r.fields = peopleFields[:1]
	names, sure := []string{"Children", "Trades"}, []string{"low", "high"}
	r.outs = []output{
		{flow.Field{Name: "profile_id", Type: flow.Int8}, func(row int64) any { return int(row % 8) }},
		{flow.Field{Name: "profile_name", Type: flow.Category, Labels: names}, func(row int64) any { return names[row%2] }},
		{flow.Field{Name: "profile_confidence", Type: flow.Category, Labels: sure}, func(row int64) any { return sure[row/2%2] }},
	}
	return r
}
