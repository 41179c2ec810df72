package census

// The shares from which persons are drawn. They are made up so that a file looks like a census file, with the rough shape of
// a rich country's population; they are no statistics. A share is a weight, relative to the sum of its list.

// share is the weight of a label.
type share struct {
	label  string
	weight int
}

// The stages of life, each a run of age bands.
const (
	child = iota // under 15
	teen         // 15 to 19
	young        // 20 to 24
	early        // 25 to 39
	mid          // 40 to 59
	late         // 60 to 69
	old          // 70 and over
	stages
)

// stageOf gives the stage of each age band.
var stageOf = [...]uint8{
	child, child, child, teen, young, early, early, early, mid, mid, mid, mid, late, late, old, old, old, old, old, old, old,
}

// The sexes, as indexes.
const (
	male = iota
	female
	sexes
)

var ageShares = []share{
	{"0-4 years", 58}, {"5-9 years", 62}, {"10-14 years", 62}, {"15-19 years", 57}, {"20-24 years", 62}, {"25-29 years", 69},
	{"30-34 years", 73}, {"35-39 years", 72}, {"40-44 years", 65}, {"45-49 years", 64}, {"50-54 years", 63}, {"55-59 years", 61},
	{"60-64 years", 58}, {"65-69 years", 51}, {"70-74 years", 46}, {"75-79 years", 33}, {"80-84 years", 22}, {"85-89 years", 13},
	{"90-94 years", 6}, {"95-99 years", 2}, {"100 years and over", 1},
}

var sexShares = [stages][]share{
	child: {{"Male", 513}, {"Female", 487}},
	teen:  {{"Male", 512}, {"Female", 488}},
	young: {{"Male", 508}, {"Female", 492}},
	early: {{"Male", 494}, {"Female", 506}},
	mid:   {{"Male", 492}, {"Female", 508}},
	late:  {{"Male", 486}, {"Female", 514}},
	old:   {{"Male", 456}, {"Female", 544}},
}

var maritalShares = [stages][]share{
	child: {{notApplicable, 1}},
	teen:  {{"Never married", 1}},
	young: {{"Never married", 945}, {"Married", 50}, {"Separated", 4}, {"Divorced", 1}},
	early: {{"Never married", 480}, {"Married", 460}, {"Divorced", 30}, {"Separated", 28}, {"Widowed", 2}},
	mid:   {{"Married", 620}, {"Never married", 190}, {"Divorced", 130}, {"Separated", 45}, {"Widowed", 15}},
	late:  {{"Married", 640}, {"Divorced", 180}, {"Never married", 85}, {"Widowed", 60}, {"Separated", 35}},
	old:   {{"Married", 555}, {"Widowed", 270}, {"Divorced", 115}, {"Never married", 45}, {"Separated", 15}},
}

var marriedRoleShares = [sexes][]share{
	male: {
		{marriedOpposite, 935}, {marriedMale, 8}, {"Lone person", 18}, {"Visitor (from within Australia)", 15},
		{"Other non-classifiable relationship", 10}, {"Group household member", 6}, {notApplicable, 6}, {"Other related individual (nec)", 2},
	},
	female: {
		{marriedOpposite, 930}, {marriedFemale, 9}, {"Lone person", 18}, {"Visitor (from within Australia)", 15}, {"Lone parent", 8},
		{"Other non-classifiable relationship", 10}, {notApplicable, 8}, {"Other related individual (nec)", 2},
	},
}

// deFactoSame stands for a same-sex couple of either sex in singleRoleShares; draw puts the label of the person's sex.
const deFactoSame = deFactoMale

