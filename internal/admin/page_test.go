package admin

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/assay-dev/assay/internal/flow"
	"github.com/assay-dev/assay/internal/observe"
	"github.com/assay-dev/assay/pipeline"
)

const ordersYAML = `feed: orders
version: 3
columns:
  id:      {type: string, required: true, key: true}
  email:   {type: string, pii: true, required: true}
  amount:  {type: "decimal(12,2)", required: true}
  country: {type: category, values: [NL, BE, DE], unknown: keep}
rules:
  positive: amount > 0
  small: {must: amount <= 5000, severity: warning}
score: {kind: linear, weights: {amount: 0.002}, add: [risk]}
`

func ordersFeed() (*pipeline.Feed, error) { return contract(ordersYAML) }

func contract(yaml string) (*pipeline.Feed, error) {
	return pipeline.LoadFS(fstest.MapFS{"orders.yaml": {Data: []byte(yaml)}}, "orders.yaml")
}

// tryOut is what the panel of the tests has: a feed that works, and one whose contract has been spoilt.
func tryOut() Trial {
	return Trial{Bytes: 4096, Time: patience, Feeds: []Feed{
		{Name: "orders", Load: ordersFeed, Sample: "id,email,amount,country\nA1,a@b.example,12.50,NL\n"},
		{Name: "spoilt", Load: func() (*pipeline.Feed, error) {
			return contract(strings.Replace(ordersYAML, "type: string", "type: text", 1))
		}},
	}}
}

// busy is a process at work: two feeds, one of them with a past.
func busy() (*observe.State, *observe.Feed) {
	state := observe.New(observe.Options{Version: "1.2.3", Instance: "scorer-0"})
	census, orders := state.Feed("census-profile"), state.Feed("orders")
	census.Assigned(4)
	census.InForce(observe.ProgramStatus{Version: "census-profile@1 model=hand-1"})
	orders.Assigned(2)
	orders.InForce(observe.ProgramStatus{Version: "orders@3 customers=c0ffee", Refs: []observe.SetStatus{{Set: "customers", Version: "c0ffee", Rows: 12_000}}})
	at := time.Now()
	for p := range int32(4) {
		census.Position("census.in", p, int(p)%2, 48211+int64(p)*13, at)
		census.Readable("census.in", p, 48211+int64(p)*13)
	}
	for p := range int32(2) {
		orders.Position("orders.in", p, 0, 310, at)
		orders.Readable("orders.in", p, 310)
	}
	work(census, 0)
	census.Took(184 * time.Millisecond)
	return state, census
}

// work commits a transaction of the census feed.
func work(f *observe.Feed, n int64) {
	c := &flow.Counts{Chunks: 12, ChunksDead: 1, Rows: 41_000, RowsScored: 40_960, RowsDead: 40, RowsFlagged: 6_800, BytesIn: 8_300_000}
	c.Found(flow.FindingID{Code: "DQ_INVALID_VALUE", Field: "INCOME"}, 4_100)
	c.Found(flow.FindingID{Code: "DQ_INVALID_VALUE", Field: "OCCUPATION"}, 2_700)
	c.Found(flow.FindingID{Code: "INVALID_FILE"}, 40)
	c.Found(flow.FindingID{Code: "MISSING_COLUMNS"}, 1)
	at := func(p int32) flow.Position {
		return flow.Position{Topic: "census.in", Partition: p, Offset: 48_100 + n}
	}
	c.Examples = []flow.Example{
		{Code: "DQ_INVALID_VALUE", Position: at(2), Row: 17, Line: 19, Field: "INCOME", Value: "$1,500-1,700", Message: "INCOME: value not recognised, treated as Not stated"},
		{Code: "DQ_INVALID_VALUE", Position: at(2), Row: 31, Line: 33, Field: "OCCUPATION", Value: "***", Message: "OCCUPATION: value not recognised, treated as Not stated"},
		{Code: "INVALID_FILE", Dead: true, Position: at(0), Row: 49, Line: 51, Message: "Not valid CSV at line 51: row has 11 cells, the header has 10"},
		{Code: "MISSING_COLUMNS", Dead: true, Position: at(1), Row: -1, Line: 1, Message: "Required columns are missing: INCOME, EDUCATION"},
	}
	f.Committed(c, 21_000_000)
}

