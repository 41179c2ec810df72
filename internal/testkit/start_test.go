package testkit

import (
	"os"
	"strings"
	"testing"
)

func TestClusterThatCannotStart(t *testing.T) {
	Need(t, "kafka")
	slot, err := takeSlot(t.Context(), func() {})
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("TMPDIR", t.TempDir()) // so that the clean-up can be seen
	root, err := machineDir()
	if err != nil {
		t.Fatal(err)
	}
	_, err = newCluster(slot, ClusterOptions{Props: []string{"num.io.threads=none"}})
	if err == nil || !strings.Contains(err.Error(), "num.io.threads") {
		t.Errorf("the error does not say why: %v", err)
	}
	left, err := os.ReadDir(root)
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
