package expr

import (
	"encoding/hex"
	"math/big"
	"regexp"
	"strings"
	"time"

	"github.com/assay-dev/assay/internal/flow"
)

// instantForm is what a timestamp cell may look like (CSV rule 14), which is stricter than package time.
var instantForm = regexp.MustCompile(`^\d{4}-\d\d-\d\d(?:( )|[Tt])\d\d:\d\d:\d\d(?:\.\d{1,9})?([Zz]|[+-](?:[01]\d|2[0-3]):[0-5]\d)?$`)

// parseDate reads YYYY-MM-DD and gives the days since 1970-01-01.
func parseDate(text string) (number, bool) {
	t, err := time.Parse(time.DateOnly, text)
	return whole(t.Unix() / 86400), err == nil // midnight: the division is exact
}

// nanoScale is the scale of nanoseconds, of which timestamps without a unit and literals are made.
const nanoScale = 9

// parseTimestamp reads RFC 3339 or YYYY-MM-DD HH:MM:SS, which is in UTC, and gives the seconds since 1970-01-01 UTC.
func parseTimestamp(text string) (number, bool) {
	form := instantForm.FindStringSubmatch(text)
	if form == nil || (form[1] == "") == (form[2] == "") {
		return number{}, false
	}
	text = strings.ToUpper(text)
	if form[1] != "" {
		text = strings.Replace(text, " ", "T", 1) + "Z"
	}
	t, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return number{}, false
	}
	seconds := new(big.Int).Mul(big.NewInt(t.Unix()), powerOfTen(nanoScale))
	return number{seconds.Add(seconds, big.NewInt(int64(t.Nanosecond()))), nanoScale}, true
}

// unitScale gives the scale of a timestamp's values when they are taken for seconds.
func unitScale(f *flow.Field) int32 {
	switch f.Unit {
	case "s":
		return 0
	case "ms":
		return 3
	case "us":
		return 6
	}
	return nanoScale
}

// parseUUID reads the 36 characters of a UUID.
func parseUUID(text string) (id [16]byte, ok bool) {
	if !uuidForm.MatchString(text) {
		return id, false
	}
	digits, _ := hex.DecodeString(strings.ReplaceAll(text, "-", "")) // digits only: it cannot fail
	copy(id[:], digits)
	return id, true
}

var uuidForm = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)
