// Package testkit is what the tests of all rooms share: golden files, a goroutine-leak check, a real Apache Kafka from its
// published jars, a proxy that cuts and holds Kafka requests, and (in package judge) the judge of exactly once.
//
// `go test ./...` needs only Go. A test that needs more says so with Need, which skips it with a reason, or fails it when
// the environment variable ASSAY_REQUIRE names what is missing.
package testkit

import (
	"fmt"
	"sync/atomic"
)

var unique atomic.Int64

// Unique gives a name that no other call in this process gets, for topics and groups on a cluster that tests share.
func Unique(prefix string) string { return fmt.Sprintf("%s-%d", prefix, unique.Add(1)) }
