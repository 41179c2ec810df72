package observe

// Trial is how a trial on the page ended.
type Trial string

// The outcomes of trials.
const (
	TrialDone    Trial = "done"
	TrialRefused Trial = "refused" // too large, or too many at a time
	TrialOverdue Trial = "overdue" // it took too long
	TrialFailed  Trial = "failed"  // the contract is wrong, or the engine failed
)

// Tried counts a trial.
func (s *State) Tried(t Trial) { s.metrics.trials.WithLabelValues(string(t)).Inc() }
