package service

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/assay-dev/assay/internal/engine"
	"github.com/assay-dev/assay/internal/feed"
)

// lookEvery is how often the files of a contract are looked at.
const lookEvery = time.Second

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
// between two transactions.
type inForce struct {
	feed    *Feed
	options engine.Options
	log     *slog.Logger
	digest  string // of the contract and all its files
	current atomic.Pointer[engine.Program]
}

// watch reads the contract again when Reload is called, or when its files have changed and then stayed as they are from one
// look to the next: who writes them may be half-way. A contract that is wrong is refused with its problems, and the old one
// stays in force. A pack of the binary does not change.
func (p *inForce) watch(ctx context.Context) {
	if p.feed.Compile != nil || IsPack(p.feed.Settings.Feed) {
		return
	}
	files := filesOf(p.feed.Contract)
	loaded, last := "", stamps(files) // the first look reads it, in case it has changed since it was loaded
	refused := ""                     // why, the last time
	looks := time.NewTicker(lookEvery)
	defer looks.Stop()
	for {
		asked := false
		select {
		case <-ctx.Done():
			return
		case <-p.feed.nudge:
			asked = true
		case <-looks.C:
		}
		now := stamps(files)
		settled := now == last
		last = now
		if !asked && (now == loaded || !settled) {
			continue
		}
		loaded = now
		c, err := p.reload(asked)
		if err != nil {
			// It may lack a file that comes in a moment, of which nobody knows here: it is tried again, and told once.
			loaded = ""
			if problem := err.Error(); asked || problem != refused {
				refused = problem
				p.log.Error("the changed contract is refused, the old one stays in force", "contract", p.feed.Settings.Feed, "problem", problem)
			}
			continue
		}
		refused = ""
		if next := filesOf(c); !slices.Equal(next, files) {
			files, loaded = next, "" // looked at once more, in case they have changed since
			last = stamps(files)
		}
	}
}

// reload puts the contract as it is now in force. Who has asked is told when nothing has changed.
func (p *inForce) reload(asked bool) (*feed.Contract, error) {
	c, err := Contract(p.feed.Settings.Feed)
	if err != nil {
		return nil, err
	}
	if c.Digest == p.digest {
		if asked {
			p.log.Info("the contract has not changed", "contract", p.feed.Settings.Feed)
		}
		return c, nil
	}
	if name := p.feed.Contract.Feed; c.Feed != name {
		return nil, fmt.Errorf("the feed is called %s now: its group and positions are those of %s; restart to run another feed", c.Feed, name)
	}
	next, err := engine.Compile(c, p.options)
	if err != nil {
		return nil, err
	}
	before := p.current.Swap(next)
	p.digest = c.Digest
	p.log.Info("the changed contract is in force", "contract", p.feed.Settings.Feed, "version", next.Version(), "before", before.Version())
	return c, nil
}

// filesOf gives the paths of a contract and of the files that it names.
func filesOf(c *feed.Contract) []string {
	files := []string{c.File}
	for _, f := range c.Files {
		files = append(files, filepath.Join(filepath.Dir(c.File), f))
	}
	return files
}

// stamps says in one text how files look from outside: two that are equal mean that none has changed.
func stamps(files []string) string {
	var b strings.Builder
	for _, f := range files {
		if info, err := os.Stat(f); err == nil {
			fmt.Fprintln(&b, f, info.Size(), info.ModTime().UnixNano())
		} else {
			fmt.Fprintln(&b, f, "cannot be read")
		}
	}
	return b.String()
}
