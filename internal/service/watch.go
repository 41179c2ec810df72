package service

import "time"

// lookEvery is how often the files of a contract are looked at. They are read only when they have changed and then stayed as
// they are from one look to the next: who writes them may be half-way.
const lookEvery = time.Second

// A file that is there and could not be read, for a reason that no look shows the end of, is tried at growing intervals.
const (
	firstRetry = time.Second
	lastRetry  = time.Minute
)

// watcher decides when the files of a contract are to be read again.
type watcher struct {
	read files // as they were when they were last read, whatever came of it
	seen files // as they were at the last look
	// again says that the last reading has not seen the files settle: even what looks the same is read once more.
	again bool
	wait  time.Duration // before the next try to read what could not be read; 0: all could
	retry time.Time     // when it is
}

// took notes files that have been read now, or at the start.
func (w *watcher) took(f files, now time.Time, settled bool) {
	w.read, w.seen = f, f
	w.again = !settled && f.young(now)
	if !f.failed {
		w.wait = 0
		return
	}
	w.wait = min(max(2*w.wait, firstRetry), lastRetry)
	w.retry = now.Add(w.wait)
}

// look looks at the files: due says that they are to be read, settled that they have stayed as they are since the last look.
func (w *watcher) look(now time.Time) (due, settled bool) {
	seen := w.read.again()
	settled = seen.same(&w.seen)
	w.seen = seen
	changed := w.again || !seen.same(&w.read)
	return settled && (changed || w.wait > 0 && !now.Before(w.retry)), settled
}
