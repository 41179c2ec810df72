package config

import (
	"fmt"
	"net"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode"
)

// The functions here say what is wrong with a value in words that go behind the setting's name, or "".

// positive asks for a duration or size above zero.
func positive(to any) string {
	switch v := to.(type) {
	case *time.Duration:
		if *v > 0 {
			return ""
		}
	case *Size:
		if *v > 0 {
			return ""
		}
	}
	return fmt.Sprintf("%q must be more than zero", text(to))
}

// sizeTo asks for a size above zero and at most most.
func sizeTo(most Size) func(any) string {
	return func(to any) string {
		if v, ok := to.(*Size); ok && *v > most {
			return fmt.Sprintf("%q is too large, the most is %q", v, most)
		}
		return positive(to)
	}
}

// durationTo asks for a duration above zero and at most most.
func durationTo(most time.Duration) func(any) string {
	return func(to any) string {
		if v, ok := to.(*time.Duration); ok && *v > most {
			return fmt.Sprintf("%q is too long, the most is %q", durationText(*v), durationText(most))
		}
		return positive(to)
	}
}

// between asks for a whole number from least to most.
func between(least, most int) func(any) string {
	return func(to any) string {
		if v, ok := to.(*int); ok && *v >= least && *v <= most {
			return ""
		}
		return fmt.Sprintf("%s must lie between %d and %d", text(to), least, most)
	}
}

// hostPort asks for an address that can be dialled or listened on.
func hostPort(s string) string {
	host, port, err := net.SplitHostPort(s)
	if err == nil && !strings.ContainsFunc(host, unicode.IsSpace) {
		if n, err := strconv.ParseUint(port, 10, 16); err == nil && strconv.FormatUint(n, 10) == port {
			return ""
		}
	}
	return fmt.Sprintf("%q is not host:port, write for example %q", s, "localhost:9092")
}

// webURL asks for the URL of an HTTP server. Credentials have no place in it: it is printed.
func webURL(s string) string {
	u, err := url.Parse(s)
	switch {
	case s == "":
		return ""
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.Fragment != "":
		return fmt.Sprintf("%q is not the URL of an HTTP server, write for example %q", s, "http://localhost:4318")
	case u.User != nil:
		return "a URL with a user name or password would be printed with the settings, leave them out"
	}
	return ""
}

// maxTopic is the longest name that Kafka takes for a topic.
const maxTopic = 249

// topic asks for a name that Kafka takes for a topic.
func topic(s string) string {
	legal := s != "" && s != "." && s != ".." && len(s) <= maxTopic
	for i := range len(s) {
		c := s[i]
		legal = legal && (c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '.' || c == '_' || c == '-')
	}
	if legal {
		return ""
	}
	return fmt.Sprintf("%q is not a topic's name, use at most %d of a-z A-Z 0-9 . _ -", s, maxTopic)
}

// name asks for a text without spaces and control characters.
func name(s string) string {
	if s == "" || strings.ContainsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }) {
		return fmt.Sprintf("%q is not a name, it must have no spaces and not be empty", s)
	}
	return ""
}
