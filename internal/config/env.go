package config

import (
	"regexp"
	"sort"
	"strings"

	"github.com/assay-dev/assay/internal/suggest"
)

// envPrefix begins the name of every variable that is a setting.
const envPrefix = "ASSAY_"

// foreign are variables with our prefix that are not settings: those of the project's own tests, and those that Kubernetes
// adds to every container for a service whose name begins with "assay".
var foreign = regexp.MustCompile(`^ASSAY_(REQUIRE|TEST_.*|(.*_)?SERVICE_HOST|(.*_)?SERVICE_PORT(_.*)?|(.*_)?PORT(_\d+_.*)?)$`)

// envName gives the variable that sets the field at path: ASSAY_FEEDS_0_SCORED_TOPIC for feeds[0].scored.topic.
func envName(path string) string {
	return envPrefix + strings.ToUpper(strings.NewReplacer(".", "_", "[", "_", "]", "").Replace(path))
}

// readEnv takes our variables out of the environment. Of equal names the last one counts.
func (l *loader) readEnv() {
	for _, kv := range l.src.Env {
		name, value, ok := strings.Cut(kv, "=")
		if ok && strings.HasPrefix(name, envPrefix) {
			l.rest[name] = value
		}
	}
	for name, value := range l.rest {
		if value == "" || foreign.MatchString(name) {
			delete(l.rest, name)
		}
	}
}

// hasEnv reports whether a variable's name begins with prefix.
func (l *loader) hasEnv(prefix string) bool {
	for name := range l.rest {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}

// take gives the value of a variable and marks it as known.
func (l *loader) take(name string) (string, bool) {
	v, ok := l.rest[name]
	delete(l.rest, name)
	return v, ok
}

// walkEnv sets the fields that the environment has.
func (l *loader) walkEnv(path string, fields []field) {
	for i := range fields {
		f := &fields[i]
		at := join(path, f.name)
		switch {
		case f.to == nil && f.notYet:
			l.refuseEnv(at)
		case f.to == nil:
			l.walkEnv(at, f.fields)
			for k, entry := range f.feeds {
				l.walkEnv(index(at, k), entry)
			}
		case f.secret:
			l.secretEnv(at, f)
		default:
			l.fieldEnv(at, f)
		}
	}
}

func (l *loader) fieldEnv(path string, f *field) {
	name := envName(path)
	written, ok := l.take(name)
	if !ok {
		return
	}
	at := Origin{Env: name}
	if flag := l.src.Flags[name]; flag != "" {
		at = Origin{Flag: flag}
	}
	l.set(path, f, at, written)
	if items, ok := f.to.(*[]string); ok {
		for i, item := range *items {
			if why := f.wrongText(item); why != "" {
				l.fail(at, "%s: %s", index(path, i), why)
			}
		}
	}
}

// secretEnv sets a secret from NAME or from the file that NAME_FILE names.
func (l *loader) secretEnv(path string, f *field) {
	name := envName(path)
	secret, plain := l.take(name)
	file, byFile := l.take(name + "_FILE")
	switch {
	case plain && byFile:
		l.fail(Origin{Env: name}, "%s: %s is set as well, use one of them", path, name+"_FILE")
	case plain:
		l.set(path, f, Origin{Env: name}, secret)
	case byFile:
		l.setSecret(path, f, Origin{Env: name + "_FILE"}, file)
	}
}

// setSecret reads a secret from a file; no file is no secret. Line ends at its end do not belong to it: editors and echo
// leave them there.
func (l *loader) setSecret(path string, f *field, at Origin, file string) {
	if file == "" {
		return
	}
	data, err := l.src.ReadFile(file)
	if err != nil {
		l.fail(at, "%s_file: %q cannot be read: %s", path, file, reason(err))
		return
	}
	secret := strings.TrimRight(string(data), "\r\n")
	if secret == "" {
		l.fail(at, "%s_file: %q is empty", path, file)
		return
	}
	at.Secret = file
	l.set(path, f, at, secret)
}

// refuseEnv refuses the variables of a group that this version does not support.
func (l *loader) refuseEnv(path string) {
	prefix := envName(path) + "_"
	for name := range l.rest {
		if strings.HasPrefix(name, prefix) {
			delete(l.rest, name)
			l.fail(Origin{Env: name}, "%s is not supported yet by this version", path)
		}
	}
}

// unknownEnv refuses the variables that no field has taken: a misspelt name would otherwise be a setting that silently does
// nothing.
func (l *loader) unknownEnv(fields []field) {
	var known []string
	each("", fields, func(path string, f *field) {
		if f.to == nil {
			return
		}
		known = append(known, envName(path))
		if f.secret {
			known = append(known, envName(path)+"_FILE")
		}
	})
	names := make([]string, 0, len(l.rest))
	for name := range l.rest {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		if near := suggest.Nearest(strings.TrimPrefix(name, envPrefix), trimAll(known)); near != "" {
			l.fail(Origin{Env: name}, "no setting has this name, did you mean %s?", envPrefix+near)
			continue
		}
		l.fail(Origin{Env: name}, "no setting has this name")
	}
}

// trimAll drops the prefix, so that it does not make every name look near to every other.
func trimAll(names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = strings.TrimPrefix(n, envPrefix)
	}
	return out
}

// each calls fn for every field and group below path, in the order of the specification.
func each(path string, fields []field, fn func(path string, f *field)) {
	for i := range fields {
		f := &fields[i]
		at := join(path, f.name)
		fn(at, f)
		each(at, f.fields, fn)
		for k, entry := range f.feeds {
			each(index(at, k), entry, fn)
		}
	}
}