var singleRoleShares = [stages][]share{
	child: {
		{"Natural or adopted child under 15", 895}, {"Step child under 15", 35}, {"Grandchild under 15", 26}, {"Foster child under 15", 9},
		{"Otherwise related child under 15", 12}, {"Unrelated child under 15", 8}, {"Visitor (from within Australia)", 9},
		{"Other non-classifiable relationship", 4}, {notApplicable, 2},
	},
	teen: {
		{"Natural or adopted dependent student", 690}, {"Non-dependent natural, or adopted child", 150}, {"Student step child", 32},
		{"Student foster child", 4}, {"Group household member", 30}, {"Brother/sister", 15}, {"Lone person", 10}, {deFactoOpposite, 10},
		{"Nephew/niece", 7}, {"Cousin", 4}, {"Unrelated individual living in family household", 12}, {"Non-dependent step child", 5},
		{"Visitor (from within Australia)", 14}, {"Other non-classifiable relationship", 9}, {notApplicable, 8},
	},
	young: {
		{"Non-dependent natural, or adopted child", 325}, {"Natural or adopted dependent student", 220}, {deFactoOpposite, 132},
		{"Group household member", 130}, {"Lone person", 62}, {"Lone parent", 30}, {"Brother/sister", 24}, {"Non-dependent step child", 15},
		{"Non-dependent foster child", 2}, {"Non-dependent grandchild", 8}, {"Cousin", 8}, {"Nephew/niece", 8}, {deFactoSame, 6},
		{"Unrelated individual living in family household", 14}, {"Visitor (from within Australia)", 20},
		{"Other non-classifiable relationship", 12}, {notApplicable, 12},
	},
	early: {
		{deFactoOpposite, 330}, {"Lone person", 170}, {"Non-dependent natural, or adopted child", 155}, {"Group household member", 120},
		{"Lone parent", 110}, {"Brother/sister", 20}, {deFactoSame, 13}, {"Cousin", 7}, {"Uncle/aunt", 3},
		{"Other related individual (nec)", 7}, {"Unrelated individual living in family household", 15},
		{"Visitor (from within Australia)", 22}, {"Other non-classifiable relationship", 15}, {notApplicable, 12},
	},
	mid: {
		{"Lone person", 290}, {"Lone parent", 235}, {deFactoOpposite, 230}, {"Non-dependent natural, or adopted child", 80},
		{"Group household member", 55}, {"Brother/sister", 20}, {deFactoSame, 12}, {"Other related individual (nec)", 8},
		{"Unrelated individual living in family household", 20}, {"Grandfather/grandmother", 4}, {"Visitor (from within Australia)", 22},
		{"Other non-classifiable relationship", 14}, {notApplicable, 10},
	},
	late: {
		{"Lone person", 500}, {deFactoOpposite, 150}, {"Lone parent", 100}, {"Group household member", 50}, {"Father/mother", 42},
		{"Brother/sister", 25}, {"Grandfather/grandmother", 20}, {"Unrelated individual living in family household", 25},
		{"Non-dependent natural, or adopted child", 14}, {"Uncle/aunt", 5}, {"Visitor (from within Australia)", 36},
		{"Other non-classifiable relationship", 17}, {notApplicable, 16},
	},
	old: {
		{"Lone person", 580}, {"Father/mother", 92}, {"Lone parent", 80}, {deFactoOpposite, 50}, {"Grandfather/grandmother", 45},
		{"Group household member", 30}, {"Brother/sister", 20}, {"Unrelated individual living in family household", 20}, {"Uncle/aunt", 5},
		{"Visitor (from within Australia)", 30}, {"Other non-classifiable relationship", 14}, {notApplicable, 34},
	},
}

var labourShares = [stages][sexes][]share{
	child: {male: {{notApplicable, 1}}, female: {{notApplicable, 1}}},
	teen:  {male: work(80, 305, 28, 22, 60, 505), female: work(50, 360, 32, 16, 62, 480)},
	young: {male: work(430, 260, 40, 45, 45, 180), female: work(360, 330, 45, 30, 40, 195)},
	early: {male: work(710, 110, 45, 30, 10, 95), female: work(430, 270, 70, 18, 17, 195)},
	mid:   {male: work(690, 105, 45, 25, 10, 125), female: work(420, 280, 50, 15, 15, 220)},
	late:  {male: work(330, 130, 35, 13, 8, 484), female: work(190, 180, 30, 7, 7, 586)},
	old:   {male: work(35, 45, 8, 1, 1, 910), female: work(12, 25, 4, 0, 0, 959)},
}

// work gives the shares of the labour force labels in the order of the vocabulary.
func work(fullTime, partTime, away, seekingFullTime, seekingPartTime, outside int) []share {
	return []share{
		{"Employed, worked full-time", fullTime}, {"Employed, worked part-time", partTime}, {"Employed, away from work", away},
		{"Unemployed, looking for full-time work", seekingFullTime}, {"Unemployed, looking for part-time work", seekingPartTime},
		{"Not in the labour force", outside},
	}
}

var educationShares = [stages][]share{
	child: {{notApplicable, 1}},
	teen:  schooling(0, 0, 5, 8, 60, 700, 5, 200, 2, 20),
	young: schooling(8, 5, 170, 90, 180, 500, 3, 25, 3, 16),
	early: schooling(125, 30, 270, 110, 190, 230, 2, 25, 5, 13),
	mid:   schooling(85, 35, 190, 130, 230, 240, 4, 73, 4, 9),
	late:  schooling(50, 30, 130, 120, 200, 310, 4, 143, 3, 10),
	old:   schooling(25, 20, 80, 85, 160, 340, 3, 263, 5, 19),
}

// schooling gives the shares of the education labels, highest first; the years are the ends of secondary education.
func schooling(postgraduate, graduate, bachelor, diploma, certificate, upper, basic, lower, supplementary, unclear int) []share {
	return []share{
		{"Postgraduate Degree Level", postgraduate}, {"Graduate Diploma and Graduate Certificate Level", graduate},
		{"Bachelor Degree Level", bachelor}, {"Advanced Diploma and Diploma Level", diploma}, {"Certificate III & IV Level", certificate},
		{"Secondary Education - Years 10 and above", upper}, {"Certificate I & II Level", basic},
		{"Secondary Education - Years 9 and below", lower}, {"Supplementary Codes", supplementary}, {inadequate, unclear},
	}
}

