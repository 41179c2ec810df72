package cli

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/assay-dev/assay/internal/config"
	"github.com/assay-dev/assay/internal/engine"
	"github.com/assay-dev/assay/internal/feed"
	"github.com/assay-dev/assay/internal/flow"
	"github.com/assay-dev/assay/internal/wire"
)

// The fates of a row.
const (
	fateScored  = "scored"
	fateDead    = "dead"
	fateRefused = "refused" // with its message
	fateNone    = "no row"  // the other contract reads the message otherwise
)

// rowFate is what one contract makes of one row.
type rowFate struct {
	fate    string
	code    string
	message string
	scores  []byte // the score columns as a JSON object
}

// name gives the fate as it is counted.
func (f *rowFate) name() string { return strings.TrimSpace(f.fate + " " + f.code) }

// side is one of the two contracts.
type side struct {
	Contract string `json:"contract"`
	Version  string `json:"version"`
	counts   flow.Counts

	key    []string // the names that the key column may have: it is no score
	worker *engine.Worker
	origin string
	fx     flow.Effects
	rows   []rowFate // of the message at hand
	record wire.Record
	header []flow.Header
}

func (c *scoreCmd) newSide(name string, o engine.Options, in func(feed string) string) (*side, error) {
	o.Format, o.ColumnsOnly = engine.JSON, true
	o.Disabled = [flow.Outputs]bool{flow.Quality: true, flow.Errors: true}
	program, contract, err := compile(name, o)
	if err != nil {
		return nil, err
	}
	w, err := program.NewWorker("score")
	if err != nil {
		return nil, err
	}
	sd := &side{Contract: name, Version: program.Version(), worker: w, origin: in(program.Feed())}
	if i := slices.IndexFunc(contract.Columns, func(c feed.Column) bool { return c.Field.Key }); i >= 0 {
		sd.key = append(slices.Collect(maps.Values(contract.Columns[i].Aliases)), contract.Columns[i].Field.Name)
	}
	return sd, nil
}

// run finds out what becomes of each row of a message. Scores are valid until the next one.
func (sd *side) run(chunk *flow.Chunk) error {
	sd.rows = sd.rows[:0]
	sd.fx.Reset()
	r := sd.worker.Begin(chunk, sd.origin, &sd.fx)
	for more := true; more; {
		var err error
		if more, err = r.Next(); err != nil {
			return err
		}
	}
	if _, err := r.End(); err != nil {
		return err
	}
	sd.counts.Add(r.Counts())
	if fault := r.Refused(); fault != nil { // what its rows would be, nobody knows
		sd.rows = append(sd.rows, rowFate{fate: fateRefused, code: string(fault.Code), message: engine.Message(fault)})
		return nil
	}
	frames := sd.fx.Frames()
	for i := range frames {
		records := wire.FrameRecords(frames[i].Buf, frames[i].Count)
		for records.Next(&sd.record) {
			sd.take(frames[i].Output)
		}
		if err := records.Err(); err != nil {
			return fmt.Errorf("reading own frames: %w", err)
		}
	}
	return nil
}

// take notes the fate that a message of the output tells.
func (sd *side) take(out flow.Output) {
	if out != flow.Scored && out != flow.Dead {
		return
	}
	sd.header = sd.record.Headers(sd.header[:0])
	f, row := rowFate{fate: fateScored, scores: sd.record.Value}, int64(-1)
	if out == flow.Dead {
		f = rowFate{fate: fateDead}
	}
	for _, h := range sd.header {
		switch text := string(h.Value); h.Key {
		case "assay-source":
			row, _ = strconv.ParseInt(text[strings.LastIndexByte(text, '/')+1:], 10, 64) // encode has written it
		case "assay-error-code":
			f.code = text
		case "__connect.errors.exception.message":
			f.message = text
		}
	}
	for int64(len(sd.rows)) <= row {
		sd.rows = append(sd.rows, rowFate{fate: fateNone})
	}
	sd.rows[row] = f
}

// at gives the fate of a row; all rows of a refused message have that of the message.
func (sd *side) at(row int) rowFate {
	switch {
	case len(sd.rows) > 0 && sd.rows[0].fate == fateRefused:
		return sd.rows[0]
	case row < len(sd.rows):
		return sd.rows[row]
	}
	return rowFate{fate: fateNone}
}

// transition is a way from one fate to another.
type transition struct{ old, new string }

// change is a row that changed its fate or score.
type change struct {
	at       flow.Position
	row      int
	old, new rowFate
	scores   []scoreChange
}

