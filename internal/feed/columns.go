package feed

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/assay-dev/assay/internal/flow"
)

func (r *reader) columns(block member) []Column {
	var columns []Column
	key := ""
	members, ok := r.members(block.value, "columns")
	for _, m := range members {
		c := r.column(m)
		if c.Key && key != "" {
			r.problem(c.At, "%s and %s are both the key: only one column can be", key, c.Name)
		}
		if c.Key {
			key = c.Name
		}
		columns = append(columns, c)
	}
	if ok && len(columns) == 0 {
		r.problem(at(block.key), "a contract needs at least one column")
	}
	r.names(columns)
	return columns
}

// nameForm is what a column may be called, for the schema; columnName is what holds.
var nameForm = form{pattern: regexp.MustCompile(`^\S([\s\S]*\S)?$`)}

// columnName tells when nothing can be called name: headers are read without the blanks around their names.
func (r *reader) columnName(at Pos, name string) bool {
	if name != "" && strings.TrimSpace(name) == name {
		return true
	}
	r.problem(at, "the name of a column has no blanks around it and is not empty")
	return false
}

// columnNames is texts for what columns are to be called.
func (r *reader) columnNames(m member) (names []string, places []Pos) {
	names, places = r.texts(m)
	for i, name := range names {
		r.columnName(places[i], name)
	}
	return names, places
}

func (r *reader) column(block member) Column {
	c := Column{At: at(block.key), UnknownCode: -1, EmptyCode: -1}
	c.Name = block.name
	r.columnName(c.At, c.Name)
	what := "column " + c.Name
	members, ok := r.members(block.value, what)
	typed, cut := false, false
	if i := slices.IndexFunc(members, func(m member) bool { return m.name == "type" }); i >= 0 {
		typed, cut = r.columnType(&c, members[i])
		c.typed = typed
	} else if ok && len(missing(members, columnSpec)) > 0 {
		r.problem(c.At, "%s has no type", what)
	}
	if cut { // the rest of the type looks like keys
		return c
	}
	var category []member
	for _, m := range r.known(members, what, columnSpec) {
		if m.spec.only != nil && (!typed || !slices.Contains(m.spec.only, c.Type.String())) {
			if typed {
				r.problem(at(m.key), "%s is for %s columns only; %s is %s", m.name, orList(m.spec.only), c.Name, c.Type)
			}
			continue
		}
		switch m.name {
		case "required":
			c.Required = r.truth(m)
		case "key":
			c.Key = r.truth(m)
		case "pii":
			c.PII = r.truth(m)
		case "alias":
			r.alias(&c, m)
		case "nan":
			c.AllowNaN = r.choice(m) == "allow"
		case "unit":
			c.Unit = r.choice(m)
		default:
			category = append(category, m)
		}
	}
	if typed && c.Type == flow.Category {
		r.category(&c, category)
	}
	return c
}

var decimalForm = regexp.MustCompile(`^decimal\( *([0-9]{1,2}) *, *([0-9]{1,2}) *\)$`)

// columnType reads the type of a column. cut reports a decimal type that YAML has cut at its comma.
func (r *reader) columnType(c *Column, m member) (ok, cut bool) {
	s, ok := r.text(m)
	if !ok {
		return false, false
	}
	if strings.HasPrefix(s, "decimal(") && !strings.Contains(s, ")") {
		r.problem(at(m.value), "the comma ends the type %s", s).Suggestion = `put it in quotes, like "decimal(12,2)"`
		return false, true
	}
	name := s
	if d := decimalForm.FindStringSubmatch(s); d != nil {
		precision, _ := strconv.Atoi(d[1]) // the form allows digits only
		scale, _ := strconv.Atoi(d[2])
		if precision < 1 || precision > 38 || scale > precision {
			r.problem(at(m.value), "%s: a decimal has 1 to 38 digits, and no more of them after the point", s)
			return false, false
		}
		name, c.Precision, c.Scale = "decimal", int32(precision), int32(scale)
	}
	t, known := flow.ParseType(name)
	switch {
	case name == "ip":
		r.problem(at(m.value), "type ip is not supported by this version")
	case !known:
		r.problem(at(m.value), "unknown type %s: there are %s", s, strings.Join(typeNames(), ", ")).Suggestion = didYouMean(s, typeNames())
	case t == flow.Decimal && c.Precision == 0:
		r.problem(at(m.value), "a decimal type names its digits").Suggestion = `write them in quotes, like "decimal(12,2)"`
	default:
		c.Type = t
		return true, false
	}
	return false, false
}

func typeNames() []string {
	var names []string
	for t := flow.String; t < flow.Int8; t++ {
		names = append(names, t.String())
	}
	return names
}

func (r *reader) alias(c *Column, block member) {
	members, _ := r.members(block.value, "alias")
	for _, m := range members {
		name, ok := r.text(m)
		switch {
		case !ok:
		case m.name == "":
			r.problem(at(m.key), "a set of aliases needs a name")
		case !r.columnName(at(m.value), name):
		default:
			if c.Aliases == nil {
				c.Aliases = map[string]string{}
			}
			c.Aliases[m.name] = name
			c.sets = append(c.sets, m.name)
		}
	}
}

// names refuses columns that a header could not tell apart: names are compared without regard to case, own names among
// themselves and within each set of aliases, where a column without an alias keeps its name.
func (r *reader) names(columns []Column) {
	sets := []string{""} // the columns' own names
	for i := range columns {
		for _, s := range columns[i].sets {
			if !slices.Contains(sets, s) {
				sets = append(sets, s)
			}
		}
	}
	for _, set := range sets {
		first := map[string]*Column{}
		for i := range columns {
			c := &columns[i]
			name, aliased := c.nameIn(set)
			other, taken := first[flow.FoldName(name)]
			if !taken {
				first[flow.FoldName(name)] = c
				continue
			}
			_, otherAliased := other.nameIn(set)
			switch {
			case set == "":
				r.problem(c.At, "columns %s and %s have one name: case does not count", other.Name, c.Name)
			case aliased || otherAliased:
				r.problem(c.At, "columns %s and %s are both called %s in the aliases %s", other.Name, c.Name, name, set)
			}
		}
	}
}

// nameIn gives the column's name in a set of aliases, and whether it has one of its own there.
func (c *Column) nameIn(set string) (string, bool) {
	if name, ok := c.Aliases[set]; ok {
		return name, true
	}
	return c.Name, false
}