// What education leads to which occupations.
const (
	degree     = iota
	vocational // diploma or certificate
	school     // everything else
	ladders
)

// ladderOf gives the ladder of each education label, in the order of the vocabulary.
var ladderOf = [...]uint8{degree, degree, degree, vocational, vocational, school, school, school, school, school, school, school, school}

var occupationShares = [ladders][sexes][]share{
	degree:     {male: jobs(190, 560, 40, 55, 75, 30, 18, 22, 10), female: jobs(140, 580, 20, 95, 115, 28, 3, 9, 10)},
	vocational: {male: jobs(130, 80, 340, 60, 50, 50, 140, 140, 10), female: jobs(120, 120, 70, 290, 230, 90, 15, 55, 10)},
	school:     {male: jobs(110, 45, 110, 80, 75, 110, 190, 265, 15), female: jobs(85, 55, 35, 210, 260, 200, 20, 125, 10)},
}

var teenOccupationShares = jobs(5, 10, 80, 225, 60, 380, 25, 205, 10)

// jobs gives the shares of the occupation labels in the order of the vocabulary.
func jobs(managers, professionals, trades, service, clerical, sales, operators, labourers, unclear int) []share {
	return []share{
		{"Managers", managers}, {"Professionals", professionals}, {"Technicians and Trades Workers", trades},
		{"Community and Personal Service Workers", service}, {"Clerical and Administrative Workers", clerical}, {"Sales Workers", sales},
		{"Machinery Operators and Drivers", operators}, {"Labourers", labourers}, {inadequate, unclear},
	}
}

// industryShares stand by the occupations that jobs lists, in their order.
var industryShares = [...][]share{
	{ // managers
		{"Retail Trade", 120}, {"Agriculture, Forestry and Fishing", 110}, {"Professional, Scientific and Technical Services", 105},
		{"Construction", 100}, {"Accommodation and Food Services", 95}, {"Manufacturing", 90}, {"Health Care and Social Assistance", 70},
		{"Financial and Insurance Services", 65}, {"Public Administration and Safety", 60}, {"Education and Training", 50},
		{"Wholesale Trade", 45}, {"Transport, Postal and Warehousing", 35}, {"Administrative and Support Services", 30},
		{"Information Media and Telecommunications", 25}, {"Arts and Recreation Services", 20}, {"Mining", 15}, {"Other Services", 20},
		{"Rental, Hiring and Real Estate Services", 15}, {"Electricity, Gas, Water and Waste Services", 10}, {inadequate, 10},
	},
	{ // professionals
		{"Health Care and Social Assistance", 260}, {"Education and Training", 225}, {"Professional, Scientific and Technical Services", 215},
		{"Public Administration and Safety", 80}, {"Financial and Insurance Services", 65}, {"Information Media and Telecommunications", 35},
		{"Manufacturing", 30}, {"Administrative and Support Services", 20}, {"Construction", 15}, {"Arts and Recreation Services", 15},
		{"Mining", 10}, {"Electricity, Gas, Water and Waste Services", 10}, {"Other Services", 10}, {inadequate, 10},
	},
	{ // trades
		{"Construction", 330}, {"Manufacturing", 170}, {"Other Services", 150}, {"Accommodation and Food Services", 80},
		{"Professional, Scientific and Technical Services", 50}, {"Retail Trade", 40}, {"Mining", 40}, {"Public Administration and Safety", 25},
		{"Electricity, Gas, Water and Waste Services", 25}, {"Transport, Postal and Warehousing", 25}, {"Agriculture, Forestry and Fishing", 20},
		{"Administrative and Support Services", 20}, {"Information Media and Telecommunications", 15}, {inadequate, 10},
	},
	{ // service
		{"Health Care and Social Assistance", 420}, {"Accommodation and Food Services", 180}, {"Education and Training", 140},
		{"Public Administration and Safety", 120}, {"Arts and Recreation Services", 45}, {"Other Services", 40},
		{"Administrative and Support Services", 30}, {"Transport, Postal and Warehousing", 15}, {inadequate, 10},
	},
	{ // clerical
		{"Public Administration and Safety", 150}, {"Health Care and Social Assistance", 140},
		{"Professional, Scientific and Technical Services", 120}, {"Financial and Insurance Services", 115},
		{"Transport, Postal and Warehousing", 80}, {"Construction", 75}, {"Manufacturing", 60}, {"Education and Training", 60},
		{"Wholesale Trade", 50}, {"Administrative and Support Services", 50}, {"Retail Trade", 40},
		{"Rental, Hiring and Real Estate Services", 30}, {"Information Media and Telecommunications", 15}, {inadequate, 15},
	},
	{ // sales
		{"Retail Trade", 690}, {"Wholesale Trade", 60}, {"Rental, Hiring and Real Estate Services", 90}, {"Accommodation and Food Services", 80},
		{"Manufacturing", 30}, {"Information Media and Telecommunications", 20}, {"Financial and Insurance Services", 15}, {inadequate, 15},
	},
	{ // operators
		{"Transport, Postal and Warehousing", 420}, {"Manufacturing", 140}, {"Mining", 110}, {"Construction", 110}, {"Wholesale Trade", 70},
		{"Retail Trade", 60}, {"Agriculture, Forestry and Fishing", 30}, {"Electricity, Gas, Water and Waste Services", 30}, {inadequate, 30},
	},
	{ // labourers
		{"Construction", 170}, {"Manufacturing", 160}, {"Administrative and Support Services", 130}, {"Accommodation and Food Services", 130},
		{"Retail Trade", 100}, {"Agriculture, Forestry and Fishing", 95}, {"Transport, Postal and Warehousing", 60},
		{"Health Care and Social Assistance", 50}, {"Wholesale Trade", 30}, {"Education and Training", 25}, {"Other Services", 20},
		{inadequate, 30},
	},
	{ // not clear
		{inadequate, 600}, {"Retail Trade", 100}, {"Construction", 100}, {"Health Care and Social Assistance", 100},
		{"Administrative and Support Services", 100},
	},
}

