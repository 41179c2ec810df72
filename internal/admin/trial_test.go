package admin

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/assay-dev/assay/internal/observe"
	"github.com/assay-dev/assay/pipeline"
)

// panel tries texts, and keeps the outcomes.
type panel struct {
	trials
	outcomes []observe.Trial
}

func newPanel() *panel {
	p := &panel{trials: trials{Trial: tryOut(), one: make(chan struct{}, 1)}}
	p.note = func(o observe.Trial) { p.outcomes = append(p.outcomes, o) }
	return p
}

func (p *panel) send(feed, text string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	p.try(w, httptest.NewRequest("POST", "/try?feed="+feed, strings.NewReader(text)))
	return w
}

// answered gives what the panel is answered.
func (p *panel) answered(t *testing.T, text string) (a trialAnswer) {
	t.Helper()
	w := p.send("orders", text)
	if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil || w.Code != 200 {
		t.Fatalf("%d %s: %v", w.Code, w.Body, err)
	}
	return a
}

func TestTrialAnswers(t *testing.T) {
	a := newPanel().answered(t, "id,email,amount,country,note\nA1,a@b,12.50,NL,x\nA2,b@c,-3.00,BE,\nA3,c@d,99999.00,XX,\"1\n2\"\n")
	if a.Feed != "orders" || a.Version != "orders@3" || a.Rows != 3 || a.Scored != 2 || a.Dead != 1 || a.Flagged != 1 || a.Refused != nil || a.Found != 3 {
		t.Errorf("%+v", a)
	}
	if diff := cmp.Diff([]trialColumn{{"id", false}, {"email", false}, {"amount", false}, {"country", false}, {"note", false}, {"risk", true}}, a.Table.Columns); diff != "" {
		t.Error(diff)
	}
	text := func(s string) *string { return &s }
	if diff := cmp.Diff([][]*string{
		{text("A1"), text("a@b"), text("12.50"), text("NL"), text("x"), text("0.025")},
		{text("A3"), text("c@d"), text("99999.00"), text("XX"), text("1\n2"), text("199.998")},
	}, a.Table.Rows); diff != "" {
		t.Error(diff)
	}
	row := int64(2)
	want := trialFinding{Code: "DQ_UNKNOWN_ENUM", Row: &row, Line: 4, Field: "country", Message: "country: unknown value kept", Text: []string{"A3,c@d,99999.00,", "XX", ",\"1"}}
	if diff := cmp.Diff(want, a.Findings[1]); diff != "" {
		t.Error(diff)
	}
	if a.Findings[0].Advice == "" || !a.Findings[0].Dead {
		t.Errorf("%+v", a.Findings[0])
	}
	var outputs []string
	for _, e := range a.Events {
		outputs = append(outputs, e.Output)
	}
	if diff := cmp.Diff([]string{"errors", "quality", "results"}, outputs); diff != "" {
		t.Error(diff)
	}
	if l := a.Letters[0]; len(a.Letters) != 1 || l.Value != "A2,b@c,-3.00,BE," || l.Code != "VALIDATION_ERROR" || *l.Row != 1 || l.Line != 3 || len(l.Headers) < 10 {
		t.Errorf("%+v", a.Letters)
	}
}

func TestTrialOfWhatIsRefusedWhole(t *testing.T) {
	for _, text := range []string{"", "id\n1\n", "\xff\xfe\x00"} {
		a := newPanel().answered(t, text)
		if a.Refused == nil || a.Refused.Code == "" || a.Refused.Message == "" || a.Scored != 0 || len(a.Letters) != 1 || a.Letters[0].Row != nil {
			t.Errorf("%q: %+v", text, a)
		}
	}
}

// Of much the beginning is shown, of each output, and the counts are of all.
func TestTrialShowsTheBeginning(t *testing.T) {
	p := newPanel()
	p.Bytes = 1 << 20
	a := p.answered(t, "id,email,amount,country\n"+strings.Repeat("A1,a@b,1,XX\nA2,b@c,x,NL\n,b@c,1,NL\nA,b@c,-1,NL\n", 500))
	if a.Scored != 500 || a.Dead != 1500 || len(a.Table.Rows) != shownRows || len(a.Findings) != shownFindings || a.Found != 2000 {
		t.Errorf("%d scored, %d dead, %d rows, %d of %d findings", a.Scored, a.Dead, len(a.Table.Rows), len(a.Findings), a.Found)
	}
	if len(a.Events) != shownEvents+2 || a.EventsIn != 103 || len(a.Letters) != shownLetters || a.LettersN != 1500 {
		t.Errorf("%d of %d events, %d of %d letters", len(a.Events), a.EventsIn, len(a.Letters), a.LettersN)
	}
	a = p.answered(t, "id,email,amount,country\n"+strings.Repeat("\xff", 20_000))
	if v := a.Letters[0].Value; len(v) > 3*shownBytes+100 || !strings.HasSuffix(v, "(20000 bytes in all)") {
		t.Errorf("%d bytes: …%s", len(v), v[len(v)-40:])
	}
}

func TestTrialRefuses(t *testing.T) {
	p := newPanel()
	p.Feeds = append(p.Feeds, Feed{Name: "broken", Load: func() (*pipeline.Feed, error) { return nil, errors.New("refs.csv: no such file") }})
	large := strings.Repeat("x", int(p.Bytes)+1)
	for _, test := range []struct {
		feed, text string
		code       int
		detail     string
		outcome    observe.Trial
	}{
		{"nobody", "", 404, "This process runs no feed of that name.", observe.TrialRefused},
		{"orders", large, 413, "A trial takes at most 4096 bytes", observe.TrialRefused},
		{"spoilt", "", 422, "orders.yaml:4:19: unknown type text", observe.TrialFailed},
		{"broken", "", 422, "refs.csv: no such file", observe.TrialFailed},
	} {
		w := p.send(test.feed, test.text)
		var doc problemDocument
		if err := json.Unmarshal(w.Body.Bytes(), &doc); err != nil || w.Code != test.code || doc.Status != test.code || !strings.Contains(doc.Detail, test.detail) {
			t.Errorf("%s: %d %s", test.feed, w.Code, w.Body)
		}
		if last := p.outcomes[len(p.outcomes)-1]; last != test.outcome {
			t.Errorf("%s: counted as %s", test.feed, last)
		}
	}
	if w := p.send("orders", large[1:]); w.Code != http.StatusOK {
		t.Errorf("at the limit: %d %s", w.Code, w.Body)
	}
	p.Time = time.Nanosecond
	p.one <- struct{}{}
	if w := p.send("orders", ""); w.Code != 503 || w.Header().Get("Retry-After") == "" || !strings.Contains(w.Body.String(), "Another trial") {
		t.Errorf("while another is under way: %d %s", w.Code, w.Body)
	}
	<-p.one
	late := &panel{trials: trials{Trial: p.Trial, one: make(chan struct{}, 1)}}
	late.note = func(o observe.Trial) { late.outcomes = append(late.outcomes, o) }
	for range 100 { // either is right: no turn in time, or no end
		w := late.send("orders", "id,email,amount,country\n")
		if w.Code != 503 {
			t.Fatalf("out of time: %d %s", w.Code, w.Body)
		}
	}
}
