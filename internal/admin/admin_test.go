package admin

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/assay-dev/assay/internal/flow"
	"github.com/assay-dev/assay/internal/observe"
	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(withChromium{m}) }

// start serves a state until the test ends and gives the server's URL.
func start(t *testing.T, state *observe.State, o Options) string {
	t.Helper()
	if o.Listen == "" {
		o.Listen = "127.0.0.1:0"
	}
	s, err := New(state, o)
	if err != nil {
		t.Fatal(err)
	}
	stop := serving(t, s)
	t.Cleanup(func() {
		http.DefaultClient.CloseIdleConnections()
		stop()
	})
	return "http://" + s.Addr()
}

// ask sends one request, with headers as pairs, and gives the answer with its body.
func ask(t *testing.T, method, url string, headers ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequest(method, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, string(body)
}

func TestProbes(t *testing.T) {
	state := observe.New(observe.Options{})
	url := start(t, state, Options{})
	expect := func(path string, code int, body string) {
		t.Helper()
		resp, got := ask(t, "GET", url+path)
		if resp.StatusCode != code || got != body {
			t.Errorf("%s: got %d %q, want %d %q", path, resp.StatusCode, got, code, body)
		}
		if ct := resp.Header.Get("Content-Type"); ct != "text/plain; charset=utf-8" {
			t.Errorf("%s: content type is %q", path, ct)
		}
	}
	expect("/livez", 200, "ok\n")
	expect("/startupz", 503, "no feed has got its first assignment yet\n")
	expect("/readyz", 503, "not ready\n")
	expect("/readyz?verbose", 503, "[+] process: runs\n[-] feeds: none runs yet\nnot ready\n")

	f := state.Feed("census-profile")
	f.Assigned(1)
	expect("/startupz", 200, "ok\n")
	expect("/readyz", 200, "ok\n")

	f.Set(observe.Condition{Kind: observe.BrokerAway, Text: "dial tcp:\nrefused"})
	f.Set(observe.Condition{Kind: observe.DataLost, Topic: "census.in", Partition: 3, Text: "offsets 0 to 4 are gone"})
	expect("/livez", 200, "ok\n")
	expect("/startupz", 200, "ok\n")
	expect("/readyz", 503, "not ready\n")
	expect("/readyz?verbose=1", 503, "[+] process: runs\n[+] feed census-profile: has 1 partition\n"+
		"[-] BROKER_AWAY census-profile: dial tcp: refused\n[!] DATA_LOST census-profile census.in/3: offsets 0 to 4 are gone\nnot ready\n")
	f.Clear(observe.BrokerAway)
	expect("/readyz", 200, "ok\n")

	state.Stopping()
	expect("/readyz?verbose", 503, "[-] process: is stopping\n[+] feed census-profile: has 1 partition\n"+
		"[!] DATA_LOST census-profile census.in/3: offsets 0 to 4 are gone\nnot ready\n")
}

func TestMetricsAreScraped(t *testing.T) {
	state := observe.New(observe.Options{Version: "1.2.3"})
	state.Feed("census-profile").Committed(&flow.Counts{Chunks: 1, Rows: 3, RowsScored: 3}, 100)
	url := start(t, state, Options{})

	resp, body := ask(t, "GET", url+"/metrics")
	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if ct := resp.Header.Get("Content-Type"); !strings.HasPrefix(ct, "text/plain; version=0.0.4") {
		t.Errorf("content type is %q", ct)
	}
	var scored float64
	for _, m := range families["assay_rows_total"].GetMetric() {
		for _, l := range m.GetLabel() {
			if l.GetName() == "fate" && l.GetValue() == "scored" {
				scored = m.GetCounter().GetValue()
			}
		}
	}
	if scored != 3 {
		t.Errorf("%v rows were scored, want 3", scored)
	}

	resp, body = ask(t, "GET", url+"/metrics", "Accept", "application/openmetrics-text; version=1.0.0")
	if ct := resp.Header.Get("Content-Type"); !strings.HasPrefix(ct, "application/openmetrics-text; version=1.0.0") {
		t.Errorf("content type is %q", ct)
	}
	if !strings.HasSuffix(body, "# EOF\n") || !strings.Contains(body, `assay_build_info{version="1.2.3"} 1`) {
		t.Error("this is not OpenMetrics with our series")
	}
}

func TestStatusIsJSON(t *testing.T) {
	now := time.Date(2026, 1, 31, 12, 0, 0, 0, time.UTC)
	state := observe.New(observe.Options{Version: "1.2.3", Instance: "assay-0", Now: func() time.Time { return now }})
	f := state.Feed("census-profile")
	f.Assigned(1)
	f.Position("census.in", 0, 0, 40, now.Add(-time.Second))
	f.Readable("census.in", 0, 42)
	f.Set(observe.Condition{Kind: observe.Settling, Text: "<waits>"})
	resp, body := ask(t, "GET", start(t, state, Options{})+"/status")
	if resp.StatusCode != 200 || resp.Header.Get("Content-Type") != "application/json" || resp.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("got %d %v", resp.StatusCode, resp.Header)
	}
	var got observe.Status
	if err := json.Unmarshal([]byte(body), &got); err != nil {
		t.Fatal(err)
	}
	want := state.Status()
	for i := range want.Feeds {
		want.Feeds[i].RowsBySecond = nil // only with ?history
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the status read back differs:\n%s", diff)
	}
	if !strings.Contains(body, `"<waits>"`) {
		t.Errorf("text is escaped for HTML: %s", body)
	}
}

