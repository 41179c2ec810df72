package testkit

import (
	"net"
	"runtime"
	"strconv"
	"testing"
)

func TestRangesDoNotMeet(t *testing.T) {
	if advertisedOffset < proxyOffset+maxNodes || controllerOffset < advertisedOffset+maxNodes || rangeSize < controllerOffset+maxNodes {
		t.Error("the parts of a range overlap")
	}
	if last := firstPort + maxSlots*portsPerSlot; last > 29000 {
		t.Errorf("ranges end at %d: 29092 is the script's own, 32768 Linux's", last)
	}
}

func TestFreeRangeSkipsTaken(t *testing.T) {
	base, err := freeRange(maxSlots - 1)
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(base+controllerOffset+2))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if next, err := freeRange(maxSlots - 1); err != nil || next == base {
		t.Errorf("range %d is given although a port of it is taken, %v", next, err)
	}
}

func TestSlots(t *testing.T) {
	for env, want := range map[string]int{"": min(runtime.NumCPU(), 2), "1": 1, "3": 3, "99": maxSlots, "-1": min(runtime.NumCPU(), 2), "x": min(runtime.NumCPU(), 2)} {
		t.Setenv(slotsEnv, env)
		if got := slots(); got != want {
			t.Errorf("%s=%q gives %d slots, want %d", slotsEnv, env, got, want)
		}
	}
}
