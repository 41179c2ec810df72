//go:build !amd64

package csvarrow

const hasVectors = false

func (s *Scanner) verifyVectors(g *guesses, t bytesAt, codes []int16) (bad uint64) {
	return s.verifyWords(g, t, codes)
}
