package deploy_test

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/assay-dev/assay/internal/flow"
	"github.com/assay-dev/assay/internal/observe"
)

// registered gives the labels of each metric that a process has, those of histograms under the names of their series.
func registered(t *testing.T) map[string][]string {
	t.Helper()
	s := observe.New(observe.Options{Version: "1", Instance: "a"})
	f := s.Feed("a")
	counts := &flow.Counts{}
	counts.Found(flow.FindingID{Code: "C"}, 1)
	f.Committed(counts, 1)
	f.Position("in", 0, 0, 0, time.Time{})
	f.InForce(observe.ProgramStatus{Version: "a@1 set=1", Digest: "1", Refs: []observe.SetStatus{{Set: "set", Version: "1", Modified: &time.Time{}}}})
	families, err := s.Gatherer().Gather()
	if err != nil {
		t.Fatal(err)
	}
	found := map[string][]string{"up": {}}
	for _, family := range families {
		var labels []string
		for _, l := range family.GetMetric()[0].GetLabel() {
			labels = append(labels, l.GetName())
		}
		name := family.GetName()
		if family.GetMetric()[0].GetHistogram() == nil {
			found[name] = labels
			continue
		}
		found[name+"_bucket"], found[name+"_sum"], found[name+"_count"] = append(labels, "le"), labels, labels
	}
	return found
}

var (
	text      = regexp.MustCompile(`"[^"]*"`)
	matchers  = regexp.MustCompile(`([a-z_]+)\s*(?:=~|!~|!=|=)`)
	grouping  = regexp.MustCompile(`\b(?:by|without|on|ignoring)\s*\(([^)]*)\)`)
	selection = regexp.MustCompile(`([a-z][a-z0-9_]*)\s*(\{[^}]*\}|\[|$|\)|\s*[<>=]=?\s*\d)`)
)

// inTheExpression gives the metrics and the labels that a PromQL expression of ours names.
func inTheExpression(expr string) (metrics, labels []string) {
	expr = text.ReplaceAllString(expr, `""`)
	for _, m := range grouping.FindAllStringSubmatch(expr, -1) {
		for l := range strings.SplitSeq(m[1], ",") {
			labels = append(labels, strings.TrimSpace(l))
		}
	}
	expr = grouping.ReplaceAllString(expr, "")
	for _, m := range selection.FindAllStringSubmatch(expr, -1) {
		metrics = append(metrics, m[1])
		for _, l := range matchers.FindAllStringSubmatch(m[2], -1) {
			labels = append(labels, l[1])
		}
	}
	return metrics, labels
}

// check demands that an expression names metrics that there are, with labels that they have.
func check(t *testing.T, where, expr string, known map[string][]string) {
	t.Helper()
	metrics, labels := inTheExpression(expr)
	if len(metrics) == 0 {
		t.Errorf("%s: no metric is found in %s", where, expr)
	}
	has := []string{"job", "instance"} // Prometheus adds them
	for _, m := range metrics {
		of, ok := known[m]
		if !ok {
			t.Errorf("%s: there is no metric %s", where, m)
		}
		has = append(has, of...)
	}
	for _, l := range labels {
		if !slices.Contains(has, l) {
			t.Errorf("%s: %v have no label %s", where, metrics, l)
		}
	}
}

func TestInTheExpression(t *testing.T) {
	for expr, want := range map[string][2]string{
		`up{job="assay"} == 0`: {"up", "job"},
		`sum by (a, b) (rate(x_total{c=~"d{e}", f!="g"}[5m])) / (sum(rate(y_total[5m])) > 0) > 0.05`: {"x_total y_total", "a b c f"},
		`histogram_quantile(0.99, sum by (le) (rate(z_bucket[5m])))`:                                 {"z_bucket", "le"},
		`max by (a) (g) > 3`: {"g", "a"},
		`naked`:              {"naked", ""},
	} {
		metrics, labels := inTheExpression(expr)
		if got := [2]string{strings.Join(metrics, " "), strings.Join(labels, " ")}; got != want {
			t.Errorf("%s: got %q, want %q", expr, got, want)
		}
	}
}

func TestDashboardShowsWhatThereIs(t *testing.T) {
	var board struct {
		Panels []struct {
			ID                       int
			Type, Title, Description string
			Datasource               struct{ UID string }
			Targets                  []struct {
				RefID, Expr string
				Datasource  struct{ UID string }
			}
		}
		Templating struct {
			List []struct{ Query struct{ Query string } }
		}
	}
	if err := json.Unmarshal([]byte(read(t, "grafana/dashboards/assay.json")), &board); err != nil {
		t.Fatal(err)
	}
	known := registered(t)
	shown := map[string]bool{}
	ids := map[int]bool{}
	for _, p := range board.Panels {
		if ids[p.ID] {
			t.Errorf("%s: the id %d is taken", p.Title, p.ID)
		}
		ids[p.ID] = true
		if p.Type == "row" {
			continue
		}
		if p.Description == "" || len(p.Targets) == 0 || p.Datasource.UID != "prometheus" {
			t.Errorf("%s lacks a description, a target or its data source", p.Title)
		}
		for _, target := range p.Targets {
			check(t, p.Title, target.Expr, known)
			metrics, _ := inTheExpression(target.Expr)
			for _, m := range metrics {
				shown[m] = true
			}
		}
	}
	for _, v := range board.Templating.List {
		metric, label, _ := strings.Cut(strings.TrimSuffix(strings.TrimPrefix(v.Query.Query, "label_values("), ")"), ", ")
		if !slices.Contains(known[metric], label) {
			t.Errorf("%s: %s has no label %s", v.Query.Query, metric, label)
		}
	}
	for name := range known {
		base := regexp.MustCompile(`_(bucket|sum|count)$`).ReplaceAllString(name, "")
		if strings.HasPrefix(name, "assay_") && !shown[name] && !shown[base+"_bucket"] {
			t.Errorf("%s is not on the dashboard", name)
		}
	}
}

func TestAlertsWatchWhatThereIs(t *testing.T) {
	var file struct {
		Groups []struct {
			Rules []struct {
				Alert       string            `yaml:"alert"`
				Expr        string            `yaml:"expr"`
				Labels      map[string]string `yaml:"labels"`
				Annotations map[string]string `yaml:"annotations"`
			} `yaml:"rules"`
		} `yaml:"groups"`
	}
	parse(t, "alerts.yml", &file)
	known := registered(t)
	watched := map[string]bool{}
	for _, g := range file.Groups {
		for _, r := range g.Rules {
			check(t, r.Alert, r.Expr, known)
			if !slices.Contains([]string{"critical", "warning", "info"}, r.Labels["severity"]) || r.Annotations["summary"] == "" || r.Annotations["description"] == "" {
				t.Errorf("%s lacks a severity, a summary or a description", r.Alert)
			}
			for _, names := range regexp.MustCompile(`name=~"([A-Z_|]+)"`).FindAllStringSubmatch(r.Expr, -1) {
				for name := range strings.SplitSeq(names[1], "|") {
					if watched[name] {
						t.Errorf("%s is watched twice", name)
					}
					watched[name] = true
				}
			}
		}
	}
	kinds := map[string]bool{}
	for k := observe.Kind(0); !strings.HasPrefix(k.String(), "Kind("); k++ {
		kinds[k.String()] = true
	}
	if !maps.Equal(watched, kinds) {
		t.Errorf("watched are %v, there are %v", slices.Sorted(maps.Keys(watched)), slices.Sorted(maps.Keys(kinds)))
	}
}
