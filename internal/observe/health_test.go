package observe

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestConditionLife(t *testing.T) {
	s, c, log := newState()
	f := s.Feed("census-profile")
	logged := func(want ...string) {
		t.Helper()
		got := strings.Split(strings.TrimSuffix(log.String(), "\n"), "\n")
		if log.Len() == 0 {
			got = nil
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("log differs (-want +got):\n%s", diff)
		}
		log.Reset()
	}
	gauge := func(want float64) {
		t.Helper()
		if got := scrape(t, s)["assay_condition{feed=census-profile,name=BROKER_AWAY}"]; got != want {
			t.Errorf("the gauge is %v, want %v", got, want)
		}
	}
	f.Clear(BrokerAway)
	logged()
	gauge(0)

	began := c.Now()
	f.Set(Condition{Kind: BrokerAway, Text: "refused"})
	logged(`level=WARN msg=refused condition=BROKER_AWAY feed=census-profile advice="Check kafka.brokers, the network and the brokers."`)
	gauge(1)

	c.pass(time.Second)
	f.Set(Condition{Kind: BrokerAway, Text: "refused"})
	logged()
	f.Set(Condition{Kind: BrokerAway, Text: "timed out"}) // another lane's words
	logged()
	f.Set(Condition{Kind: BrokerAway, Text: "refused"})
	logged()
	gauge(1)

	want := []Condition{{Kind: BrokerAway, Feed: "census-profile", Text: "refused", Since: began}}
	if diff := cmp.Diff(want, s.Health().List()); diff != "" {
		t.Errorf("conditions differ (-want +got):\n%s", diff)
	}

	c.pass(2500 * time.Millisecond)
	f.Clear(BrokerAway)
	logged(`level=INFO msg="the condition has ended" condition=BROKER_AWAY feed=census-profile lasted=3.5s`)
	f.Clear(BrokerAway)
	logged()
	gauge(0)
	if left := s.Health().List(); len(left) != 0 {
		t.Errorf("%v are left", left)
	}

	f.Set(Condition{Kind: BrokerAway, Text: "refused"}) // a new life is told again
	if log.Len() == 0 {
		t.Error("a condition that comes back must be logged again")
	}
}

func TestConditionsOfPartitions(t *testing.T) {
	s, _, log := newState()
	h := s.Health()
	h.Set(Condition{Kind: CorruptBatch, Feed: "a", Topic: "in", Partition: 2})
	h.Set(Condition{Kind: CorruptBatch, Feed: "a", Topic: "in", Partition: 1})
	h.Set(Condition{Kind: TopicMissing, Feed: "a", Topic: "out", Partition: -1})
	h.Set(Condition{Kind: InstanceTaken, Partition: 7}) // without a topic there is no partition
	titles := func() (out []string) {
		for _, c := range h.List() {
			out = append(out, c.title())
		}
		return out
	}
	want := []string{"TOPIC_MISSING a out", "CORRUPT_BATCH a in/1", "CORRUPT_BATCH a in/2", "INSTANCE_TAKEN"}
	if diff := cmp.Diff(want, titles()); diff != "" {
		t.Error(diff)
	}
	if !strings.Contains(log.String(), `msg="`+CorruptBatch.Text()+`" condition=CORRUPT_BATCH feed=a topic=in partition=2 advice=`) {
		t.Errorf("log is\n%s", log)
	}
	h.Clear(CorruptBatch, "a", "in", 2)
	h.Clear(InstanceTaken, "", "", 0)
	h.Clear(CorruptBatch, "b", "in", 1)
	if diff := cmp.Diff([]string{"TOPIC_MISSING a out", "CORRUPT_BATCH a in/1"}, titles()); diff != "" {
		t.Error(diff)
	}
}

func TestTextThatNeverRepeatsDoesNotFillTheLog(t *testing.T) {
	s, _, log := newState()
	for i := range 100 {
		s.Feed("a").Set(Condition{Kind: TopicMissing, Text: fmt.Sprintf("attempt %d", i)})
	}
	if n := strings.Count(log.String(), "\n"); n != maxTold {
		t.Errorf("%d lines were logged, want %d", n, maxTold)
	}
	if got := s.Health().List()[0].Text; got != "attempt 99" {
		t.Errorf("the text is %q, want the last one", got)
	}
}

func TestEveryKindIsDeclared(t *testing.T) {
	seen := map[string]bool{}
	for k := Kind(0); k < kinds; k++ {
		name := k.String()
		if name == "" || name != strings.ToUpper(name) || seen[name] || k.Text() == "" || k.Advice() == "" {
			t.Errorf("kind %d is not well declared: %+v", k, declarations[k])
		}
		seen[name] = true
	}
	if got := kinds.String(); got != fmt.Sprintf("Kind(%d)", int(kinds)) {
		t.Errorf("a kind that is not declared is called %q", got)
	}
}