func TestIndexListsTheEndpoints(t *testing.T) {
	url := start(t, observe.New(observe.Options{}), Options{})
	_, body := ask(t, "GET", url+"/")
	listed := 0
	for _, line := range strings.Split(body, "\n") {
		path, _, _ := strings.Cut(line, " ")
		if !strings.HasPrefix(path, "/") {
			continue
		}
		listed++
		if resp, _ := ask(t, "GET", url+path); resp.StatusCode == 404 {
			t.Errorf("%s is listed and not there", path)
		}
	}
	if listed != 6 {
		t.Errorf("%d endpoints are listed:\n%s", listed, body)
	}
}

func TestErrorsAreProblems(t *testing.T) {
	url := start(t, observe.New(observe.Options{}), Options{Token: "s3cret"})
	for _, tt := range []struct {
		method, path string
		headers      []string
		code         int
		body         string
		header       [2]string
	}{
		{"GET", "/nowhere/%3Cb%3E", nil, 404,
			`{"type":"about:blank","title":"Not Found","status":404,"detail":"There is no page here; / lists those that there are.","instance":"/nowhere/%3Cb%3E"}`, [2]string{}},
		{"GET", "/livez/", nil, 404,
			`{"type":"about:blank","title":"Not Found","status":404,"detail":"There is no page here; / lists those that there are.","instance":"/livez/"}`, [2]string{}},
		{"POST", "/livez", nil, 405,
			`{"type":"about:blank","title":"Method Not Allowed","status":405,"detail":"This page takes GET and HEAD only.","instance":"/livez"}`,
			[2]string{"Allow", "GET, HEAD"}},
		{"DELETE", "/status", nil, 405,
			`{"type":"about:blank","title":"Method Not Allowed","status":405,"detail":"This page takes GET and HEAD only.","instance":"/status"}`,
			[2]string{"Allow", "GET, HEAD"}},
		{"GET", "/status", nil, 401,
			`{"type":"about:blank","title":"Unauthorized","status":401,"detail":"This page needs the token of admin.token_file as a bearer token.","instance":"/status"}`,
			[2]string{"WWW-Authenticate", `Bearer realm="assay"`}},
		{"GET", "/", []string{"Authorization", "Bearer s3cre"}, 401,
			`{"type":"about:blank","title":"Unauthorized","status":401,"detail":"This page needs the token of admin.token_file as a bearer token.","instance":"/"}`, [2]string{}},
	} {
		resp, body := ask(t, tt.method, url+tt.path, tt.headers...)
		if resp.StatusCode != tt.code || body != tt.body+"\n" || resp.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s %s: got %d %s %s", tt.method, tt.path, resp.StatusCode, resp.Header.Get("Content-Type"), body)
		}
		if tt.header[0] != "" && resp.Header.Get(tt.header[0]) != tt.header[1] {
			t.Errorf("%s %s: %s is %q", tt.method, tt.path, tt.header[0], resp.Header.Get(tt.header[0]))
		}
	}
}

