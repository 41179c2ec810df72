package cli

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"fmt"
	"path"

	"github.com/assay-dev/assay/internal/admin"
	"github.com/assay-dev/assay/internal/config"
	"github.com/assay-dev/assay/internal/service"
	"github.com/assay-dev/assay/pipeline"
	"github.com/assay-dev/assay/schemas"
)

// sampleLines is how much of a pack's sample the page offers to begin with.
const sampleLines = 60

// trialOf lets the page try the feeds of a process, each with its contract as it stands when somebody tries it.
func trialOf(s *config.Settings, feeds []service.Feed) admin.Trial {
	t := admin.Trial{Bytes: int64(s.Admin.Trial.Bytes), Time: s.Admin.Trial.Time}
	for i := range feeds {
		from := feeds[i].Settings.Feed
		f := admin.Feed{Name: feeds[i].Contract.Feed, Load: func() (*pipeline.Feed, error) { return pipeline.Load(from) }}
		if service.IsPack(from) {
			f.Load = func() (*pipeline.Feed, error) { return pipeline.Pack(from) }
			f.Sample = packSample(from)
		}
		t.Feeds = append(t.Feeds, f)
	}
	return t
}

// packSample gives the first lines of a pack's sample, or nothing where it has none.
func packSample(pack string) string {
	packed, err := schemas.Feeds.ReadFile(path.Join("feeds", pack, "sample.csv.gz"))
	if err != nil {
		return ""
	}
	unpacked, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		panic(fmt.Sprintf("cli: the sample of %s: %v", pack, err)) // it is part of the binary
	}
	var b bytes.Buffer
	lines := bufio.NewScanner(unpacked)
	for n := 0; n < sampleLines && lines.Scan(); n++ {
		b.Write(lines.Bytes())
		b.WriteByte('\n')
	}
	return b.String()
}
