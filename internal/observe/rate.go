package observe

import "time"

// rateWindow is how many seconds a rate looks back, and rateHistory how many of them are kept to be drawn.
const (
	rateWindow  = 10
	rateHistory = 120
)

// rate counts rows by the second.
type rate struct {
	from    time.Time // when counting began
	rows    [rateHistory]int64
	seconds [rateHistory]int64 // Unix second that rows[i] belongs to
}

// add counts n rows at now.
func (r *rate) add(now time.Time, n int64) {
	sec := now.Unix()
	i := sec % rateHistory
	if r.seconds[i] != sec {
		r.seconds[i], r.rows[i] = sec, 0
	}
	r.rows[i] += n
}

// perSecond gives the rows a second over the window that ends now, or over the shorter time since counting began.
func (r *rate) perSecond(now time.Time) float64 {
	var sum int64
	for i, sec := range r.seconds {
		if age := now.Unix() - sec; age >= 0 && age < rateWindow {
			sum += r.rows[i]
		}
	}
	return float64(sum) / min(max(now.Sub(r.from).Seconds(), 1), rateWindow)
}

// history gives the rows of each second that is over, the oldest first.
func (r *rate) history(now time.Time) []int64 {
	rows := make([]int64, rateHistory-1)
	for i, sec := range r.seconds {
		if age := now.Unix() - sec; age > 0 && age < rateHistory {
			rows[rateHistory-1-age] = r.rows[i]
		}
	}
	return rows
}
