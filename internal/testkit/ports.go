package testkit

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"time"
)

// How a cluster's range of ports is laid out. The script adds the node's number, from 0, to each.
const (
	proxyOffset      = 50 // where the nodes listen for what comes through a proxy
	advertisedOffset = proxyOffset + 10
	controllerOffset = 100
	rangeSize        = 250
	maxNodes         = 3
)

// Every slot has portsPerSlot ports from firstPort on. All lie below 32768, where Linux begins to hand out ports by itself.
const (
	firstPort    = 20000
	portsPerSlot = 3000
	maxSlots     = 3
)

// slotsEnv overrides how many test processes on this machine may run clusters at the same time.
const slotsEnv = "ASSAY_KAFKA_SLOTS"

// machineDir is the folder that all test processes of this user share: locks and the clusters' data.
func machineDir() (string, error) {
	dir := filepath.Join(os.TempDir(), "assay-testkit-"+strconv.Itoa(os.Getuid()))
	return dir, os.MkdirAll(dir, 0o700)
}

func slots() int {
	if n, err := strconv.Atoi(os.Getenv(slotsEnv)); err == nil && n > 0 {
		return min(n, maxSlots)
	}
	return min(max(runtime.NumCPU(), 1), 2)
}

// slot is this process's turn, -1 before it has one; shared.Mutex is not enough for it, because StartKafka takes it too.
var slot = struct {
	lock chan struct{}
	n    int
}{make(chan struct{}, 1), -1}

// takeSlot waits until this process may run clusters and gives the number of its turn, which it keeps until it ends. One
// turn serves all clusters of a process: two processes that each hold one cluster and want another must not wait for each
// other.
func takeSlot(ctx context.Context, waiting func()) (int, error) {
	slot.lock <- struct{}{}
	defer func() { <-slot.lock }()
	if slot.n >= 0 {
		return slot.n, nil
	}
	dir, err := machineDir()
	if err != nil {
		return 0, err
	}
	for first := true; ; first = false {
		for n := range slots() {
			ok, err := tryLock(filepath.Join(dir, "slot-"+strconv.Itoa(n)))
			if err != nil {
				return 0, err
			}
			if ok {
				slot.n = n
				return n, nil
			}
		}
		if first {
			waiting()
		}
		select {
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// freeRange gives the first range of a slot in which nobody listens.
func freeRange(slot int) (int, error) {
	first := firstPort + slot*portsPerSlot
	for base := first; base+rangeSize <= first+portsPerSlot; base += rangeSize {
		if rangeFree(base) {
			return base, nil
		}
	}
	return 0, fmt.Errorf("no free ports from %d to %d", first, first+portsPerSlot)
}

func rangeFree(base int) bool {
	for _, offset := range []int{0, proxyOffset, advertisedOffset, controllerOffset} {
		for n := range maxNodes {
			l, err := net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(base+offset+n))
			if err != nil {
				return false
			}
			l.Close()
		}
	}
	return true
}
