package census

// dist is a distribution over the labels of a variable (or over other small numbers) as a table of 1,024 equally likely
// outcomes, so that a draw is one look-up without a branch.
type dist [1 << distBits]uint8

const (
	distBits = 10
	distMask = 1<<distBits - 1
)

// draw takes the outcome that the low bits of r say.
func (d *dist) draw(r uint64) uint8 { return d[r&distMask] }

// newDist gives each outcome its weight's part of the table, rounded by running sum.
func newDist(outcomes []uint8, weights []int) *dist {
	total, sum, from := 0, 0, 0
	for _, w := range weights {
		total += w
	}
	d := new(dist)
	for i, w := range weights {
		sum += w
		to := (sum<<distBits + total/2) / total
		for ; from < to; from++ {
			d[from] = outcomes[i]
		}
	}
	return d
}

// of gives the distribution of a list of shares of a variable.
func of(variable int, shares []share) *dist {
	outcomes, weights := make([]uint8, len(shares)), make([]int, len(shares))
	for i, s := range shares {
		outcomes[i], weights[i] = code(variable, s.label), s.weight
	}
	return newDist(outcomes, weights)
}

// model is shares.go made ready for drawing.
type model struct {
	age            *dist
	sex            [stages]*dist
	marital        [stages]*dist
	marriedRole    [sexes]*dist
	singleRole     [stages]*dist
	labour         [stages][sexes]*dist
	education      [stages]*dist
	occupation     [ladders][sexes]*dist
	teenOccupation *dist
	industry       [len(industryShares)]*dist
	fullTime       [pays]*dist
	partTime       [pays]*dist
	teenIncome     *dist
	seekingIncome  *dist
	outsideIncome  [stages]*dist
	response       *dist

	// Codes that the drawing of a person asks for or gives.
	married, fullTimeWork, lastWork, lastSeeking uint8
	deFacto                                      [sexes]uint8 // same-sex couples
	notApplicable, notStated, overseas           person
}

func newModel() *model {
	m := &model{
		age:            of(age, ageShares),
		teenOccupation: of(occupation, teenOccupationShares),
		teenIncome:     of(income, teenIncomeShares),
		seekingIncome:  of(income, seekingIncomeShares),
		response:       newDist([]uint8{answered, noIncome, noEducation, onlyBasics, visitor}, responseWeights[:]),

		married:      code(marital, "Married"),
		deFacto:      [sexes]uint8{code(role, deFactoSame), code(role, deFactoFemale)},
		fullTimeWork: code(labour, "Employed, worked full-time"),
		lastWork:     code(labour, "Employed, away from work"),
		lastSeeking:  code(labour, "Unemployed, looking for part-time work"),
	}
	for s := range stages {
		m.sex[s], m.marital[s] = of(sex, sexShares[s]), of(marital, maritalShares[s])
		m.singleRole[s], m.education[s] = of(role, singleRoleShares[s]), of(education, educationShares[s])
		m.outsideIncome[s] = of(income, outsideIncomeShares[s])
		for x := range sexes {
			m.labour[s][x] = of(labour, labourShares[s][x])
		}
	}
	for x := range sexes {
		m.marriedRole[x] = of(role, marriedRoleShares[x])
		for l := range ladders {
			m.occupation[l][x] = of(occupation, occupationShares[l][x])
		}
	}
	for i := range industryShares {
		m.industry[i] = of(industry, industryShares[i])
	}
	for p := range pays {
		m.fullTime[p], m.partTime[p] = of(income, fullTimeIncomeShares[p]), of(income, partTimeIncomeShares[p])
	}
	for v := marital; v < variables; v++ {
		m.overseas[v] = code(v, overseas)
	}
	for _, v := range []int{income, education, occupation, industry, labour} {
		m.notStated[v], m.notApplicable[v] = code(v, notStated), code(v, notApplicable)
	}
	return m
}

// draw makes a person of two random words, each of which serves five draws.
func (m *model) draw(a, b uint64) person {
	var p person
	p[age] = m.age.draw(a)
	stage := stageOf[p[age]]
	p[sex] = m.sex[stage].draw(a >> distBits)
	p[marital] = m.marital[stage].draw(a >> (2 * distBits))
	if p[marital] == m.married {
		p[role] = m.marriedRole[p[sex]].draw(a >> (3 * distBits))
	} else {
		p[role] = m.singleRole[stage].draw(a >> (3 * distBits))
		if p[role] == m.deFacto[male] {
			p[role] = m.deFacto[p[sex]]
		}
	}
	p[labour] = m.labour[stage][p[sex]].draw(a >> (4 * distBits))
	p[education] = m.education[stage].draw(b)
	m.work(&p, stage, b)
	if stage != child {
		m.respond(&p, m.response.draw(b>>(4*distBits)))
	} else if m.response.draw(b>>(4*distBits)) == visitor {
		m.respond(&p, visitor)
	}
	return p
}

// work fills occupation, industry and income as the labour force label says.
func (m *model) work(p *person, stage uint8, b uint64) {
	pay := b >> (3 * distBits)
	if p[labour] > m.lastWork {
		p[occupation], p[industry] = m.notApplicable[occupation], m.notApplicable[industry]
		if p[labour] <= m.lastSeeking {
			p[income] = m.seekingIncome.draw(pay)
		} else {
			p[income] = m.outsideIncome[stage].draw(pay)
		}
		return
	}
	if stage == teen {
		p[occupation] = m.teenOccupation.draw(b >> distBits)
	} else {
		p[occupation] = m.occupation[ladderOf[p[education]]][p[sex]].draw(b >> distBits)
	}
	job := min(p[occupation], uint8(len(industryShares)-1)) // the label after the jobs proper is Not applicable
	p[industry] = m.industry[job].draw(b >> (2 * distBits))
	switch {
	case stage == teen:
		p[income] = m.teenIncome.draw(pay)
	case p[labour] == m.fullTimeWork:
		p[income] = m.fullTime[payOf[job]].draw(pay)
	default:
		p[income] = m.partTime[payOf[job]].draw(pay)
	}
}

// respond takes away what the person did not answer.
func (m *model) respond(p *person, response uint8) {
	switch response {
	case noIncome:
		p[income] = m.notStated[income]
	case noEducation:
		p[education] = m.notStated[education]
	case onlyBasics:
		for v := income; v < variables; v++ {
			p[v] = m.notStated[v]
		}
	case visitor:
		for v := marital; v < variables; v++ {
			p[v] = m.overseas[v]
		}
	}
}
