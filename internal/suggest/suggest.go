// Package suggest finds the word that a mistyped one was probably meant to be, for the messages about contracts and settings.
package suggest

import "strings"

// Nearest gives the known word that word was probably meant to be, or "" when none is near: at most a third of its letters
// changed, added, left out or swapped with a neighbour, but not all, regardless of case. Of equally near words the first one
// wins.
func Nearest(word string, known []string) string {
	word = strings.ToLower(word)
	best, least := "", min(max(1, len(word)/3)+1, len(word))
	for _, k := range known {
		if d := distance(word, strings.ToLower(k)); d < least {
			best, least = k, d
		}
	}
	return best
}

// distance is the optimal string alignment distance of a and b in bytes.
func distance(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			change := 1
			if a[i-1] == b[j-1] {
				change = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
