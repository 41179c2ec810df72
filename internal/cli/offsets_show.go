package cli

import (
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/assay-dev/assay/internal/service"
)

// jsonStanding is where a feed stands, for machines.
type jsonStanding struct {
	Feed       string         `json:"feed"`
	Group      string         `json:"group"`
	Running    bool           `json:"running"`
	Members    []jsonMember   `json:"members"`
	Moved      *bool          `json:"moved,omitempty"` // with --to: false for a dry run
	Partitions []jsonPosition `json:"partitions"`
}

type jsonMember struct {
	Client string `json:"client_id"`
	Host   string `json:"host"`
}

type jsonPosition struct {
	Topic      string   `json:"topic"`
	Partition  int32    `json:"partition"`
	Position   *int64   `json:"position"` // null while nothing is committed
	To         *int64   `json:"to,omitempty"`
	Next       int64    `json:"next"` // where the feed goes on
	First      int64    `json:"first"`
	End        int64    `json:"end"`
	Lag        int64    `json:"lag_messages"`
	LagSeconds *float64 `json:"lag_seconds,omitempty"` // of what is there, not with --to
	Lost       string   `json:"lost,omitempty"`
}

func (c *offsetsCmd) print(s *streams, all []*standing) error {
	now := time.Now()
	if c.JSON {
		out := []jsonStanding{}
		for _, st := range all {
			out = append(out, st.json(now))
		}
		return json.NewEncoder(s.out).Encode(map[string]any{"feeds": out})
	}
	for i, st := range all {
		if i > 0 {
			fmt.Fprintln(s.out)
		}
		if err := st.show(s, now); err != nil {
			return err
		}
	}
	return nil
}

// after gives a position as it is after the move, if there was one.
func (st *standing) after(p service.Position) (at service.Position, moved bool) {
	to, moved := st.moved[p.TopicPartition]
	if moved {
		p.Next, p.Lost = to, ""
	}
	return p, moved
}

// age is how long the first record that has not been read has waited.
func (st *standing) age(p *service.Position, now time.Time) time.Duration {
	at, waits := st.oldest[p.TopicPartition]
	if !waits {
		return 0
	}
	return max(now.Sub(at), 0)
}

func (st *standing) json(now time.Time) jsonStanding {
	j := jsonStanding{Feed: st.Feed, Group: st.Group, Running: len(st.Members) > 0, Members: []jsonMember{}, Partitions: []jsonPosition{}}
	for _, m := range st.Members {
		j.Members = append(j.Members, jsonMember{m.ClientID, m.Host})
	}
	if st.moved != nil {
		moved := !st.dry
		j.Moved = &moved
	}
	for i := range st.Positions {
		p, moved := st.after(st.Positions[i])
		out := jsonPosition{Topic: p.Topic, Partition: p.Partition, Next: p.Next, First: p.First, End: p.End, Lag: p.Lag(), Lost: p.Lost}
		if p.Committed >= 0 {
			out.Position = &p.Committed
		}
		if moved {
			out.To = &p.Next
		}
		if st.oldest != nil {
			age := st.age(&p, now).Seconds()
			out.LagSeconds = &age
		}
		j.Partitions = append(j.Partitions, out)
	}
	return j
}

// show prints the table of a feed.
func (st *standing) show(s *streams, now time.Time) error {
	fmt.Fprintf(s.out, "%s: group %s, %s\n", st.Feed, st.Group, st.processes())
	w := tabwriter.NewWriter(s.out, 0, 4, 2, ' ', 0)
	if st.moved != nil {
		title := "TO"
		if st.dry {
			title = "WOULD GO TO"
		}
		fmt.Fprintf(w, "TOPIC\tPARTITION\tPOSITION\t%s\tEND\tLAG\n", title)
		for i := range st.Positions {
			p, moved := st.after(st.Positions[i])
			to := "-"
			if moved {
				to = fmt.Sprint(p.Next)
			}
			fmt.Fprintf(w, "%s\t%d\t%s\t%s\t%d\t%s\n", p.Topic, p.Partition, position(&p), to, p.End, thousands(p.Lag()))
		}
		return w.Flush()
	}
	fmt.Fprintln(w, "TOPIC\tPARTITION\tPOSITION\tEND\tLAG\tBEHIND\tSTATE")
	for i := range st.Positions {
		p := &st.Positions[i]
		state := "ok"
		switch {
		case p.Lost != "":
			state = p.Lost
		case p.Committed < 0:
			state = fmt.Sprintf("not begun: starts at %d", p.Next)
		}
		fmt.Fprintf(w, "%s\t%d\t%s\t%d\t%s\t%s\t%s\n", p.Topic, p.Partition, position(p), p.End, thousands(p.Lag()), duration(st.age(p, now).Seconds()), state)
	}
	return w.Flush()
}

// position gives the committed offset for people.
func position(p *service.Position) string {
	if p.Committed < 0 {
		return "-"
	}
	return fmt.Sprint(p.Committed)
}

// processes says who runs the feed.
func (st *standing) processes() string {
	if len(st.Members) == 0 {
		return "not running"
	}
	var names []string
	for _, m := range st.Members {
		names = append(names, m.ClientID)
	}
	return "running in " + strings.Join(names, ", ")
}
