package judge

import "github.com/twmb/franz-go/pkg/kgo"

// Hear judges a complete history without a broker: messages by topic, committed to the ends of all partitions.
func Hear(in *Input, out Topics, messages []*kgo.Record, ends map[int32]int64) *Verdict {
	h := newHearing(in, Options{Complete: true})
	hear := map[string]func(*kgo.Record){
		out.Scored: h.scored, out.Dead: h.letter, out.Quality: h.quality, out.Errors: h.fault, out.Results: h.result,
	}
	for _, r := range messages {
		hear[r.Topic](r)
	}
	for p, end := range ends {
		h.close(p, end, end, end, out)
	}
	return h.verdict
}
