package census

import "strings"

// The variables, in the order of the columns.
const (
	age = iota
	sex
	marital
	role
	income
	education
	occupation
	industry
	labour
	variables
)

// person is a label of each variable, as an index into vocabulary.
type person [variables]uint8

// label is a label of the Bureau with the collapsed one that it belongs to.
type label struct{ abs, collapsed string }

const (
	notApplicable = "Not applicable"
	notStated     = "Not stated"
	overseas      = "Overseas visitor"
	inadequate    = "Inadequately described"
)

var names = [variables]struct{ abs, collapsed string }{
	{"AGE5P", "AGE_GROUP"}, {"SEXP", "SEX"}, {"MSTP", "MARITAL_STATUS"}, {"RLHP", "HOUSEHOLD_ROLE"}, {"INCP", "INCOME"},
	{"HEAP", "EDUCATION"}, {"OCCP", "OCCUPATION"}, {"INDP", "INDUSTRY"}, {"LFSP", "LABOUR_FORCE"},
}

// vocabulary is every label that a person may have. A test holds it to the mapping file of the feed pack.
var vocabulary = [variables][]label{
	age: {
		{"0-4 years", "Child"}, {"5-9 years", "Child"}, {"10-14 years", "Child"},
		{"15-19 years", "Youth"}, {"20-24 years", "Youth"},
		{"25-29 years", "Early career"}, {"30-34 years", "Early career"}, {"35-39 years", "Early career"},
		{"40-44 years", "Mid career"}, {"45-49 years", "Mid career"}, {"50-54 years", "Mid career"}, {"55-59 years", "Mid career"},
		{"60-64 years", "Senior"}, {"65-69 years", "Senior"}, {"70-74 years", "Senior"}, {"75-79 years", "Senior"},
		{"80-84 years", "Senior"}, {"85-89 years", "Senior"}, {"90-94 years", "Senior"}, {"95-99 years", "Senior"},
		{"100 years and over", "Senior"},
	},
	sex: {{"Male", "Male"}, {"Female", "Female"}},
	marital: {
		{"Married", "Partnered"}, {"Never married", "Single"}, {"Widowed", "Single"}, {"Divorced", "Single"},
		{"Separated", "Single"}, {notApplicable, "Single"}, {overseas, notStated},
	},
	role: {
		{marriedOpposite, "Family head"}, {marriedMale, "Family head"}, {marriedFemale, "Family head"},
		{deFactoOpposite, "Family head"}, {deFactoMale, "Family head"}, {deFactoFemale, "Family head"},
		{"Lone parent", "Family head"},
		{"Natural or adopted child under 15", "Child"}, {"Step child under 15", "Child"}, {"Foster child under 15", "Child"},
		{"Grandchild under 15", "Child"}, {"Otherwise related child under 15", "Child"}, {"Unrelated child under 15", "Child"},
		{"Natural or adopted dependent student", "Child"}, {"Student step child", "Child"}, {"Student foster child", "Child"},
		{"Non-dependent natural, or adopted child", "Other family"}, {"Non-dependent step child", "Other family"},
		{"Non-dependent foster child", "Other family"}, {"Brother/sister", "Other family"}, {"Father/mother", "Other family"},
		{"Non-dependent grandchild", "Other family"}, {"Grandfather/grandmother", "Other family"}, {"Cousin", "Other family"},
		{"Uncle/aunt", "Other family"}, {"Nephew/niece", "Other family"}, {"Other related individual (nec)", "Other family"},
		{"Unrelated individual living in family household", "Non-family"}, {"Group household member", "Non-family"},
		{"Lone person", "Non-family"},
		{"Visitor (from within Australia)", notStated}, {"Other non-classifiable relationship", notStated},
		{notApplicable, notStated}, {overseas, notStated},
	},
	income: {
		{"Negative income", "No income"}, {"Nil income", "No income"}, {notApplicable, "No income"},
		{"$1-$149 ($1-$7,799)", "Low"}, {"$150-$299 ($7,800-$15,599)", "Low"}, {"$300-$399 ($15,600-$20,799)", "Low"},
		{"$400-$499 ($20,800-$25,999)", "Low"}, {"$500-$649 ($26,000-$33,799)", "Low"},
		{"$650-$799 ($33,800-$41,599)", "Mid"}, {"$800-$999 ($41,600-$51,999)", "Mid"},
		{"$1,000-$1,249 ($52,000-$64,999)", "Mid"}, {"$1,250-$1,499 ($65,000-$77,999)", "Mid"},
		{"$1,500-$1,749 ($78,000-$90,999)", "High"}, {"$1,750-$1,999 ($91,000-$103,999)", "High"},
		{"$2,000-$2,999 ($104,000-$155,999)", "High"},
		{"$3,000-$3,499 ($156,000-$181,999)", "Very high"}, {"$3,500 or more ($182,000 or more)", "Very high"},
		{notStated, notStated}, {overseas, notStated},
	},
	education: {
		{"Postgraduate Degree Level", "Bachelor or higher"}, {"Graduate Diploma and Graduate Certificate Level", "Bachelor or higher"},
		{"Bachelor Degree Level", "Bachelor or higher"},
		{"Advanced Diploma and Diploma Level", "Diploma or certificate"}, {"Certificate III & IV Level", "Diploma or certificate"},
		{"Secondary Education - Years 10 and above", "Year 12"},
		{"Certificate I & II Level", "Year 11 or below"}, {"Secondary Education - Years 9 and below", "Year 11 or below"},
		{notApplicable, "Year 11 or below"},
		{"Supplementary Codes", notStated}, {inadequate, notStated}, {notStated, notStated}, {overseas, notStated},
	},
	occupation: {
		{"Managers", "Managers and professionals"}, {"Professionals", "Managers and professionals"},
		{"Technicians and Trades Workers", "Trades and technical"},
		{"Community and Personal Service Workers", "Clerical and service"}, {"Clerical and Administrative Workers", "Clerical and service"},
		{"Sales Workers", "Clerical and service"},
		{"Machinery Operators and Drivers", "Labourers and operators"}, {"Labourers", "Labourers and operators"},
		{notApplicable, "Not in employment"}, {inadequate, notStated}, {notStated, notStated}, {overseas, notStated},
	},
	industry: {
		{"Information Media and Telecommunications", "Knowledge services"}, {"Financial and Insurance Services", "Knowledge services"},
		{"Rental, Hiring and Real Estate Services", "Knowledge services"},
		{"Professional, Scientific and Technical Services", "Knowledge services"},
		{"Administrative and Support Services", "Knowledge services"},
		{"Public Administration and Safety", "Public and community services"}, {"Education and Training", "Public and community services"},
		{"Health Care and Social Assistance", "Public and community services"},
		{"Agriculture, Forestry and Fishing", "Primary and industrial"}, {"Mining", "Primary and industrial"},
		{"Manufacturing", "Primary and industrial"}, {"Electricity, Gas, Water and Waste Services", "Primary and industrial"},
		{"Construction", "Primary and industrial"},
		{"Wholesale Trade", "Trade and hospitality"}, {"Retail Trade", "Trade and hospitality"},
		{"Accommodation and Food Services", "Trade and hospitality"}, {"Transport, Postal and Warehousing", "Trade and hospitality"},
		{"Arts and Recreation Services", "Trade and hospitality"},
		{"Other Services", "Other / Not employed"}, {notApplicable, "Other / Not employed"},
		{inadequate, notStated}, {notStated, notStated}, {overseas, notStated},
	},
	labour: {
		{"Employed, worked full-time", "Full-time employed"}, {"Employed, worked part-time", "Part-time employed"},
		{"Employed, away from work", "Part-time employed"},
		{"Unemployed, looking for full-time work", "Unemployed"}, {"Unemployed, looking for part-time work", "Unemployed"},
		{"Not in the labour force", "Not in labour force"}, {notApplicable, "Not in labour force"},
		{notStated, notStated}, {overseas, notStated},
	},
}

