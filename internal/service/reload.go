package service

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/assay-dev/assay/internal/engine"
	"github.com/assay-dev/assay/internal/feed"
	"github.com/assay-dev/assay/internal/observe"
)

// Reload has the contracts of all feeds read again, whether their files look changed or not.
func (s *Service) Reload() {
	for i := range s.feeds {
		select {
		case s.feeds[i].nudge <- struct{}{}:
		default: // it is about to
		}
	}
}

// inForce is the program of a running feed. It is swapped as a whole, with its model and reference sets; lanes take it up
// between two transactions. One goroutine reloads, any number may ask for the program.
type inForce struct {
	feed    *Feed
	options engine.Options
	shown   *observe.Feed
	log     *slog.Logger
	watch   watcher
	refused string // why the contract that was read last is refused, or ""
	current atomic.Pointer[engine.Program]
}

// start puts the contract in force that the feed begins with.
func (p *inForce) start(now time.Time) error {
	first, err := p.feed.program(p.options)
	if err != nil {
		return err
	}
	p.current.Store(first)
	p.watch.took(p.feed.files, now, false)
	p.show()
	return nil
}

// run reads the contract again when Reload is called, or when its files have changed, until ctx ends. A pack of the binary does
// not change, nor does a feed that its caller compiles.
func (p *inForce) run(ctx context.Context) {
	if p.feed.Compile != nil || IsPack(p.feed.Settings.Feed) {
		return
	}
	looks := time.NewTicker(lookEvery)
	defer looks.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-p.feed.nudge:
			p.look(time.Now(), true)
		case <-looks.C:
			p.look(time.Now(), false)
		}
	}
}

// look looks at the files of the contract, and reads it if need be. Who has asked for it is always answered in the log.
func (p *inForce) look(now time.Time, asked bool) {
	due, settled := p.watch.look(now)
	if !due && !asked {
		return
	}
	c, from, err := read(p.feed.Settings.Feed)
	p.watch.took(from, now, settled)
	var next *engine.Program
	if err == nil && c.Digest != p.feed.Contract.Digest {
		next, err = p.compile(c)
	}
	switch {
	case err != nil:
		p.refuse(err, asked)
	case next != nil:
		p.accept(c, next)
	default:
		p.unchanged(asked)
	}
}

// compile makes the program of a contract that is to follow the one in force.
func (p *inForce) compile(c *feed.Contract) (*engine.Program, error) {
	if name := p.feed.Contract.Feed; c.Feed != name {
		return nil, fmt.Errorf("%s: the feed is called %s now: its group and positions are those of %s; restart to run another feed", c.File, c.Feed, name)
	}
	return engine.Compile(c, p.options)
}

// accept puts a changed contract in force. Nothing of the one before is kept, but by lanes that still work with it.
func (p *inForce) accept(c *feed.Contract, next *engine.Program) {
	c.DropSets()
	changed := changes(p.feed.Contract.Files, c.Files)
	before := p.current.Swap(next)
	p.feed.Contract = c
	p.shown.Reloaded(observe.Accepted)
	p.show()
	p.log.Info("the changed contract is in force", "contract", c.File, "version", next.Version(), "before", before.Version(),
		"digest", c.Digest, "changed", strings.Join(changed, ", "))
	p.settled()
}

// unchanged notes that the contract is the one in force, which it may be again after a refusal.
func (p *inForce) unchanged(asked bool) {
	p.shown.Reloaded(observe.Unchanged)
	p.show() // its files may have been written anew
	if asked || p.refused != "" {
		p.log.Info("the contract has not changed", "contract", p.feed.Settings.Feed, "version", p.current.Load().Version())
	}
	p.settled()
}

// settled ends the refusal, if there is one.
func (p *inForce) settled() {
	p.refused = ""
	p.shown.Clear(observe.ReloadRefused)
}

// refuse leaves the old contract in force. A refusal is told once, however often the contract is tried.
func (p *inForce) refuse(err error, asked bool) {
	problem := inShort(err)
	if problem == p.refused && !asked {
		return
	}
	p.refused = problem
	version := p.current.Load().Version()
	p.shown.Reloaded(observe.Refused)
	p.shown.Set(observe.Condition{Kind: observe.ReloadRefused, Text: fmt.Sprintf("%s (%s stays in force)", problem, version)})
	p.log.Error("the changed contract is refused, the old one stays in force", "contract", p.feed.Settings.Feed, "cause", problem, "version", version)
}

// inShort gives an error in one line: of many problems the first, with their number.
func inShort(err error) string {
	var problems feed.Problems
	if !errors.As(err, &problems) || len(problems) == 1 {
		return err.Error()
	}
	more := "one more problem"
	if n := len(problems) - 1; n > 1 {
		more = fmt.Sprintf("%d more problems", n)
	}
	return fmt.Sprintf("%s; and %s: see assay lint", problems[0], more)
}

// show tells what is in force.
func (p *inForce) show() {
	program, c := p.current.Load(), p.feed.Contract
	s := observe.ProgramStatus{Version: program.Version(), Digest: c.Digest, Refs: []observe.SetStatus{}}
	for i, set := range program.Sets() {
		s.Refs = append(s.Refs, observe.SetStatus{
			Set: set.Name, Version: set.Version, Rows: set.Rows, Bytes: set.Bytes, Modified: p.watch.read.modified(c.Refs[i].File),
		})
	}
	p.shown.InForce(s)
}

// changes gives the names of the files of which two states of a contract differ: those that are others now, then those that are no
// longer part of it.
func changes(before, after []feed.File) []string {
	var names []string
	for _, f := range after {
		if !slices.Contains(before, f) {
			names = append(names, f.Name)
		}
	}
	for _, f := range before {
		if !slices.ContainsFunc(after, func(g feed.File) bool { return g.Name == f.Name }) {
			names = append(names, f.Name+" (no longer)")
		}
	}
	return names
}
