package pipeline_test

import (
	"context"
	"fmt"
	"log"
	"strings"
	"testing/fstest"

	"github.com/apache/arrow/go/v17/arrow"

	"github.com/assay-dev/assay/pipeline"
)

const orders = `order_id,amount,country
A1,12.50,NL
A2,,BE
A3,-4,DE
A4,900,FR
`

// A chunk of CSV through a contract: two rows are refused, one has a country that nobody knows.
func Example() {
	feed, err := pipeline.Load("testdata/orders.yaml")
	if err != nil {
		log.Fatal(err)
	}
	res, err := feed.Process(context.Background(), strings.NewReader(orders))
	if err != nil {
		log.Fatal(err)
	}
	for _, row := range res.Rows {
		fmt.Printf("%s\n", row)
	}
	for _, l := range res.DeadLetters {
		fmt.Printf("line %d: %s: %s: %s\n", l.Line, l.Value, l.Code, l.Message)
	}
	fmt.Println(res.Counts.Rows, "rows in,", res.Counts.RowsScored, "scored,", res.Counts.RowsFlagged, "of them flagged")
	// Output:
	// {"order_id":"A1","amount":12.5,"country":"NL","risk":0.025}
	// {"order_id":"A4","amount":900,"country":"FR","risk":1.8}
	// line 3: A2,,BE: MISSING_FIELD: Missing required field: amount
	// line 4: A3,-4,DE: VALIDATION_ERROR: Invalid field values: positive: must hold: amount > 0
	// 4 rows in, 2 scored, 1 of them flagged
}

// What is wrong with a contract comes with its place.
func ExampleLoadFS() {
	contract := `
feed: orders
version: 1
columns:
  order_id: {type: strin}
`
	_, err := pipeline.LoadFS(fstest.MapFS{"orders.yaml": {Data: []byte(contract)}}, "orders.yaml")
	fmt.Println(err)
	// Output:
	// orders.yaml:5:20: unknown type strin: there are string, int64, float64, decimal, bool, date, timestamp, uuid, category; did you mean string?
}

// A file of any size in constant memory, here as Arrow records.
func ExampleFeed_Stream() {
	feed, err := pipeline.Load("testdata/orders.yaml")
	if err != nil {
		log.Fatal(err)
	}
	counts, err := feed.Stream(context.Background(), strings.NewReader(orders), pipeline.Handler{
		Record: func(r arrow.Record) error {
			fmt.Println(r.NumRows(), "rows:", r.Column(r.Schema().FieldIndices("risk")[0]))
			return nil
		},
		DeadLetter: func(l pipeline.DeadLetter) error {
			fmt.Printf("refused: %s\n", l.Value)
			return nil
		},
	})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(counts.RowsScored, "scored,", counts.RowsDead, "refused")
	// Output:
	// refused: A2,,BE
	// refused: A3,-4,DE
	// 2 rows: [0.025 1.8]
	// 2 scored, 2 refused
}

// distance is a scorer of one's own: how far an amount is from the mean of the amounts around it. Each goroutine has one, so
// that it may remember what it has seen.
type distance struct {
	amount int // the column's place
	mean   float64
}

// Bind finds the columns that are read and names those that are filled.
func (d *distance) Bind(in pipeline.Schema) (pipeline.Schema, error) {
	d.amount = in.Index("amount")
	if d.amount < 0 || in[d.amount].Type != pipeline.Float64 {
		return nil, fmt.Errorf("distance needs a column amount of type float64")
	}
	return pipeline.Schema{{Name: "distance", Type: pipeline.Float64}}, nil
}

// Score reads one slice and fills another.
func (d *distance) Score(b *pipeline.Batch) error {
	in, out := &b.Cols[d.amount], &b.Out[0]
	for i, amount := range in.Floats[:b.N] {
		if out.Valid.Clear(i); b.Dead.Get(i) || !in.Valid.Get(i) {
			continue // refused already, by a rule
		}
		out.Valid.Set(i)
		out.Floats[i] = amount - d.mean
		d.mean += (amount - d.mean) / 8
	}
	return nil
}

// round is a rule of one's own: an amount has no fraction.
type round struct{ amount int }

func (r *round) String() string { return "must be a round amount" }

func (r *round) Bind(in pipeline.Schema) error {
	if r.amount = in.Index("amount"); r.amount < 0 {
		return fmt.Errorf("there is no column amount")
	}
	return nil
}

// Check sets the bits of the rows that break the rule.
func (r *round) Check(b *pipeline.Batch, bad pipeline.Bitmap) error {
	in := &b.Cols[r.amount]
	for i, amount := range in.Floats[:b.N] {
		if in.Valid.Get(i) && amount != float64(int64(amount)) {
			bad.Set(i)
		}
	}
	return nil
}

// A Scorer and a Rule of one's own, in Go.
func Example_extend() {
	contract := `
feed: orders
version: 1
columns:
  order_id: {type: string, key: true}
  amount:   {type: float64, required: true}
score: {kind: distance}
`
	feed, err := pipeline.LoadFS(fstest.MapFS{"orders.yaml": {Data: []byte(contract)}}, "orders.yaml",
		pipeline.WithScorer("distance", func() pipeline.Scorer { return &distance{} }),
		pipeline.WithRule("round", func() pipeline.Rule { return &round{} }))
	if err != nil {
		log.Fatal(err)
	}
	res, err := feed.Process(context.Background(), strings.NewReader("order_id,amount\nA1,8\nA2,12.5\nA3,9\n"))
	if err != nil {
		log.Fatal(err)
	}
	for _, row := range res.Rows {
		fmt.Printf("%s\n", row)
	}
	for _, l := range res.DeadLetters {
		fmt.Printf("%s: %s\n", l.Value, l.Message)
	}
	// Output:
	// {"order_id":"A1","amount":8,"distance":8}
	// {"order_id":"A3","amount":9,"distance":8}
	// A2,12.5: Invalid field values: round: must be a round amount
}

// The same feed as a service. It waits for brokers and topics, and ends what is open when the context ends.
func ExampleFeed_Run() {
	feed, err := pipeline.Load("testdata/orders.yaml")
	if err != nil {
		log.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel() // the example ends before it begins
	err = feed.Run(ctx, pipeline.Kafka{
		Brokers: []string{"localhost:9092"},
		Input:   []string{"orders.in"}, Scored: "orders.scored", Dead: "orders.dead",
	})
	fmt.Println(err)
	// Output: <nil>
}
