package observe

import "fmt"

// Check is one of the things that readiness depends on.
type Check struct {
	Name   string
	OK     bool
	Blocks bool // a check that is not OK makes the process not ready
	Text   string
}

// Started reports whether a feed has got its first assignment: the process has come up.
func (s *State) Started() bool {
	for _, f := range s.all() {
		if f.isAssigned() {
			return true
		}
	}
	return false
}

// Ready reports whether the process does its work, with all that this depends on: that it is not stopping, that every feed
// has an assignment, and that no condition blocks.
func (s *State) Ready() (bool, []Check) {
	checks := []Check{{Name: "process", OK: !s.stopping.Load(), Blocks: true, Text: "runs"}}
	if !checks[0].OK {
		checks[0].Text = "is stopping"
	}
	feeds := s.all()
	if len(feeds) == 0 {
		checks = append(checks, Check{Name: "feeds", Blocks: true, Text: "none runs yet"})
	}
	for _, f := range feeds {
		checks = append(checks, f.check())
	}
	for _, c := range s.health.List() {
		checks = append(checks, Check{Name: c.title(), Blocks: c.Kind.Blocks(), Text: c.Text})
	}
	for _, c := range checks {
		if c.Blocks && !c.OK {
			return false, checks
		}
	}
	return true, checks
}

func (f *Feed) isAssigned() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.assigned >= 0
}

func (f *Feed) check() Check {
	f.mu.Lock()
	defer f.mu.Unlock()
	c := Check{Name: "feed " + f.name, OK: f.assigned >= 0, Blocks: true}
	switch f.assigned {
	case -1:
		c.Text = "waits for its first assignment"
	case 1:
		c.Text = "has 1 partition"
	default:
		c.Text = fmt.Sprintf("has %d partitions", f.assigned)
	}
	return c
}
