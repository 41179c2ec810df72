package service

import (
	"bytes"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	dto "github.com/prometheus/client_model/go"

	"github.com/assay-dev/assay/internal/config"
	"github.com/assay-dev/assay/internal/engine"
	"github.com/assay-dev/assay/internal/feed"
	"github.com/assay-dev/assay/internal/observe"
)

const (
	ordersYAML = `feed: orders
version: 1
columns:
  id:    {type: string, key: true}
  email: {type: string}
  size:  {type: category, vocabulary: sizes.csv}
refs:
  customers: {file: customers.csv, key: email, add: [tier]}
`
	sizesCSV     = "raw,label\nS,small\n"
	customersCSV = "email,tier\na@example.org,gold\n"
)

// rig is a feed whose contract lies in a folder, as it runs but for its lanes. Files get times of the rig's own, so that no test
// depends on how fine those of the file system are.
type rig struct {
	t     *testing.T
	dir   string
	p     *inForce
	state *observe.State
	log   bytes.Buffer
	now   time.Time // of the looks; files are older
	wrote time.Time // when a file was last written
}

func newRig(t *testing.T) *rig {
	t.Helper()
	r := newFolder(t)
	r.write("orders.yaml", ordersYAML)
	r.write("sizes.csv", sizesCSV)
	r.write("customers.csv", customersCSV)
	r.start()
	return r
}

func newFolder(t *testing.T) *rig {
	now := time.Now().Truncate(time.Second)
	return &rig{t: t, dir: t.TempDir(), now: now, wrote: now.Add(-time.Hour)}
}

func (r *rig) path(name string) string { return filepath.Join(r.dir, name) }

// start loads the contract and puts it in force.
func (r *rig) start() {
	r.t.Helper()
	feeds, err := Load(&config.Settings{Feeds: []config.Feed{{Feed: r.path("orders.yaml")}}})
	if err != nil {
		r.t.Fatal(err)
	}
	log := slog.New(slog.NewTextHandler(&r.log, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		if a.Value.Kind() == slog.KindString {
			a.Value = slog.StringValue(r.relative(a.Value.String()))
		}
		return a
	}}))
	r.state = observe.New(observe.Options{Log: log})
	r.p = &inForce{feed: &feeds[0], options: engine.Options{}, shown: r.state.Feed("orders"), log: log}
	if err := r.p.start(r.now); err != nil {
		r.t.Fatal(err)
	}
}

// relative leaves the folder out of a text.
func (r *rig) relative(s string) string {
	return filepath.ToSlash(strings.ReplaceAll(s, r.dir+string(filepath.Separator), ""))
}

// write writes a file in place, a second after the one before.
func (r *rig) write(name, text string) {
	r.t.Helper()
	if err := os.WriteFile(r.path(name), []byte(text), 0o644); err != nil {
		r.t.Fatal(err)
	}
	r.wrote = r.wrote.Add(time.Second)
	if err := os.Chtimes(r.path(name), r.wrote, r.wrote); err != nil {
		r.t.Fatal(err)
	}
}

// edit replaces a part of a file.
func (r *rig) edit(name, from, to string) {
	r.t.Helper()
	text, err := os.ReadFile(r.path(name))
	if err != nil || !strings.Contains(string(text), from) {
		r.t.Fatalf("%s has no %q: %v", name, from, err)
	}
	r.write(name, strings.Replace(string(text), from, to, 1))
}

// look looks so many times, a second apart.
func (r *rig) look(times int) {
	for range times {
		r.now = r.now.Add(lookEvery)
		r.p.look(r.now, false)
	}
}

// ask has the contract read as SIGHUP does.
func (r *rig) ask() { r.p.look(r.now, true) }

// expect compares the version in force, the text of the condition (or "" for none) and how often the contract was accepted, refused
// and unchanged.
func (r *rig) expect(what, version, condition string, reloads ...float64) {
	r.t.Helper()
	if got := r.p.current.Load().Version(); got != version {
		r.t.Errorf("%s: %s is in force, want %s", what, got, version)
	}
	if got := r.state.Status().Feeds[0].Program.Version; got != version {
		r.t.Errorf("%s: the status shows %s, want %s", what, got, version)
	}
	got := ""
	for _, c := range r.state.Status().Conditions {
		got += c.Name + " " + c.Feed + ": " + r.relative(c.Text)
	}
	if got != condition {
		r.t.Errorf("%s: the condition is\n%q, want\n%q", what, got, condition)
	}
	if counted := r.reloads(); !slices.Equal(counted, reloads) {
		r.t.Errorf("%s: accepted, refused and unchanged %v, want %v", what, counted, reloads)
	}
}

