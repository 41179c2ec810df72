package admin

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/assay-dev/assay/pipeline"
)

// How much of each a trial shows. Its counts are of all.
const (
	shownRows     = 100
	shownFindings = 200
	shownEvents   = 20 // of each output
	shownLetters  = 20
	shownBytes    = 8 << 10 // of a letter, or of one of its headers
)

// trialAnswer is what the panel shows of a trial.
type trialAnswer struct {
	Feed     string         `json:"feed"`
	Version  string         `json:"version"`
	Seconds  float64        `json:"seconds"`
	Rows     int64          `json:"rows"`
	Scored   int64          `json:"scored"`
	Dead     int64          `json:"dead"`
	Flagged  int64          `json:"flagged"`
	Refused  *trialRefusal  `json:"refused"` // null unless the file was refused as a whole
	Table    trialTable     `json:"table"`
	Findings []trialFinding `json:"findings"`
	Found    int64          `json:"found"` // how many findings there are; the list may be shorter
	Events   []trialEvent   `json:"events"`
	EventsIn int            `json:"events_in_all"`
	Letters  []trialLetter  `json:"letters"`
	LettersN int            `json:"letters_in_all"`
}

type trialRefusal struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

// trialTable holds scored rows as texts; null is no value.
type trialTable struct {
	Columns []trialColumn `json:"columns"`
	Rows    [][]*string   `json:"rows"`
}

type trialColumn struct {
	Name  string `json:"name"`
	Added bool   `json:"added"` // by the scorer or a reference set
}

// trialFinding is a finding with its line in three pieces: what is before the fault, the fault, what is behind it.
type trialFinding struct {
	Code    string   `json:"code"`
	Dead    bool     `json:"dead"`
	Row     *int64   `json:"row"`
	Line    int64    `json:"line"` // 0 where there is no place
	Field   string   `json:"field"`
	Message string   `json:"message"`
	Advice  string   `json:"advice"`
	Text    []string `json:"text"`
}

type trialEvent struct {
	Output string          `json:"output"`
	JSON   json.RawMessage `json:"json"`
}

type trialLetter struct {
	Row     *int64      `json:"row"`
	Line    int64       `json:"line"`
	Code    string      `json:"code"`
	Message string      `json:"message"`
	Value   string      `json:"value"`
	Headers [][2]string `json:"headers"`
}

func answerOf(feed *pipeline.Feed, res *pipeline.Result, took time.Duration) (*trialAnswer, error) {
	c := &res.Counts
	a := &trialAnswer{
		Feed: feed.Name(), Version: feed.Version(), Seconds: took.Seconds(),
		Rows: c.Rows, Scored: c.RowsScored, Dead: c.RowsDead, Flagged: c.RowsFlagged,
		Findings: []trialFinding{}, Events: []trialEvent{}, Letters: []trialLetter{},
		EventsIn: len(res.Events), LettersN: len(res.DeadLetters),
	}
	for _, n := range c.FindingsByID {
		a.Found += n
	}
	advice, shown := map[string]string{}, map[string]int{}
	for _, e := range res.Events {
		var says struct{ Code, Advice string }
		if err := json.Unmarshal(e.JSON, &says); err != nil {
			return nil, fmt.Errorf("reading an event: %w", err)
		}
		advice[says.Code] = says.Advice
		if shown[e.Output]++; shown[e.Output] <= shownEvents {
			a.Events = append(a.Events, trialEvent{e.Output, e.JSON})
		}
	}
	for i := range c.Examples {
		if i == shownFindings {
			break
		}
		f := findingOf(&c.Examples[i])
		f.Advice = advice[f.Code]
		a.Findings = append(a.Findings, f)
		if f.Row == nil && res.Refused != nil {
			a.Refused = &trialRefusal{f.Code, f.Message}
		}
	}
	for i := range res.DeadLetters {
		if i == shownLetters {
			break
		}
		a.Letters = append(a.Letters, letterOf(&res.DeadLetters[i]))
	}
	return a, a.Table.fill(feed, res.Rows)
}

func findingOf(e *pipeline.Example) trialFinding {
	x := &e.Excerpt
	f := trialFinding{Code: string(e.Code), Dead: e.Dead, Line: x.Line, Field: e.Field, Message: e.Message, Text: []string{}}
	if row := e.Row; row >= 0 {
		f.Row = &row
	}
	if x.Line > 0 { // in pieces, since places in the text are not those of its JSON
		f.Text = []string{valid(x.Text[:x.From]), valid(x.Text[x.From:x.To]), valid(x.Text[x.To:])}
	}
	return f
}

func letterOf(l *pipeline.DeadLetter) trialLetter {
	letter := trialLetter{Line: l.Line, Code: string(l.Code), Message: l.Message, Value: cut(l.Value)}
	if row := l.Row; row >= 0 {
		letter.Row = &row
	}
	for _, h := range l.Headers {
		letter.Headers = append(letter.Headers, [2]string{h.Key, cut(h.Value)})
	}
	return letter
}

// cut gives the beginning of what may be as long as the file.
func cut(b []byte) string {
	if len(b) <= shownBytes {
		return valid(string(b))
	}
	return valid(string(b[:shownBytes])) + fmt.Sprintf("… (%d bytes in all)", len(b))
}

func valid(s string) string { return strings.ToValidUTF8(s, "\uFFFD") }

// fill reads messages of scored rows, each one JSON object. Numbers stay as they are written: a browser would round them.
func (t *trialTable) fill(feed *pipeline.Feed, messages [][]byte) error {
	t.Columns, t.Rows = []trialColumn{}, [][]*string{}
	added := feed.Added()
	for i, m := range messages {
		if i == shownRows {
			return nil
		}
		dec := json.NewDecoder(bytes.NewReader(m))
		if _, err := dec.Token(); err != nil {
			return fmt.Errorf("reading a scored row: %w", err)
		}
		row := make([]*string, 0, len(t.Columns))
		for dec.More() {
			name, err := dec.Token()
			if err != nil {
				return fmt.Errorf("reading a scored row: %w", err)
			}
			var value json.RawMessage
			if err := dec.Decode(&value); err != nil {
				return fmt.Errorf("reading a scored row: %w", err)
			}
			if i == 0 {
				title := fmt.Sprint(name)
				t.Columns = append(t.Columns, trialColumn{title, added.Index(title) >= 0})
			}
			row = append(row, cell(value))
		}
		t.Rows = append(t.Rows, row)
	}
	return nil
}

// cell gives a JSON value as a text, or nil for null.
func cell(value json.RawMessage) *string {
	var text *string
	if value[0] != '"' && value[0] != 'n' {
		s := string(value)
		return &s
	}
	if err := json.Unmarshal(value, &text); err != nil {
		return nil
	}
	return text
}
