package testkit_test

import (
	"testing"

	"github.com/assay-dev/assay/internal/testkit"
)

// recorder stands for a test of which it keeps the clean-ups and counts the failures.
type recorder struct {
	testing.TB
	cleanups []func()
	failures int
}

func (r *recorder) Helper()          {}
func (r *recorder) Cleanup(f func()) { r.cleanups = append(r.cleanups, f) }
func (r *recorder) Error(...any)     { r.failures++ }
func (r *recorder) Name() string     { return "recorder" }
func (r *recorder) Logf(string, ...any) {
}

func TestVerifyNoLeaks(t *testing.T) {
	for _, c := range []struct {
		name string
		leak bool
	}{{"clean", false}, {"leaking", true}} {
		r := &recorder{TB: t}
		testkit.VerifyNoLeaks(r)
		stop, ended := make(chan struct{}), make(chan struct{})
		go func() {
			<-stop
			close(ended)
		}()
		if !c.leak {
			close(stop)
			<-ended
		}
		for _, f := range r.cleanups {
			f()
		}
		if c.leak {
			close(stop)
			<-ended
		}
		if (r.failures > 0) != c.leak {
			t.Errorf("%s: %d failures", c.name, r.failures)
		}
	}
}