// trouble sets conditions as a bad day has them.
func trouble(state *observe.State, f *observe.Feed) {
	f.Readable("census.in", 3, 48_910)
	f.Set(observe.Condition{Kind: observe.BrokerAway, Text: "producing: dial tcp 10.2.0.7:9092: connect: connection refused"})
	f.Set(observe.Condition{Kind: observe.DataLost, Topic: "census.in", Partition: 3, Text: "offsets 48250 to 48620 were deleted before they were read"})
	f.RolledBack()
	state.Feed("orders").Set(observe.Condition{Kind: observe.TopicMissing, Topic: "orders.scored", Partition: -1})
}

func TestPageShowsTheProcess(t *testing.T) {
	state, _ := busy()
	b := newBrowser(t, 1280, false)
	b.open(start(t, state, Options{Trial: tryOut()}))
	b.reads("#process", "scorer-0 · version 1.2.3 · up for")
	b.reads("#verdict", "Everything works")
	b.reads("#feed-list", "census-profile")
	for selector, text := range map[string]string{
		"article:nth-of-type(1)":     "contract 1 · model hand-1",
		"article:nth-of-type(2)":     "contract 3 · customers c0ffee (12,000 rows) · in force for",
		".fates":                     "Scored 34,160 83 %",
		".fates tbody tr:last-child": "Refused 40 < 0.1 %",
		".figures":                   "Transactions 1 none aborted; the last took 184 ms",
		".partitions":                "census.in/3",
		".findings":                  "DQ_INVALID_VALUE 6,800 INCOME, OCCUPATION",
	} {
		b.reads(selector, text)
	}
	b.shoot("calm-1280-light")
	b.click(".findings summary")
	b.reads(".findings details[open]", "INCOME: value not recognised, treated as Not stated $1,500-1,700")
	b.reads(".findings details[open]", "census.in/2 offset 48,100, row 17, line 19")
	b.shoot("findings-1280-light")
	b.fine()
}

// Numbers, conditions and partitions follow the process, in place: what somebody has opened and focused stays so.
func TestPageIsLive(t *testing.T) {
	state, census := busy()
	b := newBrowser(t, 1280, true)
	b.open(start(t, state, Options{Trial: tryOut()}))
	b.do(chromedp.Focus(chromedp.CSS(".findings summary")))
	b.keys(kb.Enter)
	for i := range int64(3) {
		work(census, i+1)
	}
	trouble(state, census)
	b.reads(".figures", "Transactions 4 1 aborted")
	b.reads("#verdict", "Not ready")
	b.reads("#conditions", "BROKER_AWAY census-profile for")
	b.reads("#conditions", "producing: dial tcp 10.2.0.7:9092: connect: connection refused")
	b.reads("#conditions", "DATA_LOST census-profile · census.in/3")
	b.reads("#conditions", "TOPIC_MISSING orders · orders.scored")
	b.reads(".partitions", "census.in/3")
	b.until("document.title.startsWith('Not ready')")
	if !eval[bool](b, "document.activeElement.matches('.findings details[open] > summary')") {
		t.Error("the finding that was opened is not open, or has lost the focus")
	}
	if n := eval[int](b, "document.querySelectorAll('.findings details[open] .examples li').length"); n != 5 {
		t.Errorf("%d examples", n)
	}
	b.shoot("trouble-1280-dark")
	census.Clear(observe.BrokerAway)
	state.Feed("orders").Clear(observe.TopicMissing)
	b.reads("#verdict", "Ready, with trouble")
	census.DropPartition("census.in", 3)
	b.until("!document.querySelector('.partitions').innerText.includes('census.in/3')")
	b.fine()
}

