package census

// unknown are labels that no mapping knows, by variable: what people write when nobody holds them to a list.
var unknown = [variables][]string{
	age:        {"thirty", "25 to 29", "40s"},
	sex:        {"X", "Unknown"},
	marital:    {"De facto", "Engaged"},
	role:       {"Boarder", "Flatmate"},
	income:     {"$5K-$10K", "about 900", "n/a"},
	education:  {"PhD", "TAFE"},
	occupation: {"Astronaut", "Retired"},
	industry:   {"Space", "Online"},
	labour:     {"Gig work", "On leave"},
}

// The ways in which a row is broken.
const (
	short = iota // the last cell is not there
	long         // there is a cell too many
	bare         // a quote within the id
	breaks
	whole = breaks
)

// appendFaulty writes one person, perhaps with unknown labels or broken. It draws the same number of times for every person.
func (g *Generator) appendFaulty(dst []byte, p *person) []byte {
	way := whole
	if r := g.mishaps.Uint64(); r&(1<<32-1) < g.broken {
		way = int(r >> 32 % breaks)
	}
	if way == bare {
		dst = append(dst, g.id[:4]...)
		dst = append(dst, '"')
		dst = append(dst, g.id[4:]...)
	} else {
		dst = append(dst, g.id...)
	}
	for v := range p {
		r := g.mishaps.Uint64()
		if way == short && v == variables-1 {
			break
		}
		if r&(1<<32-1) < g.flagged {
			labels := unknown[v]
			dst = append(dst, ',')
			dst = append(dst, labels[int(r>>32)%len(labels)]...)
			continue
		}
		dst = append(dst, g.cells[v][p[v]]...)
	}
	if way == long {
		dst = append(dst, ",extra"...)
	}
	return append(dst, '\n')
}
