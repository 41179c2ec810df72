package csvarrow

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"testing"
)

// TestVerify holds the vectors to the words, for prompts of all lengths and cells that differ in one byte or none, within the
// prompt or behind it.
func TestVerify(t *testing.T) {
	if !hasVectors {
		t.Skip("this processor has none that are used")
	}
	r := rand.New(rand.NewPCG(3, 4))
	for longest := 1; longest <= promptBytes; longest++ {
		g := &guesses{longest: longest}
		g.prompts[0].never = 1
		for i := 1; i <= 20; i++ {
			text := bytes.Repeat([]byte{byte('a' + i)}, max(1, longest-r.IntN(i)))
			g.prompts[i] = newPrompt(spelling{string(text), int16(i)}, 1)
		}
		s := New(Dialect{}, Limits{})
		w := bytes.Repeat([]byte{'-'}, laneRows*promptBytes+slack)
		wrongs := 0
		for row := range laneRows {
			picked, from := r.IntN(21), row*promptBytes
			s.picked[row], s.from[row] = uint8(picked), uint32(from)
			l := &g.prompts[picked]
			copy(w[from:], l.text[:l.size])
			other := r.IntN(2 * promptBytes)
			if other < promptBytes {
				w[from+other] ^= 1 << r.IntN(8)
			}
			if picked == 0 || other < int(l.size) {
				wrongs++
			}
		}
		outcome := func(verify func(*Scanner, *guesses, bytesAt, []int16) uint64) string {
			codes := make([]int16, laneRows)
			s.size, s.at, s.wrong = laneRows, [laneRows]uint32{}, [laneRows]uint64{}
			bad := verify(s, g, start(w), codes)
			return fmt.Sprint(bad != 0, s.misses(), codes, s.at)
		}
		words, vectors := outcome((*Scanner).verifyWords), outcome((*Scanner).verifyVectors)
		if words != vectors {
			t.Fatalf("prompts of up to %d bytes:\nwords:   %s\nvectors: %s", longest, words, vectors)
		}
		if n := len(s.misses()); n != wrongs {
			t.Fatalf("prompts of up to %d bytes: %d rows are wrong, %d were found", longest, wrongs, n)
		}
	}
}

// TestVerifyNoRows is for the loops' beginning.
func TestVerifyNoRows(t *testing.T) {
	s, g := New(Dialect{}, Limits{}), &guesses{longest: 1}
	g.prompts[0].never = 1
	s.wrong[0], s.at[0] = 7, 7
	if bad := s.verifyVectors(g, start(make([]byte, slack)), nil); bad != 0 || s.wrong[0] != 7 || s.at[0] != 7 {
		t.Error(bad, s.wrong[0], s.at[0])
	}
}
