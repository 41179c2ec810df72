package fit

import (
	"bytes"
	"fmt"
	"strings"
)

// Markdown gives the report for people.
func (r *Report) Markdown() []byte {
	w := &markdown{}
	w.line("# Model %s", r.Model)
	w.line("")
	w.line("Eight profiles of %s, fitted by `assay fit`: multiple correspondence analysis of nine variables, then k-means.", r.Population)
	w.line("%d rows, of which %d answer all nine variables (%d different ones); the fit rests on these, the sizes below are of all rows.",
		r.Rows, r.Complete, r.Different)
	w.line("Seed %d, scale %d, SHA-256 `%s`.", r.Seed, r.Scale, r.Checksum)
	w.profiles(r)
	w.clustering(r)
	w.axes(r)
	w.traits(r)
	w.again(r)
	return w.b.Bytes()
}

type markdown struct{ b bytes.Buffer }

func (w *markdown) line(format string, args ...any) { fmt.Fprintf(&w.b, format+"\n", args...) }

func (w *markdown) profiles(r *Report) {
	w.line("\n## Profiles\n")
	w.line("| id | name | rows | low confidence | silhouette | archetype: own centroid | next nearest |")
	w.line("| --- | --- | ---: | ---: | ---: | ---: | --- |")
	for _, p := range r.Profiles {
		w.line("| %d | %s | %.1f %% | %.1f %% | %.2f | %.2f | %.2f (%d) |", p.ID, p.Name, 100*p.Share, 100*p.Low, p.Silhouette, p.Own, p.Next, p.NextP)
	}
	w.line("\nThe silhouette is a mean over %d complete rows drawn by chance, %.2f over all profiles: near 1 where rows lie much nearer to",
		r.Silhouette.Sample, r.Silhouette.Mean)
	w.line("their own profile than to the next, near 0 where profiles touch. A profile's archetype is the typical row that its id and name")
	w.line("stand for; distances are in units of the axes. Low confidence: three or more of the nine values are Not stated.")
}

func (w *markdown) clustering(r *Report) {
	c := &r.Clustering
	w.line("\n## Clusters\n")
	w.line("The best accepted of %d starts of k-means++ is start %d: inertia %.4f of %.4f, so that profiles explain %.1f %% of the spread",
		c.Starts, c.Start, c.Inertia, c.Total, 100*c.Explained)
	w.line("on the kept axes. A start is accepted when each archetype scores as its own profile and each profile holds 3 %% of the rows.")
	if c.WhyNotLeast != "" {
		w.line("The least inertia of all starts is %.4f. It was not accepted: %s.", c.LeastOfAll, c.WhyNotLeast)
	}
}

func (w *markdown) axes(r *Report) {
	w.line("\n## Axes\n")
	w.line("Kept are those with an inertia above 1/9, at most ten. The adjusted share (Benzécri) is of all axes above 1/9.\n")
	w.line("| axis | inertia | adjusted share |")
	w.line("| ---: | ---: | ---: |")
	for i, a := range r.Axes {
		w.line("| %d | %.4f | %.1f %% |", i+1, a.Inertia, 100*a.Adjusted)
	}
}

func (w *markdown) traits(r *Report) {
	w.line("\n## Traits\n")
	w.line("How many of a profile's rows have a label, in percent; bold where that is half as much again as among all rows, and at least 10.\n")
	head, rule := "| variable | label | all |", "| --- | --- | ---: |"
	for _, p := range r.Profiles {
		head += fmt.Sprintf(" %d |", p.ID)
		rule += " ---: |"
	}
	w.line("%s\n%s", head, rule)
	last := ""
	for _, t := range r.Traits {
		variable := t.Variable
		if variable == last {
			variable = ""
		}
		last = t.Variable
		var cells strings.Builder
		for _, s := range t.Profiles {
			cell := fmt.Sprintf("%.1f", 100*s)
			if s >= 0.1 && s >= 1.5*t.All {
				cell = "**" + cell + "**"
			}
			cells.WriteString(" " + cell + " |")
		}
		w.line("| %s | %s | %.1f |%s", variable, t.Label, 100*t.All, cells.String())
	}
}

func (w *markdown) again(r *Report) {
	w.line("\n## The same bytes again\n")
	w.line("The same rows, archetypes, seed and starts give the same file, in whatever order the rows come and on however many processors:")
	w.line("after the analysis of the labels all arithmetic is on whole numbers, or adds in one order. The analysis itself is floating-point")
	w.line("and may differ in the last digits from one kind of processor to another. Its coordinates are therefore rounded to steps of 2^-%d;", r.Rounding.Bits)
	w.line("the one nearest to the border between two steps is %.6f of a step away from it, and processors differ by far less than a", r.Rounding.Margin)
	w.line("millionth of a step. Where that distance is as small, another kind of processor may give a model whose last digits differ.")
	w.line("\n## On rows of one's own\n")
	w.line("    assay create --from census-profile mine")
	w.line("    assay fit people.csv --contract mine/feed.yaml --out mine/model.json --report mine")
	w.line("    assay test mine")
	w.line("\nRows are read as the contract says. Ids and names stay with the archetypes, which the model carries; `--archetypes FILE` gives")
	w.line("others (`archetypes.csv` is the form). Rows with a value that is Not stated do not shape the profiles.")
}