// reloads gives assay_reloads_total by outcome: accepted, refused, unchanged.
func (r *rig) reloads() (counts []float64) {
	r.t.Helper()
	families, err := r.state.Gatherer().Gather()
	if err != nil {
		r.t.Fatal(err)
	}
	i := slices.IndexFunc(families, func(f *dto.MetricFamily) bool { return f.GetName() == "assay_reloads_total" })
	for _, m := range families[i].GetMetric() { // by their labels
		counts = append(counts, m.GetCounter().GetValue())
	}
	return counts
}

// logged compares what has been logged since the last call.
func (r *rig) logged(want ...string) {
	r.t.Helper()
	got := strings.Split(strings.TrimSuffix(r.log.String(), "\n"), "\n")
	if r.log.Len() == 0 {
		got = nil
	}
	r.log.Reset()
	if !slices.Equal(got, want) {
		r.t.Errorf("the log is\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// version is what outputs name under a contract's version, its labels and the text of its set.
func version(contract, customers string) string { return versionOf(contract, sizesCSV, customers) }

func versionOf(contract, sizes, customers string) string {
	return fmt.Sprintf("orders@%s vocabulary=%s customers=%s", contract, feed.Digest([]byte(sizes)), feed.Digest([]byte(customers)))
}

// moreCustomersCSV is another version of the set.
const moreCustomersCSV = customersCSV + "b@example.org,tin\n"

// CP-20, CP-21: a changed contract is taken once its files hold still, and one line says which version follows which, and why.
func TestReloadTakesWhatChanged(t *testing.T) {
	r := newRig(t)
	r.look(5)
	r.expect("nothing has changed", version("1", customersCSV), "", 0, 0, 0)
	r.edit("orders.yaml", "version: 1", "version: 2")
	r.look(1)
	r.write("customers.csv", moreCustomersCSV)
	r.look(1)
	r.expect("files that change from look to look", version("1", customersCSV), "", 0, 0, 0)
	r.look(1)
	r.expect("files that hold still", version("2", moreCustomersCSV), "", 1, 0, 0)
	r.logged(`level=INFO msg="the changed contract is in force" contract=orders.yaml version="` + version("2", moreCustomersCSV) +
		`" before="` + version("1", customersCSV) + `" digest=` + r.p.feed.Contract.Digest + ` changed="orders.yaml, customers.csv"`)
	status := r.state.Status().Feeds[0].Program
	if set := status.Refs[0]; status.Digest != r.p.feed.Contract.Digest || set.Rows != 2 || set.Version != feed.Digest([]byte(moreCustomersCSV)) || !set.Modified.Equal(r.wrote) {
		t.Errorf("the status is %+v, written at %s", status, r.wrote)
	}
	r.write("sizes.csv", sizesCSV+"M,medium\n")
	r.look(2)
	r.expect("an added label", versionOf("2", sizesCSV+"M,medium\n", moreCustomersCSV), "", 2, 0, 0)
	if log := r.log.String(); !strings.Contains(log, "changed=sizes.csv") {
		t.Error(log)
	}
}

// A file that is written again as it was is no change, but its time is new: whoever watches the age of a set sees that it is fresh.
func TestReloadOfTheSame(t *testing.T) {
	r := newRig(t)
	program := r.p.current.Load()
	r.write("customers.csv", customersCSV)
	r.look(3)
	r.expect("the same bytes", version("1", customersCSV), "", 0, 0, 1)
	if set := r.state.Status().Feeds[0].Program.Refs[0]; !set.Modified.Equal(r.wrote) || r.p.current.Load() != program {
		t.Errorf("the set is of %s, want %s; the program is the same: %v", set.Modified, r.wrote, r.p.current.Load() == program)
	}
	r.logged()
	r.ask()
	r.logged(`level=INFO msg="the contract has not changed" contract=orders.yaml version="` + version("1", customersCSV) + `"`)
}

// CP-19: a wrong contract is refused once, told once, and not read again before a file of it has changed.
func TestReloadRefuses(t *testing.T) {
	r := newRig(t)
	r.edit("orders.yaml", "key: true", "kye: true")
	r.look(2)
	const problem = "orders.yaml:4:25: unknown key kye in column id; did you mean key?"
	condition := "RELOAD_REFUSED orders: " + problem + " (" + version("1", customersCSV) + " stays in force)"
	r.expect("a typing mistake", version("1", customersCSV), condition, 0, 1, 0)
	line := `level=ERROR msg="the changed contract is refused, the old one stays in force" contract=orders.yaml cause="` + problem +
		`" version="` + version("1", customersCSV) + `"`
	r.logged(line)
	since := r.state.Status().Conditions[0].Since
	for range 100 {
		r.now = r.now.Add(lookEvery)
		if due, _ := r.p.watch.look(r.now); due {
			t.Fatal("what is refused is read again although nothing has changed")
		}
	}
	r.state.Feed("orders").Assigned(1)
	if ready, checks := r.state.Ready(); !ready || len(checks) != 3 || checks[2].OK || checks[2].Name != "RELOAD_REFUSED orders" {
		t.Errorf("readiness is %v: %+v", ready, checks)
	}
	r.write("customers.csv", "email,tier\n") // does not mend it
	r.look(3)
	r.expect("another file changes", version("1", customersCSV), condition, 0, 1, 0)
	r.logged()
	r.ask()
	r.expect("asked for", version("1", customersCSV), condition, 0, 2, 0)
	r.logged(line)
	r.edit("orders.yaml", "kye: true", "key: ture")
	r.look(3)
	if got := r.reloads(); got[1] != 3 || strings.Count(r.log.String(), "is refused") != 1 {
		t.Errorf("another mistake: %v\n%s", got, &r.log)
	}
	if c := r.state.Status().Conditions; len(c) != 1 || !c[0].Since.Equal(since) || !strings.Contains(c[0].Text, "key must be true or false") {
		t.Errorf("the conditions are %+v", c)
	}
	r.log.Reset()
	r.write("customers.csv", customersCSV)
	r.edit("orders.yaml", "key: ture", "key: true")
	r.look(3)
	r.expect("as it was", version("1", customersCSV), "", 0, 3, 1)
	if log := r.log.String(); !strings.Contains(log, `msg="the contract has not changed"`) || !strings.Contains(log, `msg="the condition has ended" condition=RELOAD_REFUSED`) {
		t.Error(log)
	}
}

// A contract that is saved before a file that it now names is refused, and taken when the file comes: nobody touches the contract.
func TestReloadOfHalfAChange(t *testing.T) {
	r := newRig(t)
	r.edit("orders.yaml", "sizes.csv", "words.csv")
	r.edit("orders.yaml", "version: 1", "version: 2")
	r.look(2)
	refused := "RELOAD_REFUSED orders: orders.yaml:6:39: words.csv: no such file (" + version("1", customersCSV) + " stays in force)"
	r.expect("without its words", version("1", customersCSV), refused, 0, 1, 0)
	r.write("words.csv", "raw,labbel\nS,small\n")
	r.look(2)
	if got := r.reloads(); got[1] != 2 {
		t.Errorf("with wrong words: %v", got)
	}
	r.write("words.csv", sizesCSV)
	r.look(2)
	r.expect("with its words", version("2", customersCSV), "", 1, 2, 0)
	if log := r.log.String(); !strings.Contains(log, `changed="orders.yaml, words.csv, sizes.csv (no longer)"`) {
		t.Error(log)
	}
}

func TestReloadOfDeletedFiles(t *testing.T) {
	for name, problem := range map[string]string{
		"customers.csv": "orders.yaml:8:21: customers.csv: no such file",
		"orders.yaml":   "reading a contract: open orders.yaml: ",
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			text, err := os.ReadFile(r.path(name))
			if err != nil {
				t.Fatal(err)
			}
			if err := os.Remove(r.path(name)); err != nil {
				t.Fatal(err)
			}
			r.look(20)
			c := r.state.Status().Conditions
			if len(c) != 1 || !strings.HasPrefix(r.relative(c[0].Text), problem) || strings.Count(r.log.String(), "\n") != 1 {
				t.Errorf("conditions %+v\n%s", c, &r.log)
			}
			r.write(name, string(text))
			r.look(2)
			r.expect("it is back", version("1", customersCSV), "", 0, 1, 1)
		})
	}
}

// A running feed keeps its group: another name in the contract is refused.
func TestReloadOfAnotherFeed(t *testing.T) {
	r := newRig(t)
	r.edit("orders.yaml", "feed: orders", "feed: others")
	r.look(2)
	c := r.state.Status().Conditions
	if len(c) != 1 || !strings.HasPrefix(r.relative(c[0].Text), "orders.yaml: the feed is called others now") {
		t.Errorf("%+v", c)
	}
}

func TestManyProblemsInShort(t *testing.T) {
	r := newRig(t)
	r.edit("orders.yaml", "type: string", "type: strin")
	r.edit("orders.yaml", "{type: string}", "{type: strin}")
	_, _, err := read(r.path("orders.yaml"))
	want := "orders.yaml:4:17: unknown type strin: there are string, int64, float64, decimal, bool, date, timestamp, uuid, category; did you mean string?; and one more problem: see assay lint"
	if got := r.relative(inShort(err)); got != want {
		t.Errorf("%s, want %s", got, want)
	}
	r.edit("orders.yaml", "version: 1", "version: [1]")
	_, _, err = read(r.path("orders.yaml"))
	if got := r.relative(inShort(err)); !strings.HasSuffix(got, "; and 2 more problems: see assay lint") {
		t.Error(got)
	}
}