// scoreChange is a score column that changed. An empty value is that of a column which the contract has not.
type scoreChange struct {
	Column string          `json:"column"`
	Old    json.RawMessage `json:"old"`
	New    json.RawMessage `json:"new"`
}

// difference is what two contracts make of the same messages.
type difference struct {
	old, new *side
	topic    string
	messages int64
	changed  int64 // rows, and messages that both refuse for other reasons
	rescored int64 // of these, scored by both with other scores
	moved    map[transition]int64
	first    []change
}

// shownChanges is how many changed rows are told.
const shownChanges = 10

// runDiff compares what two contracts make of the last messages of a topic.
func (c *scoreCmd) runDiff(ctx context.Context, s *streams, settings *config.Settings, o engine.Options) error {
	client, err := contact(settings.Kafka.Brokers, "score")
	if err != nil {
		return err
	}
	defer client.Close()
	in, err := openInput(ctx, s, client, settings, c.Topic, *c.Last)
	if err != nil {
		return err
	}
	d := &difference{topic: c.Topic, moved: map[transition]int64{}}
	if d.old, err = c.newSide(c.Diff, o, in.origin); err != nil {
		return err
	}
	if d.new, err = c.newSide(c.Contract, o, in.origin); err != nil {
		return err
	}
	err = in.each(ctx, func(chunk *flow.Chunk) error {
		d.messages++
		if chunk.Value == nil {
			return nil
		}
		if err := d.old.run(chunk); err != nil {
			return err
		}
		if err := d.new.run(chunk); err != nil {
			return err
		}
		d.compare(chunk.Position)
		return ctx.Err()
	})
	if err != nil {
		return err
	}
	if c.JSON {
		err = d.json(s.out)
	} else {
		err = d.show(newPage(s), s.out)
	}
	if err == nil && d.changed > 0 {
		return &exitError{code: exitFindings}
	}
	return err
}

// compare notes the rows of the message at hand that differ.
func (d *difference) compare(at flow.Position) {
	for row := range max(len(d.old.rows), len(d.new.rows)) {
		before, after := d.old.at(row), d.new.at(row)
		var scores []scoreChange
		if before.fate == fateScored && after.fate == fateScored {
			if scores = d.rescore(before.scores, after.scores); len(scores) == 0 {
				continue
			}
			d.rescored++
		} else if before.name() == after.name() {
			continue
		}
		d.changed++
		if len(scores) == 0 {
			d.moved[transition{before.name(), after.name()}]++
		}
		if len(d.first) < shownChanges {
			before.scores, after.scores = bytes.Clone(before.scores), bytes.Clone(after.scores)
			d.first = append(d.first, change{at, row, before, after, scores})
		}
	}
}

// rescore gives the score columns that differ between two rows, by their names.
func (d *difference) rescore(before, after []byte) (changes []scoreChange) {
	if bytes.Equal(before, after) {
		return nil
	}
	was, is := d.old.values(before), d.new.values(after)
	for _, name := range slices.Sorted(maps.Keys(was)) {
		if !bytes.Equal(was[name], is[name]) {
			changes = append(changes, scoreChange{name, was[name], is[name]})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(is)) {
		if _, had := was[name]; !had {
			changes = append(changes, scoreChange{name, nil, is[name]})
		}
	}
	return changes
}

// values gives the score columns of a row.
func (sd *side) values(row []byte) map[string]json.RawMessage {
	var all map[string]json.RawMessage
	_ = json.Unmarshal(row, &all) // encode has written it
	maps.DeleteFunc(all, func(name string, _ json.RawMessage) bool {
		return slices.ContainsFunc(sd.key, func(k string) bool { return strings.EqualFold(k, name) })
	})
	return all
}

// finding is how many rows have a finding, by each contract.
type finding struct {
	Code  string `json:"code"`
	Field string `json:"field,omitempty"`
	Old   int64  `json:"old"`
	New   int64  `json:"new"`
}

// findings counts what was found, by code and field.
func (d *difference) findings() []finding {
	ids := maps.Clone(d.old.counts.FindingsByID)
	if ids == nil {
		ids = map[flow.FindingID]int64{}
	}
	maps.Copy(ids, d.new.counts.FindingsByID)
	all := []finding{}
	for id := range ids {
		all = append(all, finding{string(id.Code), id.Field, d.old.counts.FindingsByID[id], d.new.counts.FindingsByID[id]})
	}
	slices.SortFunc(all, func(a, b finding) int { return cmp.Or(cmp.Compare(a.Code, b.Code), cmp.Compare(a.Field, b.Field)) })
	return all
}
