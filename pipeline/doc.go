// Package pipeline runs assay's feeds from Go: CSV in, scored rows, events and dead letters out.
//
// A feed is a contract: one YAML file that names the columns and their types, the rules that must hold, and what is computed.
//
//	feed: orders
//	version: 1
//	columns:
//	  order_id: {type: string, key: true}
//	  amount:   {type: float64, required: true}
//	  country:  {type: category, values: [NL, BE, DE], unknown: keep}
//
// # A chunk, without Kafka
//
// Load reads and checks it; Process works on some CSV as on one chunk from Kafka:
//
//	feed, err := pipeline.Load("orders.yaml")
//	res, err := feed.Process(ctx, strings.NewReader("order_id,amount,country\nA1,12.50,NL\nA2,,BE\n"))
//	for _, row := range res.Rows { … }        // {"order_id":"A1","amount":12.5,"country":"NL"}
//	for _, l := range res.DeadLetters { … }   // A2,,BE: amount is missing
//
// Each row ends as a scored row or as a dead letter, once. Bad data is never an error: what is wrong with it stands in the
// Result's events. What is wrong with a contract is an error with a place in the file:
//
//	orders.yaml:4:20: unknown type strin: there are string, int64, …; did you mean string?
//
// # A file of any size
//
// Stream takes a reader and gives what comes out to a Handler while it reads; memory does not depend on the length. It gives
// scored rows as JSON, as CSV with the input's own bytes, or as Arrow records.
//
// # In Go
//
// What a contract cannot say, a Scorer or a Rule can: WithScorer and WithRule, and the example below. Each is called once a
// batch, with columns.
//
// # On Kafka, exactly once
//
// Run is the service: a member of a consumer group that writes rows, events, dead letters and its position in one
// transaction.
//
//	err = feed.Run(ctx, pipeline.Kafka{
//		Brokers: []string{"localhost:9092"},
//		Input:   []string{"orders.in"}, Scored: "orders.scored", Dead: "orders.dead",
//	})
//
// Everything that reads these topics must set isolation.level=read_committed.
//
// # Tests
//
// Package pipelinetest runs plain-text cases, a chunk and what must come of it, through a feed.
package pipeline