// What an occupation pays.
const (
	lowPay = iota
	midPay
	highPay
	pays
)

// payOf gives the pay of each occupation that jobs lists, in their order.
var payOf = [...]uint8{highPay, highPay, midPay, lowPay, midPay, lowPay, midPay, lowPay, midPay}

var fullTimeIncomeShares = [pays][]share{
	lowPay:  weekly(10, 4, 6, 10, 25, 70, 170, 265, 230, 110, 55, 25, 17, 2, 1),
	midPay:  weekly(10, 2, 3, 5, 10, 25, 75, 155, 235, 175, 120, 80, 90, 10, 5),
	highPay: weekly(8, 1, 2, 3, 4, 10, 25, 55, 105, 125, 140, 127, 250, 65, 80),
}

var partTimeIncomeShares = [pays][]share{
	lowPay:  weekly(18, 85, 130, 130, 165, 195, 145, 80, 35, 10, 4, 2, 1, 0, 0),
	midPay:  weekly(20, 40, 65, 75, 105, 175, 190, 150, 100, 40, 20, 10, 8, 1, 1),
	highPay: weekly(20, 22, 35, 40, 60, 100, 125, 150, 160, 100, 70, 45, 50, 11, 12),
}

var teenIncomeShares = weekly(40, 330, 250, 110, 90, 90, 55, 25, 8, 2, 0, 0, 0, 0, 0)

var seekingIncomeShares = weekly(280, 60, 130, 250, 170, 70, 25, 8, 4, 2, 1, 0, 0, 0, 0)

var outsideIncomeShares = [stages][]share{
	child: {{notApplicable, 1}},
	teen:  weekly(720, 160, 60, 35, 15, 7, 2, 1, 0, 0, 0, 0, 0, 0, 0),
	young: weekly(340, 110, 160, 200, 110, 50, 18, 7, 3, 1, 1, 0, 0, 0, 0),
	early: weekly(380, 65, 95, 140, 130, 90, 55, 25, 10, 4, 2, 1, 2, 0, 1),
	mid:   weekly(330, 45, 60, 105, 210, 125, 65, 30, 14, 6, 3, 2, 3, 1, 1),
	late:  weekly(150, 30, 50, 110, 300, 160, 85, 50, 30, 14, 8, 4, 6, 1, 2),
	old:   weekly(35, 12, 35, 140, 420, 165, 80, 50, 30, 12, 8, 4, 6, 1, 2),
}

// weekly gives the shares of the income labels, from nothing up; one part in twenty of those with nothing has lost money.
func weekly(nothing int, amounts ...int) []share {
	out := []share{{"Nil income", 19 * nothing}, {"Negative income", nothing}}
	for i, n := range amounts {
		out = append(out, share{vocabulary[income][int(code(income, "$1-$149 ($1-$7,799)"))+i].abs, 20 * n})
	}
	return out
}

// Whether and how persons over 14 answered. The answers that are missing say Not stated.
const (
	answered = iota
	noIncome
	noEducation
	onlyBasics // nothing about income, education and work
	visitor    // from overseas: only age and sex count
	responses
)

var responseWeights = [responses]int{answered: 942, noIncome: 20, noEducation: 10, onlyBasics: 25, visitor: 3}
