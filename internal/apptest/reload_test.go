package apptest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/assay-dev/assay/internal/testkit"
	"github.com/assay-dev/assay/internal/testkit/judge"
)

// TestCP20Reload changes a feed's contract while the process works under load (CP-20, CP-21): a better one takes effect without a
// restart, a bad one is refused with its place and the old one stays (CP-19), and each row names the version that scored it.
func TestCP20Reload(t *testing.T) {
	testkit.OnEach(t, func(t *testing.T, env testkit.Env) {
		f := newFeed(t, env, judge.Standard("", 4, 600, 20))
		dir := filepath.Join(t.TempDir(), "pack")
		if out, err := exec.Command(Binary(t), "create", "--from", "census-profile", dir).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		f.contract = filepath.Join(dir, "feed.yaml")
		change := func(file, from, to string) {
			t.Helper()
			path := filepath.Join(dir, file)
			text, err := os.ReadFile(path)
			if err != nil || !strings.Contains(string(text), from) {
				t.Fatalf("%s has no %q: %v", file, from, err)
			}
			if err := os.WriteFile(path, []byte(strings.Replace(string(text), from, to, 1)), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		p := f.run("one")
		f.write(200)
		p.progress(50)
		change("feed.yaml", "version: 1", "version: 2")
		p.UntilLogged(`msg="the changed contract is in force"`)
		f.write(200)
		p.progress(250)

		change("feed.yaml", "type: string", "type: strin")
		p.UntilLogged("unknown type strin")
		change("feed.yaml", "type: strin,", "type: string,")
		change("model.json", `"mapping_version": "`, `"mapping_version": "other-`)
		p.UntilLogged("model has a wrong checksum")
		if log := p.Log(); strings.Count(log, "contract is in force\"") != 1 || strings.Count(log, "stays in force\"") != 2 {
			t.Errorf("the log is\n%s", log)
		}
		p.Signal(syscall.SIGHUP) // asks for what is refused already
		change("model.json", `"mapping_version": "other-`, `"mapping_version": "`)
		p.Signal(syscall.SIGHUP)
		p.UntilLogged("the contract has not changed")
		f.finish(p)

		seen := f.versions()
		if len(seen) != 2 {
			t.Errorf("rows name the versions %v, want census-profile@1 and census-profile@2", seen)
		}
	})
}

// versions gives the versions that scored rows name, in the order of each partition, which must be their own order: no chunk
// has two, and none goes back.
func (f *feedOn) versions() map[string]int {
	f.t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(f.env.Addr...), kgo.ConsumeTopics(f.out.Scored), kgo.FetchIsolationLevel(kgo.ReadCommitted()))
	if err != nil {
		f.t.Fatal(err)
	}
	defer client.Close()
	seen, chunks, last := map[string]int{}, map[string]string{}, map[int32]string{}
	want := 0
	for _, c := range f.in.Chunks {
		for _, row := range c.Rows {
			if c.Code == "" && !c.Tombstone && row.Dead == "" {
				want++
			}
		}
	}
	for got := 0; got < want; {
		fetches := client.PollFetches(f.ctx)
		if err := fetches.Err0(); err != nil {
			f.t.Fatal(err)
		}
		fetches.EachRecord(func(r *kgo.Record) {
			got++
			header := map[string]string{}
			for _, h := range r.Headers {
				header[h.Key] = string(h.Value)
			}
			version, _, _ := strings.Cut(header["assay-version"], " ")
			chunk := header["assay-source"][:strings.LastIndexByte(header["assay-source"], '/')]
			if before, ok := chunks[chunk]; ok && before != version {
				f.t.Errorf("chunk %s was scored by %s and %s", chunk, before, version)
			}
			if version < last[r.Partition] {
				f.t.Errorf("%s stands behind %s", fmt.Sprint(version, " at ", r.Partition, "/", r.Offset), last[r.Partition])
			}
			chunks[chunk], last[r.Partition] = version, version
			seen[version]++
		})
	}
	return seen
}
