package csvarrow

import (
	"unsafe"

	"golang.org/x/sys/cpu"
)

// hasVectors says that the loops of verify_amd64.s can run here.
var hasVectors = cpu.X86.HasAVX2 && cpu.X86.HasBMI1

// verifyVectors is verifyWords with the processor's vectors. BenchmarkScan shows what the assembly is for, as x_words.
func (s *Scanner) verifyVectors(g *guesses, t bytesAt, codes []int16) (bad uint64) {
	f := verify96
	if g.longest <= 32 {
		f = verify32
	} else if g.longest <= 64 {
		f = verify64
	}
	return f(&g.prompts, t.first, &s.picked, &s.from, &s.at, &s.wrong, unsafe.SliceData(codes), len(codes))
}

// These do what verifyWords does for n rows and prompts of at most 32, 64 and 96 bytes. They read as many of each cell.

//go:noescape
func verify32(prompts *[mostGuesses + 1]prompt, text unsafe.Pointer, picked *[laneRows]uint8, from, at *[laneRows]uint32, wrong *[laneRows]uint64, codes *int16, n int) (bad uint64)

//go:noescape
func verify64(prompts *[mostGuesses + 1]prompt, text unsafe.Pointer, picked *[laneRows]uint8, from, at *[laneRows]uint32, wrong *[laneRows]uint64, codes *int16, n int) (bad uint64)

//go:noescape
func verify96(prompts *[mostGuesses + 1]prompt, text unsafe.Pointer, picked *[laneRows]uint8, from, at *[laneRows]uint32, wrong *[laneRows]uint64, codes *int16, n int) (bad uint64)
