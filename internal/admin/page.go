package admin

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"strings"
)

// web is the page: plain HTML, CSS and modules, as a browser gets them. login.html is a template.
//
//go:embed web
var web embed.FS

var loginPage = template.Must(template.ParseFS(web, "web/login.html"))

// page is what stands at /: the page for browsers, and for others a list of the endpoints.
func page(endpoints []endpoint) http.HandlerFunc {
	var b strings.Builder
	b.WriteString("assay\n\n")
	for _, e := range endpoints {
		if e.doc != "" {
			fmt.Fprintf(&b, "%-10s %s\n", e.path, e.doc)
		}
	}
	text := b.String()
	html, err := web.ReadFile("web/page.html")
	if err != nil {
		panic("admin: " + err.Error()) // it is part of the binary
	}
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Vary", "Accept")
		if !wantsHTML(r) {
			plain(w, http.StatusOK, text)
			return
		}
		writeHTML(w, http.StatusOK, html)
	}
}

// kinds are the content types of the page's files: those of the system may be anything.
var kinds = map[string]string{".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}

// assets gives the page's files. They are in every binary, so that they need no token.
func assets() map[string]endpoint {
	files, err := fs.Glob(web, "web/*")
	if err != nil {
		panic("admin: " + err.Error()) // it is a fixed pattern
	}
	all := map[string]endpoint{}
	for _, f := range files {
		kind := kinds[path.Ext(f)]
		if kind == "" {
			continue
		}
		body, err := web.ReadFile(f)
		if err != nil {
			panic("admin: " + err.Error())
		}
		at := strings.TrimPrefix(f, "web")
		all[at] = endpoint{path: at, handler: func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", kind)
			w.Header().Set("Cache-Control", "no-cache")
			_, _ = w.Write(body) // a client that has gone needs no answer
		}}
	}
	return all
}

func loginForm(w http.ResponseWriter, code int, wrong string) {
	var b bytes.Buffer
	if err := loginPage.Execute(&b, wrong); err != nil {
		panic("admin: " + err.Error()) // it is a fixed template over a text
	}
	writeHTML(w, code, b.Bytes())
}

func writeHTML(w http.ResponseWriter, code int, body []byte) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(code)
	_, _ = w.Write(body) // a client that has gone needs no answer
}
