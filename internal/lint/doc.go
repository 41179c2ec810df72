// Package lint holds the house plan as tests: which room may import which, where Kafka's and Arrow's libraries may be used,
// what the core may not do. It has no code of its own; run it with go test ./internal/lint.
package lint
