package cli

import (
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"
)

type versionCmd struct {
	JSON bool `help:"Print one JSON line."`
}

// buildVersion is the module's version, or the commit it was built from.
func buildVersion() (version, commit string) {
	version = "devel"
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return version, ""
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		version = v
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" {
			commit = s.Value
		}
	}
	return version, commit
}

func (c *versionCmd) Run(s *streams) error {
	version, commit := buildVersion()
	if c.JSON {
		return json.NewEncoder(s.out).Encode(map[string]string{
			"version": version, "commit": commit, "go": runtime.Version(), "platform": runtime.GOOS + "/" + runtime.GOARCH,
		})
	}
	if commit != "" {
		commit = " (" + commit[:min(12, len(commit))] + ")"
	}
	_, err := fmt.Fprintf(s.out, "assay %s%s %s %s/%s\n", version, commit, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}