const (
	marriedOpposite = "Husband, Wife or Partner in a registered marriage, opposite-sex couple"
	marriedMale     = "Husband, Wife or Partner in a registered marriage, male same-sex couple"
	marriedFemale   = "Husband, Wife or Partner in a registered marriage, female same-sex couple"
	deFactoOpposite = "Husband, Wife or Partner in de facto marriage, opposite-sex couple"
	deFactoMale     = "Husband, Wife or Partner in de facto marriage, male same-sex couple"
	deFactoFemale   = "Husband, Wife or Partner in de facto marriage, female same-sex couple"
)

// code gives the index of a label of the Bureau. A label that is not in the vocabulary is a mistake in shares.go.
func code(variable int, abs string) uint8 {
	for i, l := range vocabulary[variable] {
		if l.abs == abs {
			return uint8(i)
		}
	}
	panic("census: " + names[variable].abs + " has no label " + abs)
}

// written gives, for each label, its cell with the comma before it, and the header.
func written(abs bool) (*[variables][]string, []byte) {
	var cells [variables][]string
	header := []byte("id")
	for v := range vocabulary {
		name := names[v].collapsed
		if abs {
			name = names[v].abs
		}
		header = append(append(header, ','), name...)
		for _, l := range vocabulary[v] {
			text := l.collapsed
			if abs {
				text = l.abs
			}
			if strings.Contains(text, ",") {
				text = `"` + text + `"`
			}
			cells[v] = append(cells[v], ","+text)
		}
	}
	return &cells, append(header, '\n')
}
