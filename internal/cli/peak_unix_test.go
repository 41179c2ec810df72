//go:build unix

package cli

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"syscall"
)

// peakEnv names the file to which the program under test writes the most memory that it had, in bytes.
const peakEnv = "ASSAY_TEST_PEAK"

// reportPeak writes the process's peak resident memory. On Linux getrusage would not do: there the peak of the process that
// started this one counts too.
func reportPeak() {
	path := os.Getenv(peakEnv)
	if path == "" {
		return
	}
	peak := int64(-1)
	if status, err := os.ReadFile("/proc/self/status"); err == nil {
		_, rest, _ := strings.Cut(string(status), "VmHWM:")
		if _, err := fmt.Sscanf(rest, "%d kB", &peak); err == nil {
			peak <<= 10
		}
	}
	var usage syscall.Rusage
	if runtime.GOOS == "darwin" && syscall.Getrusage(syscall.RUSAGE_SELF, &usage) == nil {
		peak = int64(usage.Maxrss)
	}
	if err := os.WriteFile(path, []byte(fmt.Sprint(peak)), 0o600); err != nil {
		panic(err)
	}
}