// A page that is cut off says so and since when, and goes on by itself.
func TestPageComesBack(t *testing.T) {
	state, census := busy()
	s, err := New(state, Options{Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	addr, stop := s.Addr(), serving(t, s)
	b := newBrowser(t, 1280, false)
	b.open("http://" + addr)
	stop()
	b.reads("#link", "Disconnected")
	b.reads("#cut", "No answer since")
	b.shoot("disconnected-1280-light")
	work(census, 1)
	s, err = New(state, Options{Listen: addr})
	if err != nil {
		t.Fatal(err)
	}
	defer serving(t, s)()
	b.reads("#link", "Live")
	b.reads(".figures", "Transactions 2")
	if eval[bool](b, "document.getElementById('cut').checkVisibility()") {
		t.Error("the page still says that it is cut off")
	}
	b.fine("ERR_CONNECTION_REFUSED", "ERR_EMPTY_RESPONSE", "ERR_CONNECTION_RESET")
}

func TestTrialScoresWhatIsTyped(t *testing.T) {
	state, _ := busy()
	b := newBrowser(t, 1280, false)
	b.open(start(t, state, Options{Trial: tryOut()}))
	b.until("document.querySelector('#trial').checkVisibility()")
	b.click("#trial-sample")
	b.until("document.getElementById('trial-text').value.startsWith('id,email')")
	b.fill("#trial-text", "id,email,amount,country\nA1,a@b.example,12.50,NL\nA2,b@c.example,-3.00,BE\nA3,c@d.example,99999.00,XX\n"+
		"A4,\"x@y\"z,1.00,DE\n,q@r.example,1.5x,NL\n")
	b.do(chromedp.Focus(chromedp.CSS("#trial-text")), chromedp.KeyEvent(kb.Enter, chromedp.KeyModifiers(chromedp.ModifierCtrl)))
	b.reads("#trial-result .headline", "5 rows: 2 scored, 3 refused; 1 of the scored with findings")
	b.reads("#trial-result .outcome", "with orders@3. Nothing was published.")
	b.reads("#trial-result .rows", "id email amount country risk A1 a@b.example 12.50 NL 0.025")
	b.reads("#trial-result .carets", "VALIDATION_ERROR positive: must hold: amount > 0")
	b.reads("#trial-result .carets", "Supply the field.")
	if !eval[bool](b, "document.activeElement.id === 'trial-result'") {
		t.Error("the focus is not on the result")
	}
	// The caret stands under the fault: both begin at the same place of the screen.
	for i, want := range []string{"XX", "z", "", "1.5x"} {
		mark := fmt.Sprintf("document.querySelectorAll('.caret mark')[%d]", i)
		if got := eval[string](b, mark+".textContent"); got != want {
			t.Errorf("finding %d marks %q, want %q", i, got, want)
		}
		off := eval[float64](b, fmt.Sprintf(`(() => { const m = %s, p = m.parentElement.querySelector('.pointer').firstChild, r = document.createRange();
			r.setStart(p, p.data.indexOf('^')); r.setEnd(p, p.data.length);
			return Math.abs(m.getBoundingClientRect().left - r.getBoundingClientRect().left); })()`, mark))
		if off > 1 {
			t.Errorf("finding %d: the caret is %.1f pixels beside the fault", i, off)
		}
	}
	b.reads("#trial-result", "Dead letters 3 would be published")
	b.shoot("trial-1280-light")
	b.click("#trial-result .part:last-child summary")
	b.reads("#trial-result .part:last-child", "assay-error-code VALIDATION_ERROR")
	b.click("#trial-clear")
	if eval[bool](b, "document.getElementById('trial-result').checkVisibility()") {
		t.Error("the result is still there")
	}
	b.fine()
}

// A file that is chosen goes as it is; of a long one the first whole lines go.
func TestTrialTakesAFile(t *testing.T) {
	state, _ := busy()
	b := newBrowser(t, 400, false)
	b.open(start(t, state, Options{Trial: tryOut()}))
	b.until("document.querySelector('#trial').checkVisibility()")
	dir := t.TempDir()
	for _, test := range []struct{ name, text, state, headline string }{
		{"small.csv", "id,email,amount,country\nA1,a@b,1,NL\nA2,\xff,1,NL\n", "small.csv, 46 B", "2 rows: 1 scored, 1 refused"},
		{"large.csv", "id,email,amount,country\n" + strings.Repeat("A1,a@b,1,NL\n", 1000), "of large.csv, which is longer", "339 rows: 339 scored, 0 refused"},
	} {
		path := filepath.Join(dir, test.name)
		if err := os.WriteFile(path, []byte(test.text), 0o644); err != nil {
			t.Fatal(err)
		}
		b.do(chromedp.SetUploadFiles(chromedp.CSS("#trial-file"), []string{path}))
		b.reads("#trial-state", test.state)
		b.reads("#trial-result .headline", test.headline)
	}
	b.fine()
}

func TestTrialShowsErrors(t *testing.T) {
	state, _ := busy()
	b := newBrowser(t, 1280, false)
	b.open(start(t, state, Options{Trial: tryOut()}))
	b.until("document.querySelector('#trial').checkVisibility()")
	b.fill("#trial-text", "id,email\nA1,a@b.example\n")
	b.click("#trial-go")
	b.reads("#trial-result .headline", "The whole chunk would be refused: MISSING_COLUMNS")
	b.reads("#trial-result .carets", "1 │ id,email")
	b.shoot("trial-refused-1280-light")

	b.fill("#trial-feed", "spoilt")
	b.click("#trial-go")
	b.reads("#trial-error", "The contract is wrong as it stands on disk now")
	b.reads("#trial-error", "orders.yaml:4:19: unknown type")
	if !eval[bool](b, "document.activeElement.id === 'trial-error' && !document.getElementById('trial-result').checkVisibility()") {
		t.Error("the error has not got the focus, or an old result stands beside it")
	}
	b.shoot("trial-error-1280-light")

	b.fill("#trial-feed", "orders")
	b.fill("#trial-text", strings.Repeat("x", 5000))
	b.click("#trial-go")
	b.reads("#trial-error", "A trial takes at most 4096 bytes")
	b.fine("422", "413")
}

// With a token a browser is asked for it once, and what it was shown is gone after signing out.
func TestPageAsksForTheToken(t *testing.T) {
	state, _ := busy()
	b := newBrowser(t, 400, true)
	b.do(chromedp.Navigate(start(t, state, Options{Token: "s3cret", Trial: tryOut()})))
	b.reads("main", "Token")
	if !eval[bool](b, "document.activeElement.id === 'token'") {
		t.Error("the focus is not on the field")
	}
	b.keys("wrong" + kb.Enter)
	b.reads("[role=alert]", "This is not the token")
	b.shoot("login-400-dark")
	b.keys("s3cret" + kb.Enter)
	b.reads("#link", "Live")
	if cookies := eval[string](b, "document.cookie"); cookies != "" {
		t.Errorf("scripts can read %q", cookies)
	}
	b.click("#signout button")
	b.reads("main", "Token")
	b.do(chromedp.Reload())
	b.reads("main", "Token")
	b.fine("401")
}

// A session that ends while the page is open is said, and the page asks no more.
func TestPageSaysWhenItIsSignedOut(t *testing.T) {
	state, _ := busy()
	b := newBrowser(t, 1280, false)
	b.do(chromedp.Navigate(start(t, state, Options{Token: "s3cret"})))
	b.reads("main", "Token")
	b.keys("s3cret" + kb.Enter)
	b.reads("#link", "Live")
	b.do(chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		_, err := chromedp.Evaluate[bool]("fetch('logout', {method: 'POST', redirect: 'manual'}).then(() => true)", chromedp.EvalAwaitPromise)(ctx, tab)
		return err
	}))
	b.reads("#cut", "no longer signed in")
	b.fine("401")
}

// serving serves until the function that it gives is called.
func serving(t *testing.T, s *Server) (stop func()) {
	t.Helper()
	served := make(chan error, 1)
	go func() { served <- s.Serve() }()
	return func() {
		t.Helper()
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		if err := s.Shutdown(ctx); err != nil {
			t.Error(err)
		}
		if err := <-served; err != nil {
			t.Error(err)
		}
	}
}
