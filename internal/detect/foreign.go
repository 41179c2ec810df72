package detect

import (
	"bytes"
	"strings"
)

// foreign recognises files that are not CSV at all, by their first bytes. It reports whether there is nothing more to say.
// Where somebody has said how the table is written or where it begins, text is taken for one.
func (r *Reading) foreign(sample []byte, d Declared) bool {
	for _, f := range []struct{ magic, what, guess string }{
		{"\x1f\x8b", "gzip", "unpack it first, or send it with its content-encoding"},
		{"\x28\xb5\x2f\xfd", "zstd", "unpack it first, or send it with its content-encoding"},
		{"BZh91AY&SY", "bzip2", "unpack it first"},
		{"\xfd7zXZ\x00", "xz", "unpack it first"},
		{"PK\x03\x04", "a zip archive", "an Excel workbook (.xlsx) is one: save it as CSV; unpack any other"},
		{"\xd0\xcf\x11\xe0", "an old Excel workbook or another Office file", "save it as CSV"},
		{"PAR1\x15", "Parquet", ""},
		{"ARROW1\x00\x00", "Arrow", ""},
		{"Obj\x01", "Avro", ""},
		{"SQLite format 3\x00", "a SQLite database", ""},
		{"%PDF-", "PDF", ""},
	} {
		if bytes.HasPrefix(sample, []byte(f.magic)) {
			r.whole(KindNotCSV, File, "this is "+f.what+", not CSV", f.guess)
			return true
		}
	}
	if c := utf32(sample); c != "" {
		r.whole(KindCharset, File, "the file is in "+c, "assay reads UTF-8 and UTF-16: save it as UTF-8")
		return true
	}
	if d.Delimiter != 0 || d.SkipSet {
		return false
	}
	head := strings.ToLower(string(bytes.TrimLeft(sample[:min(len(sample), 512)], "\xef\xbb\xbf \t\r\n")))
	for _, f := range []struct{ begin, what, guess string }{
		{"<!doctype html", "HTML", "a page that was saved in place of the file it links to, or an error page?"},
		{"<html", "HTML", "a page that was saved in place of the file it links to, or an error page?"},
		{"<?xml", "XML", ""},
	} {
		if strings.HasPrefix(head, f.begin) {
			r.whole(KindNotCSV, File, "this is "+f.what+", not CSV", f.guess)
			return true
		}
	}
	if isJSON(head) {
		r.whole(KindNotCSV, File, "this is JSON, not CSV", "")
		return true
	}
	return false
}

// isJSON recognises an object, and an array of objects or arrays.
func isJSON(head string) bool {
	inside := ""
	if len(head) > 0 {
		inside = strings.TrimLeft(head[1:], " \t\r\n")
	}
	switch {
	case strings.HasPrefix(head, "{"):
		return strings.HasPrefix(inside, `"`) && strings.Contains(inside, `":`)
	case strings.HasPrefix(head, "["):
		return strings.HasPrefix(inside, "{") || strings.HasPrefix(inside, "[")
	}
	return false
}
