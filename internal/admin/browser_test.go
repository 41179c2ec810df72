package admin

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"github.com/assay-dev/assay/internal/testkit"
)

// patience is how long a browser may take for what a person would wait for; on a busy machine that is long.
const patience = 30 * time.Second

// browser is a tab of headless Chromium.
type browser struct {
	t   *testing.T
	ctx context.Context

	mu     sync.Mutex
	errors []string // what the browser has complained about
}

// chromium is the browser of all tests, begun by the first that needs it; starting one takes longer than most tests.
var chromium struct {
	sync.Once
	ctx  context.Context
	stop func()
	err  error
}

func startChromium() {
	ctx, stop := chromedp.NewExecAllocator(context.Background(), append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]),
		chromedp.NoSandbox, chromedp.Flag("disable-dev-shm-usage", true), chromedp.Flag("force-color-profile", "srgb"))...)
	chromium.ctx, _ = chromedp.NewContext(ctx)
	chromium.stop = func() {
		closing, cancel := context.WithTimeout(chromium.ctx, patience)
		defer cancel()
		_ = chromedp.Cancel(closing) // what does not close is killed
		stop()
	}
	chromium.err = chromedp.Do(chromium.ctx) // which starts it
}

// withChromium runs tests, and ends the browser behind them.
type withChromium struct{ *testing.M }

func (m withChromium) Run() int {
	code := m.M.Run()
	if chromium.stop != nil {
		chromium.stop()
	}
	return code
}

// newBrowser opens a tab of so many pixels, with cookies of its own, which ends with the test.
func newBrowser(t *testing.T, width int, dark bool) *browser {
	t.Helper()
	testkit.Need(t, "chromium")
	if chromium.Do(startChromium); chromium.err != nil {
		t.Fatal(chromium.err)
	}
	b := &browser{t: t}
	var closeTab func()
	b.ctx, closeTab = chromedp.NewContext(chromium.ctx, chromedp.WithNewBrowserContext(), chromedp.WithListener(b.hear))
	t.Cleanup(closeTab)
	scheme := "light"
	if dark {
		scheme = "dark"
	}
	// The first call makes the tab, which would end with a time-out of its own.
	if err := chromedp.Do(b.ctx, chromedp.Func(func(ctx context.Context, tab *chromedp.Target) error {
		_, err := cdp.Call(ctx, tab, log.Enable, cdp.Empty{})
		if err != nil {
			return err
		}
		_, err = cdp.Call(ctx, tab, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
			{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"},
		}})
		return err
	}), chromedp.EmulateViewport(int64(width), 900)); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *browser) hear(event any) {
	var said string
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		said = (&chromedp.ExceptionError{ExceptionDetails: e.ExceptionDetails}).Error()
	case *log.EventEntryAdded:
		if e.Entry.Level != log.EntryLevelError {
			return
		}
		said = e.Entry.Text + " " + e.Entry.URL
	default:
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.errors = append(b.errors, said)
}

// fine fails the test if the browser has complained about anything but what is expected to fail.
func (b *browser) fine(but ...string) {
	b.t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
next:
	for _, e := range b.errors {
		for _, expected := range but {
			if strings.Contains(e, expected) {
				continue next
			}
		}
		b.t.Errorf("the browser says: %s", e)
	}
}

func (b *browser) do(actions ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, actions...); err != nil {
		b.t.Fatalf("%v\n%s", err, b.text("body"))
	}
}

// eval gives what an expression comes to, in the page.
func eval[T any](b *browser, expression string) T {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, patience)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
	return v
}

// text gives what people read of an element, or why there is nothing.
func (b *browser) text(selector string) string {
	text, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](fmt.Sprintf("document.querySelector(%s)?.innerText ?? ''", quoted(selector))))
	if err != nil {
		return err.Error()
	}
	return text
}

// until waits for an expression to be true. Between two pages it fails, which is no more than not yet.
func (b *browser) until(expression string) {
	b.t.Helper()
	for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		ok, err := chromedp.Run(b.ctx, chromedp.Evaluate[bool](expression))
		if ok {
			return
		}
		if time.Now().After(end) {
			b.t.Fatalf("waited for %s: %v\n%s", expression, err, b.text("body"))
		}
	}
}

// reads waits until people read a text in an element.
func (b *browser) reads(selector, text string) {
	b.t.Helper()
	b.until(fmt.Sprintf("(document.querySelector(%s)?.innerText ?? '').replace(/\\s+/g, ' ').includes(%s)", quoted(selector), quoted(text)))
}

func (b *browser) click(selector string) {
	b.t.Helper()
	b.do(chromedp.Click(chromedp.CSS(selector)))
}

// fill sets the value of a field, as pasting into it does.
func (b *browser) fill(selector, value string) {
	b.t.Helper()
	b.do(chromedp.SetValue(chromedp.CSS(selector), value))
}

// open loads a page and waits until it is live.
func (b *browser) open(url string) {
	b.t.Helper()
	b.do(chromedp.Navigate(url))
	b.reads("#link", "Live")
}

// keys types as a person does, into whatever has the focus.
func (b *browser) keys(text string) {
	b.t.Helper()
	b.do(chromedp.KeyEvent(text))
}

// shoot keeps a picture of the whole page in the directory that ASSAY_SCREENS names.
func (b *browser) shoot(name string) {
	b.t.Helper()
	dir := os.Getenv("ASSAY_SCREENS")
	if dir == "" {
		return
	}
	eval[bool](b, "(scrollTo({top: 0, behavior: 'instant'}), true)") // or the head of the page stands in the middle of the picture
	png, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	if err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, name+".png"), png, 0o644); err != nil {
		b.t.Fatal(err)
	}
}

// quoted gives a text as JavaScript has it.
func quoted(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(b)
}
