package testkit

import (
	"testing"

	"go.uber.org/goleak"
)

// Nothing is ignored by default: the embedded broker, franz-go and kafka-go (consumer groups, and transports whose idle
// connections were closed) leave no goroutine behind, by trial. Whoever knows better for a library of his own passes it in.

// VerifyNoLeaks fails the test when, after its other clean-ups, goroutines run that did not run before this call. Call it
// first; it does not work in parallel tests.
func VerifyNoLeaks(t testing.TB, ignore ...goleak.Option) {
	t.Helper()
	opts := append([]goleak.Option{goleak.IgnoreCurrent()}, ignore...)
	t.Cleanup(func() { goleak.VerifyNone(t, opts...) })
}

// Main runs a package's tests and fails when goroutines are left: func TestMain(m *testing.M) { testkit.Main(m) }.
func Main(m *testing.M, ignore ...goleak.Option) { goleak.VerifyTestMain(m, ignore...) }
