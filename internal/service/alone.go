package service

import (
	"context"
	"fmt"
	"time"

	"github.com/assay-dev/assay/internal/broker"
	"github.com/assay-dev/assay/internal/lane"
	"github.com/assay-dev/assay/internal/observe"
)

// aloneEvery is how often a group is looked at in which somebody has this process's name.
const aloneEvery = 250 * time.Millisecond

// alone makes sure, before the group is joined, that no other living process has this one's instance name: the two would end each
// other's transactions. Who has it may also be this process's own predecessor that was killed: it is no member any more once its
// session has timed out, for which the group would wait as well if it were joined at once, with all its members standing still.
// Only a member that outlives its session in a settled group is certainly alive; whatever else keeps the answer from coming is for
// the lanes to find out.
func (s *Service) alone(ctx context.Context, group string, watch *observe.Feed) error {
	patience := s.settings.Kafka.SessionTimeout + time.Second // the brokers' clocks are not ours
	since := map[string]time.Time{}                           // when each member was seen first
	defer watch.Clear(observe.GroupJoining)
	for {
		asked, cancel := context.WithTimeout(ctx, lookTimeout)
		g, err := s.Client.Group(asked, group)
		cancel()
		if err != nil || g.State != stable {
			return nil
		}
		name := s.namesake(g)
		if name == nil {
			return nil
		}
		first, seen := since[name.ID]
		if !seen {
			since[name.ID] = time.Now()
		} else if time.Since(first) > patience {
			watch.Set(observe.Condition{Kind: observe.InstanceTaken, Text: fmt.Sprintf("a running process at %s is called %s, too", name.Host, s.settings.Instance)})
			return lane.InstanceTaken(s.settings.Instance)
		}
		watch.Set(observe.Condition{Kind: observe.GroupJoining, Text: fmt.Sprintf("a process at %s is called %s, too: waiting to see if it is alive", name.Host, s.settings.Instance)})
		select {
		case <-time.After(aloneEvery):
		case <-ctx.Done():
			return nil
		}
	}
}

// stable is the state of a group in which members that do not answer are put out in time; in any other it waits already.
const stable = "Stable"

// namesake gives a member of the group that is called like this process, or nil.
func (s *Service) namesake(g *broker.Group) *broker.GroupMember {
	for i := range g.Members {
		if g.Members[i].ClientID == s.clientID() {
			return &g.Members[i]
		}
	}
	return nil
}
