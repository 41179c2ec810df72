package config

import (
	"fmt"
	"os"
	"strings"

	"github.com/assay-dev/assay/internal/suggest"
)

// Source is where settings are read from.
type Source struct {
	Path string   // the settings file; empty means none
	Env  []string // NAME=value, as os.Environ gives it; an empty value counts as not set
	// Flags names the flags of the command line that stand in Env, by the variable's name.
	Flags map[string]string
	// ReadFile reads the settings file and the files of secrets; nil means os.ReadFile.
	ReadFile func(path string) ([]byte, error)
	// WrongFeed says what is wrong with what a setting calls a feed, or ""; nil means nothing ever is. This room knows neither the
	// packs nor where contracts lie.
	WrongFeed func(name string) string
	// Hostname gives the default of instance; nil means os.Hostname.
	Hostname func() (string, error)
}

// Load reads, completes and checks settings. The error is an Errors with all that is wrong, each with its place; the CLI
// ends with exit code 2 then.
func Load(src Source) (*Settings, *Origins, error) {
	if src.ReadFile == nil {
		src.ReadFile = os.ReadFile
	}
	if src.WrongFeed == nil {
		src.WrongFeed = func(string) string { return "" }
	}
	if src.Hostname == nil {
		src.Hostname = os.Hostname
	}
	l := &loader{src: src, origins: &Origins{at: map[string]Origin{}}, rest: map[string]string{}, doubtful: map[int]bool{}}
	l.readEnv()
	root := l.readFile()
	l.settings.Feeds = make([]Feed, l.countFeeds(root))
	fields := spec(&l.settings)
	l.setDefaults("", fields)
	if root != nil {
		l.walk("", root, fields)
	}
	l.walkEnv("", fields)
	l.unknownEnv(fields)
	l.complete()
	if len(l.errs) == 0 {
		l.check()
	}
	if len(l.errs) > 0 {
		l.errs.order()
		return nil, nil, l.errs
	}
	return &l.settings, l.origins, nil
}

// loader is the state of one Load.
type loader struct {
	src      Source
	settings Settings
	origins  *Origins
	rest     map[string]string // variables of the environment that no field has taken yet
	doubtful map[int]bool      // feeds whose entry has errors, so that what it lacks may only be misspelt
	errs     Errors
}

// fail notes that something is wrong at a place.
func (l *loader) fail(at Origin, format string, args ...any) {
	l.errs = append(l.errs, &Error{Origin: at, Text: fmt.Sprintf(format, args...)})
}

// setDefaults gives every field its default.
func (l *loader) setDefaults(path string, fields []field) {
	for i := range fields {
		f := &fields[i]
		at := join(path, f.name)
		l.setDefaults(at, f.fields)
		for k, entry := range f.feeds {
			l.setDefaults(index(at, k), entry)
		}
		if f.to == nil || f.def == "" {
			continue
		}
		if err := assign(f.to, f.def); err != nil {
			panic("config: the default of " + at + ": " + err.Error())
		}
	}
}

// set gives field f at path the value that was written at a place, and says what is wrong with it.
func (l *loader) set(path string, f *field, at Origin, written string) {
	before := text(f.to)
	if err := assign(f.to, written); err != nil {
		l.fail(at, "%s: %s, write for example %q", path, err, f.sample())
		return
	}
	l.origins.at[path] = at
	if f.notYet {
		if text(f.to) != before {
			l.fail(at, "%s is not supported yet by this version", path)
		}
		return
	}
	l.judge(path, f, at)
}

// judge says what is wrong with the value that f has, apart from the items of a list, whose places the caller knows.
func (l *loader) judge(path string, f *field, at Origin) {
	if s, ok := f.to.(*string); ok && (*s != "" || f.def != "") {
		if why := f.wrongText(*s); why != "" {
			l.fail(at, "%s: %s", path, why)
		}
	}
	if f.rule != nil {
		if why := f.rule(f.to); why != "" {
			l.fail(at, "%s: %s", path, why)
		}
	}
}

// wrongText says what is wrong with a text or with an item of a list, or "".
func (f *field) wrongText(s string) string {
	if f.item != nil {
		if why := f.item(s); why != "" {
			return why
		}
	}
	if f.values == nil {
		return ""
	}
	for _, v := range f.values {
		if s == v {
			return ""
		}
	}
	for _, v := range f.later {
		if s == v {
			return fmt.Sprintf("%q is not supported yet by this version, use %s", s, oneOf(f.values))
		}
	}
	if near := suggest.Nearest(s, f.values); near != "" {
		return fmt.Sprintf("%q is unknown, did you mean %q?", s, near)
	}
	return fmt.Sprintf("%q is unknown, use %s", s, oneOf(f.values))
}

// sample gives a right value for a message.
func (f *field) sample() string {
	if f.example != "" {
		return f.example
	}
	return f.def
}

// oneOf gives "json, csv or arrow".
func oneOf(words []string) string {
	n := len(words)
	if n == 1 {
		return words[0]
	}
	return strings.Join(words[:n-1], ", ") + " or " + words[n-1]
}

// join gives the path of a field in the group at path.
func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

// index gives the path of entry i of the list at path.
func index(path string, i int) string { return fmt.Sprintf("%s[%d]", path, i) }