func TestTokenGuardsWhatNamesTopics(t *testing.T) {
	url := start(t, observe.New(observe.Options{}), Options{Token: "s3cret"})
	for path, guarded := range map[string]bool{"/": true, "/status": true, "/livez": false, "/readyz?verbose": false, "/startupz": false, "/metrics": false} {
		for header, right := range map[string]bool{"": false, "Bearer s3cret": true, "bearer  s3cret": true, "Basic s3cret": false, "s3cret": false, "Bearer ": false} {
			resp, _ := ask(t, "GET", url+path, "Authorization", header)
			if refused := resp.StatusCode == 401; refused != (guarded && !right) {
				t.Errorf("%s with %q: got %d", path, header, resp.StatusCode)
			}
		}
	}
}

// The details of readiness name topics and brokers; its verdict is for every probe, whatever it asks.
func TestTokenGuardsTheDetailsOfReadiness(t *testing.T) {
	state := observe.New(observe.Options{})
	f := state.Feed("census-profile")
	f.Assigned(1)
	f.Set(observe.Condition{Kind: observe.DataLost, Topic: "census.in", Partition: 3})
	url := start(t, state, Options{Token: "s3cret"})
	for header, details := range map[string]bool{"": false, "Bearer wrong": false, "Bearer s3cret": true} {
		resp, body := ask(t, "GET", url+"/readyz?verbose", "Authorization", header)
		if got := strings.Contains(body, "census.in"); resp.StatusCode != 200 || got != details || !strings.HasSuffix(body, "ok\n") {
			t.Errorf("with %q: got %d %q", header, resp.StatusCode, body)
		}
	}
	f.Set(observe.Condition{Kind: observe.BrokerAway})
	if resp, body := ask(t, "GET", url+"/readyz?verbose"); resp.StatusCode != 503 || body != "not ready\n" {
		t.Errorf("got %d %q", resp.StatusCode, body)
	}
}

func TestHeadHasNoBody(t *testing.T) {
	url := start(t, observe.New(observe.Options{}), Options{})
	for _, path := range []string{"/", "/livez", "/status", "/metrics"} {
		resp, body := ask(t, "HEAD", url+path)
		if resp.StatusCode != 200 || body != "" {
			t.Errorf("HEAD %s: got %d %q", path, resp.StatusCode, body)
		}
	}
}

func TestAddressThatIsTaken(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, err = New(observe.New(observe.Options{}), Options{Listen: l.Addr().String()})
	if err == nil || !strings.HasPrefix(err.Error(), "listening for admin.listen: ") {
		t.Errorf("got %v", err)
	}
}

func TestShutdownWithoutServing(t *testing.T) {
	s, err := New(observe.New(observe.Options{}), Options{Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Shutdown(context.Background()); err != nil {
		t.Error(err)
	}
	if err := s.Serve(); err != nil {
		t.Errorf("serving after the end: %v", err)
	}
	if c, err := net.Dial("tcp", s.Addr()); err == nil {
		c.Close()
		t.Error("the address still answers")
	}
}

// TestShutdownEndsWithItsContext holds a request open by sending only half of it: Shutdown must end with its context, not hang.
func TestShutdownEndsWithItsContext(t *testing.T) {
	s, err := New(observe.New(observe.Options{}), Options{Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve() }()
	c, err := net.Dial("tcp", s.Addr())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, "GET /livez HTTP/1.1\r\nHost: a\r\n\r\nGET /livez HTTP/1.1\r\n"); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Read(make([]byte, 1)); err != nil { // the first answer has begun, so the connection is the server's
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := s.Shutdown(ctx); err != nil && !strings.Contains(err.Error(), "context canceled") {
		t.Errorf("got %v", err)
	}
	if err := <-served; err != nil {
		t.Error(err)
	}
}
