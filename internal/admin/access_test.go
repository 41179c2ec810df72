package admin

import (
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/google/go-cmp/cmp"
)

// contrast lists the texts that people see whose colour is too near to the one behind them (WCAG 2.2 AA, 1.4.3).
const contrast = `(() => {
	const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
	const rgb = (c) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = c; canvas.fillRect(0, 0, 1, 1); return [...canvas.getImageData(0, 0, 1, 1).data]; };
	const light = (c) => { const [r, g, b] = rgb(c).map((v) => v / 255).map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
	const behind = (e) => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor; if (rgb(c)[3] === 255) return c; } return 'white'; };
	const bad = new Set();
	const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
	while (walk.nextNode()) {
		const e = walk.currentNode.parentElement;
		if (!walk.currentNode.data.trim() || !e.checkVisibility() || e.closest('script, noscript, option, .hidden')) continue;
		const [a, b] = [light(getComputedStyle(e).color), light(behind(e))].sort((x, y) => y - x);
		const ratio = (a + 0.05) / (b + 0.05);
		if (ratio < 4.5) bad.add(ratio.toFixed(2) + ' ' + walk.currentNode.data.trim().slice(0, 40));
	}
	return [...bad];
})()`

// unnamed lists what has no name for a screen reader, and headings that skip a level.
const unnamed = `(() => {
	const bad = [];
	for (const e of document.querySelectorAll('input, select, textarea, button, a, [role=img], [role=region], [tabindex="0"]')) {
		if (!e.checkVisibility()) continue;
		const by = (e.getAttribute('aria-labelledby') ?? '').split(' ').map((id) => document.getElementById(id)?.textContent ?? '').join('');
		const label = [...(e.labels ?? [])].map((l) => l.textContent).join('');
		if (!(e.getAttribute('aria-label') || by || label || e.textContent).trim()) bad.push(e.outerHTML.slice(0, 80));
	}
	let last = 0;
	for (const h of document.querySelectorAll('h1, h2, h3, h4')) {
		if (!h.checkVisibility()) continue;
		const level = Number(h.tagName[1]);
		if (level > last + 1) bad.push('h' + last + ' is followed by ' + h.outerHTML.slice(0, 80));
		last = level;
	}
	const ids = [...document.querySelectorAll('[id]')].map((e) => e.id);
	bad.push(...ids.filter((id, i) => ids.indexOf(id) !== i).map((id) => 'two elements are called ' + id));
	return bad;
})()`

// wide lists what makes the page wider than the window.
const wide = `(() => document.documentElement.scrollWidth <= innerWidth ? [] :
	[...document.querySelectorAll('body *')].filter((e) => e.getBoundingClientRect().right > innerWidth + 1 && !e.closest('.scroll, pre')).map((e) => e.outerHTML.slice(0, 80)).slice(0, 5))()`

// The page with all that it can show, at both widths and in both colours: everything can be read, has a name, and fits.
func TestPageIsForEverybody(t *testing.T) {
	for _, width := range []int{1280, 400} {
		for _, dark := range []bool{false, true} {
			name := fmt.Sprintf("%d-%s", width, map[bool]string{false: "light", true: "dark"}[dark])
			t.Run(name, func(t *testing.T) {
				state, census := busy()
				b := newBrowser(t, width, dark)
				b.open(start(t, state, Options{Trial: tryOut()}))
				b.reads("#feed-list", "orders")
				b.shoot("calm-" + name)
				trouble(state, census)
				b.reads("#conditions", "DATA_LOST")
				b.click(".findings summary")
				b.until("document.querySelector('#trial').checkVisibility()")
				b.fill("#trial-text", "id,email,amount,country\nA1,a@b.example,12.50,NL\nA2,b@c.example,-3.00,BE\nA3,c@d.example,99999.00,XX\nA4,\"x@y\"z,1.00,DE\n")
				b.click("#trial-go")
				b.reads("#trial-result", "Dead letters")
				b.click("#trial-result .part:last-child summary")
				for what, expression := range map[string]string{"contrast": contrast, "names": unnamed, "too wide": wide} {
					if bad := eval[[]string](b, expression); len(bad) > 0 {
						t.Errorf("%s:\n%s", what, strings.Join(bad, "\n"))
					}
				}
				b.shoot("everything-" + name)
				b.fine()
			})
		}
	}
}

// Whoever has no mouse comes to everything, in the order in which it stands.
func TestPageByKeyboard(t *testing.T) {
	state, _ := busy()
	b := newBrowser(t, 1280, false)
	b.open(start(t, state, Options{Trial: tryOut()}))
	b.until("document.querySelector('#trial').checkVisibility()")
	var got []string
	for range 20 {
		b.keys(kb.Tab)
		got = append(got, eval[string](b, "(() => { const e = document.activeElement; return e.id || e.getAttribute('aria-labelledby') || e.innerText.split('\\n')[0] })()"))
	}
	want := []string{
		"Skip to the content", "Health", "Feeds", "Try it", "theme", "DQ_INVALID_VALUE", "INVALID_FILE", "MISSING_COLUMNS", "feed-census-profile-partitions",
		"feed-orders-partitions", "trial-feed", "trial-file", "trial-sample", "trial-text", "trial-go", "trial-clear", "/status", "/metrics", "/readyz",
	}
	if diff := cmp.Diff(want, got[:len(want)]); diff != "" {
		t.Error(diff)
	}
	if !eval[bool](b, "[...document.querySelectorAll('main, header, footer, nav')].length === 5 && document.documentElement.lang === 'en'") {
		t.Error("the landmarks are not as they were")
	}
}

// A choice of colours holds, against the system's, when the page is loaded again.
func TestColoursAreChosen(t *testing.T) {
	state, _ := busy()
	b := newBrowser(t, 1280, false)
	url := start(t, state, Options{})
	b.open(url)
	ground := func() string { return eval[string](b, "getComputedStyle(document.body).backgroundColor") }
	light := ground()
	b.do(chromedp.Focus(chromedp.CSS("#theme")))
	b.keys("Dark")
	b.until("document.documentElement.dataset.theme === 'dark'")
	dark := ground()
	b.open(url)
	if ground() != dark || dark == light {
		t.Errorf("the ground was %s, then %s, and is %s", light, dark, ground())
	}
	b.fine()
}
