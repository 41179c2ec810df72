package admin

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/assay-dev/assay/internal/observe"
)

// livez answers at all, which is what liveness is: trouble with Kafka is waited out, and a restart would only add to it.
func livez(w http.ResponseWriter, _ *http.Request) { plain(w, http.StatusOK, "ok\n") }

func startupz(state *observe.State) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if state.Started() {
			plain(w, http.StatusOK, "ok\n")
			return
		}
		plain(w, http.StatusServiceUnavailable, "no feed has got its first assignment yet\n")
	}
}

// readyz answers in a word, and with verbose gives a line for each check: [+] fine, [-] makes the process not ready, [!] wrong
// and yet no reason to take the process away. Without the token there are no lines: a probe that asks for them still gets its
// word.
func readyz(state *observe.State, g *guard) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		ready, checks := state.Ready()
		code, word := http.StatusOK, "ok\n"
		if !ready {
			code, word = http.StatusServiceUnavailable, "not ready\n"
		}
		if !r.URL.Query().Has("verbose") || !g.knows(r) {
			plain(w, code, word)
			return
		}
		var b strings.Builder
		for _, c := range checks {
			sign := "[+]"
			switch {
			case !c.OK && c.Blocks:
				sign = "[-]"
			case !c.OK:
				sign = "[!]"
			}
			fmt.Fprintf(&b, "%s %s: %s\n", sign, c.Name, oneLine(c.Text))
		}
		plain(w, code, b.String()+word)
	}
}

// oneLine keeps a check on its line: texts of conditions come from brokers and files.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// status writes the snapshot. With ?history it has the rows of each of the last seconds too.
func status(state *observe.State) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var b bytes.Buffer
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		s := state.Status()
		if !r.URL.Query().Has("history") { // the page draws it; nobody reads two minutes of numbers
			for i := range s.Feeds {
				s.Feeds[i].RowsBySecond = nil
			}
		}
		if err := enc.Encode(s); err != nil {
			problem(w, r, http.StatusInternalServerError, "The status cannot be written.")
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = w.Write(b.Bytes()) // a client that has gone needs no answer
	}
}

func plain(w http.ResponseWriter, code int, text string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(code)
	_, _ = w.Write([]byte(text)) // a client that has gone needs no answer
}

// problemDocument is an error as RFC 9457 has it. Its type is about:blank: the status says all there is.
type problemDocument struct {
	Type     string `json:"type"`
	Title    string `json:"title"`
	Status   int    `json:"status"`
	Detail   string `json:"detail"`
	Instance string `json:"instance"`
}

func problem(w http.ResponseWriter, r *http.Request, code int, detail string) {
	body, err := json.Marshal(problemDocument{"about:blank", http.StatusText(code), code, detail, r.URL.EscapedPath()})
	if err != nil {
		panic("admin: a problem document cannot be written: " + err.Error()) // it has only strings and a number
	}
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(code)
	_, _ = w.Write(append(body, '\n')) // a client that has gone needs no answer
}
