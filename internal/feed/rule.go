package feed

import "github.com/goccy/go-yaml/ast"

// Rule is a condition that must hold for each row.
type Rule struct {
	Name     string
	At       Pos
	Must     Expr
	Severity string // SeverityError or SeverityWarning
}

// The values of Rule.Severity.
const (
	SeverityError   = "error"   // a row that breaks the rule is dead
	SeverityWarning = "warning" // it is flagged
)

// rules reads the rules. A rule is its condition, or a block where it says more.
func (r *reader) rules(block member) []Rule {
	var rules []Rule
	members, _ := r.members(block.value, block.name)
	for _, m := range members {
		rule := Rule{Name: m.name, At: at(m.key), Severity: SeverityError}
		r.formed(rule.At, "the name of a rule", m.name, block.spec.form)
		switch m.value.(type) {
		case *ast.MappingNode, *ast.MappingValueNode:
			r.rule(&rule, m)
		default:
			rule.Must = r.expr(member{name: "rule " + m.name, value: m.value})
		}
		rules = append(rules, rule)
	}
	return rules
}

func (r *reader) rule(rule *Rule, block member) {
	for _, m := range r.block(block.value, "rule "+rule.Name, rule.At, ruleSpec) {
		switch m.name {
		case "must":
			rule.Must = r.expr(m)
		case "severity":
			rule.Severity = r.choice(m)
		}
	}
}
