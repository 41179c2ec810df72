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
// restart, a bad one is refused with its place, for all to see, and the old one stays (CP-19); each row and result names the version
// that made it. The contract is mounted as Kubernetes mounts a ConfigMap.
func TestCP20Reload(t *testing.T) {
	testkit.OnEach(t, func(t *testing.T, env testkit.Env) {
		f := newFeed(t, env, judge.Standard("", 4, 600, 20))
		pack := filepath.Join(t.TempDir(), "pack")
		if out, err := exec.Command(Binary(t), "create", "--from", "census-profile", pack).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		m := mountFolder(t, pack)
		f.contract = filepath.Join(m.dir, "feed.yaml")
		p := f.run("one")
		f.write(200)
		p.progress(50)
		m.change("feed.yaml", "version: 1", "version: 2")
		p.UntilLogged(`msg="the changed contract is in force"`)
		f.write(200)
		p.progress(250)

		m.change("feed.yaml", "type: string", "type: strin")
		p.ready(200, "[!] RELOAD_REFUSED census-profile: ", "feed.yaml:6:26: unknown type strin", "census-profile@2 ")
		p.Until("the refusal", "/metrics", func(_ int, body string) bool {
			return strings.Contains(body, `assay_condition{feed="census-profile",name="RELOAD_REFUSED"} 1`) &&
				strings.Contains(body, `assay_reloads_total{feed="census-profile",outcome="refused"} 1`) &&
				strings.Contains(body, `assay_program_info{digest="`) && strings.Contains(body, `,version="census-profile@2 model=`)
		})
		m.change("feed.yaml", "type: strin,", "type: string,", "model.json", `"mapping_version": "`, `"mapping_version": "other-`)
		p.UntilLogged("model has a wrong checksum")
		if log := p.Log(); strings.Count(log, "contract is in force\"") != 1 || strings.Count(log, "stays in force\"") != 2 {
			t.Errorf("the log is\n%s", log)
		}
		p.Signal(syscall.SIGHUP) // asks for what is refused already
		m.change("model.json", `"mapping_version": "other-`, `"mapping_version": "`)
		p.Signal(syscall.SIGHUP)
		p.UntilLogged("the contract has not changed")
		p.Until("no condition", "/status", func(_ int, body string) bool {
			return strings.Contains(body, `"version": "census-profile@2 model=`) && strings.Contains(body, `"conditions": []`)
		})
		f.finish(p)

		seen := f.versions()
		if len(seen) != 2 {
			t.Errorf("rows name the versions %v, want census-profile@1 and census-profile@2", seen)
		}
	})
}

// mounted is a folder whose files are links through ..data to one of many folders: an update leads ..data elsewhere, and so changes
// all files at once.
type mounted struct {
	t     *testing.T
	dir   string
	count int
	files map[string]string
}

// mountFolder mounts the files of a folder.
func mountFolder(t *testing.T, from string) *mounted {
	t.Helper()
	m := &mounted{t: t, dir: t.TempDir(), files: map[string]string{}}
	entries, err := os.ReadDir(from)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		if e.IsDir() {
			continue
		}
		text, err := os.ReadFile(filepath.Join(from, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		m.files[e.Name()] = string(text)
		if err := os.Symlink(filepath.Join("..data", e.Name()), filepath.Join(m.dir, e.Name())); err != nil {
			t.Fatal(err)
		}
	}
	m.change()
	return m
}

// change makes changes, each of a file, a text and what replaces it, in one update.
func (m *mounted) change(changes ...string) {
	m.t.Helper()
	for c := changes; len(c) > 0; c = c[3:] {
		text := m.files[c[0]]
		if !strings.Contains(text, c[1]) {
			m.t.Fatalf("%s has no %q", c[0], c[1])
		}
		m.files[c[0]] = strings.Replace(text, c[1], c[2], 1)
	}
	m.count++
	folder := fmt.Sprintf("..%d", m.count)
	if err := os.Mkdir(filepath.Join(m.dir, folder), 0o755); err != nil {
		m.t.Fatal(err)
	}
	for name, text := range m.files {
		if err := os.WriteFile(filepath.Join(m.dir, folder, name), []byte(text), 0o644); err != nil {
			m.t.Fatal(err)
		}
	}
	link := filepath.Join(m.dir, "..data")
	if err := os.Symlink(folder, link+"_tmp"); err != nil {
		m.t.Fatal(err)
	}
	if err := os.Rename(link+"_tmp", link); err != nil {
		m.t.Fatal(err)
	}
	if m.count > 1 {
		if err := os.RemoveAll(filepath.Join(m.dir, fmt.Sprintf("..%d", m.count-1))); err != nil {
			m.t.Fatal(err)
		}
	}
}

// versions gives the versions that scored rows and results name, in the order of each partition, which must be their own order: no
// chunk has two, and none goes back.
func (f *feedOn) versions() map[string]int {
	f.t.Helper()
	client, err := kgo.NewClient(kgo.SeedBrokers(f.env.Addr...), kgo.ConsumeTopics(f.out.Scored, f.out.Results), kgo.FetchIsolationLevel(kgo.ReadCommitted()))
	if err != nil {
		f.t.Fatal(err)
	}
	defer client.Close()
	seen, chunks, last := map[string]int{}, map[string]string{}, map[string]string{}
	want := 0
	for _, c := range f.in.Chunks {
		if !c.Tombstone {
			want++ // its result
		}
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
			chunk := header["assay-source"]
			if r.Topic == f.out.Scored {
				chunk = chunk[:strings.LastIndexByte(chunk, '/')] // without the row
			}
			if before, ok := chunks[chunk]; ok && before != version {
				f.t.Errorf("chunk %s was scored by %s and %s", chunk, before, version)
			}
			at := fmt.Sprintf("%s/%d", r.Topic, r.Partition)
			if version < last[at] {
				f.t.Errorf("%s at %s/%d stands behind %s", version, at, r.Offset, last[at])
			}
			chunks[chunk], last[at] = version, version
			seen[version]++
		})
	}
	return seen
}
