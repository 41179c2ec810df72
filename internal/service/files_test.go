package service

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// swap puts files into a new folder and then leads the link ..data there at once, as the kubelet does for a ConfigMap.
func (r *rig) swap(number int, texts map[string]string) {
	r.t.Helper()
	folder := fmt.Sprintf("..%04d", number)
	if err := os.Mkdir(r.path(folder), 0o755); err != nil {
		r.t.Fatal(err)
	}
	for name, text := range texts {
		r.write(filepath.Join(folder, name), text)
	}
	temporary := r.path("..data_tmp")
	if err := os.Symlink(folder, temporary); err != nil {
		r.t.Skipf("no symbolic links: %v", err)
	}
	if err := os.Rename(temporary, r.path("..data")); err != nil {
		r.t.Fatal(err)
	}
}

// numbered are the files of a contract of a version whose set has that version too.
func numbered(n int) map[string]string {
	return map[string]string{
		"orders.yaml": strings.Replace(ordersYAML, "version: 1", fmt.Sprintf("version: %d", n), 1),
		"sizes.csv":   sizesCSV, "customers.csv": fmt.Sprintf("email,tier\na@example.org,%04d\n", n),
	}
}

// mount gives a rig on a folder like a ConfigMap's: every file is a link through ..data.
func mount(t *testing.T) *rig {
	t.Helper()
	r := newFolder(t)
	r.swap(1, numbered(1))
	for name := range numbered(1) {
		if err := os.Symlink(filepath.Join("..data", name), r.path(name)); err != nil {
			t.Fatal(err)
		}
	}
	return r
}

// An update of a ConfigMap changes none of the links that the service reads, only what stands behind them.
func TestReloadOfAConfigMap(t *testing.T) {
	r := mount(t)
	r.start()
	first := r.p.current.Load().Version()
	r.look(3)
	r.expect("no update", first, "", 0, 0, 0)
	r.swap(2, numbered(2))
	r.look(2)
	second := r.p.current.Load().Version()
	if second == first || !strings.HasPrefix(second, "orders@2 ") {
		t.Errorf("%s is in force after %s", second, first)
	}
	if err := os.RemoveAll(r.path("..0001")); err != nil { // as the kubelet does then
		t.Fatal(err)
	}
	r.look(3)
	r.expect("the update", second, "", 1, 0, 0)
	broken := numbered(3)
	broken["sizes.csv"] = "raw\n"
	r.swap(3, broken)
	r.look(3)
	if c := r.state.Status().Conditions; len(c) != 1 || !strings.Contains(c[0].Text, "sizes.csv") {
		t.Errorf("conditions %+v", c)
	}
	r.swap(4, numbered(4))
	r.look(3)
	if v := r.p.current.Load().Version(); !strings.HasPrefix(v, "orders@4 ") || len(r.state.Status().Conditions) > 0 {
		t.Errorf("%s is in force", v)
	}
}

// However often the folder is swapped while it is read, a contract has all its files from one folder.
func TestReadIsAtomic(t *testing.T) {
	r := mount(t)
	const updates = 150
	var writer sync.WaitGroup
	done := make(chan struct{})
	writer.Go(func() {
		defer close(done)
		for n := 2; n <= updates; n++ {
			r.swap(n, numbered(n))
		}
	})
	defer writer.Wait()
	taken := map[string]bool{}
	for over := false; !over; {
		select {
		case <-done:
			over = true // and once more
		default:
		}
		c, from, err := read(r.path("orders.yaml"))
		if errors.Is(err, errUnsettled) {
			if from.looks == nil {
				t.Fatal("what is to be looked at is lost")
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		if set := fmt.Sprintf("email,tier\na@example.org,%04s\n", c.Version); string(c.Refs[0].Data) != set {
			t.Fatalf("version %s has the set %q", c.Version, c.Refs[0].Data)
		}
		taken[c.Version] = true
	}
	if !taken[fmt.Sprint(updates)] {
		t.Errorf("taken were %d versions, not the last", len(taken))
	}
}

// A file that another one is renamed over is another, even of the same size and time.
func TestRenamedOverIsAChange(t *testing.T) {
	r := newRig(t)
	info, err := os.Stat(r.path("customers.csv"))
	if err != nil {
		t.Fatal(err)
	}
	r.write("customers.new", strings.Replace(customersCSV, "gold", "iron", 1))
	if err := os.Chtimes(r.path("customers.new"), info.ModTime(), info.ModTime()); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(r.path("customers.new"), r.path("customers.csv")); err != nil {
		t.Fatal(err)
	}
	r.look(2)
	if got := r.reloads(); got[0] != 1 {
		t.Errorf("%v", got)
	}
}

// What was read while it may still have been written is read once more when it has settled: within one tick of the file system's
// clock two contents of one length look the same.
func TestYoungFilesAreReadAgain(t *testing.T) {
	r := newRig(t)
	text := strings.Replace(ordersYAML, "version: 1", "version: 2", 1)
	r.wrote = r.now.Add(-time.Second)
	r.write("orders.yaml", text)
	r.ask()
	if got := r.reloads(); got[0] != 1 {
		t.Fatalf("%v", got)
	}
	r.wrote = r.wrote.Add(-time.Second)
	r.write("orders.yaml", strings.Replace(text, "version: 2", "version: 3", 1)) // in place, of the same size and time
	r.look(1)
	r.expect("read again", version("3", customersCSV), "", 2, 0, 0)
	r.look(5)
	r.expect("and not any more", version("3", customersCSV), "", 2, 0, 0)
}

// What is there and cannot be read is tried again without any change to be seen, and less and less often.
func TestWhatCannotBeReadIsTriedAgain(t *testing.T) {
	r := newRig(t)
	if err := os.Remove(r.path("customers.csv")); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(r.path("customers.csv"), 0o755); err != nil {
		t.Fatal(err)
	}
	r.look(2)
	var tries []int // seconds between them
	for last, second := 0, 1; second <= 300; second++ {
		r.now = r.now.Add(time.Second)
		if due, _ := r.p.watch.look(r.now); due {
			r.p.look(r.now, false)
			tries = append(tries, second-last)
			last = second
		}
	}
	if want := []int{1, 2, 4, 8, 16, 32, 60, 60, 60}; !slices.Equal(tries, want) {
		t.Errorf("seconds between tries: %v, want %v", tries, want)
	}
	if got := r.reloads(); got[1] != 1 {
		t.Errorf("%v refusals are told", got[1])
	}
}
