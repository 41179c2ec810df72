package detect

import (
	"slices"
	"strings"
	"unicode"
)

// parts splits a column's name into lower-case words: at anything but letters and digits, and where a capital begins one.
func parts(name string) []string {
	var all []string
	var word []rune
	end := func() {
		if len(word) > 0 {
			all, word = append(all, strings.ToLower(string(word))), nil
		}
	}
	lower := false
	for _, c := range name {
		if !unicode.IsLetter(c) && !unicode.IsDigit(c) {
			end()
			lower = false
			continue
		}
		if lower && unicode.IsUpper(c) {
			end()
		}
		word = append(word, c)
		lower = unicode.IsLower(c)
	}
	end()
	return all
}

func anyOf(words []string, of ...string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return slices.Contains(of, w) })
}

// personal says what personal data the name speaks of, or nothing. A name alone may be that of a product or a place; it is a
// person's with a word beside it that says so.
func personal(name string) string {
	w := parts(name)
	joined := strings.Join(w, "")
	switch {
	case anyOf(w, "email", "mail", "emails") || strings.HasSuffix(joined, "email"):
		return "an e-mail address"
	case anyOf(w, "phone", "telephone", "mobile", "tel", "cell", "fax", "msisdn"):
		return "a telephone number"
	case anyOf(w, "firstname", "lastname", "surname", "fullname", "forename", "maiden"),
		anyOf(w, "name") && anyOf(w, "first", "last", "full", "middle", "family", "given", "customer", "contact", "person", "user",
			"patient", "employee", "client", "holder", "owner", "recipient", "billing", "shipping"):
		return "a person's name"
	case anyOf(w, "street", "address", "addr") && !anyOf(w, "email", "mac"):
		if anyOf(w, "ip") {
			return "an IP address"
		}
		return "an address"
	case anyOf(w, "birth", "birthday", "birthdate", "dob"):
		return "a date of birth"
	case anyOf(w, "ssn", "bsn", "passport", "iban", "nino", "vat") || anyOf(w, "card") && anyOf(w, "number", "no", "credit"):
		return "an identifier of a person or an account"
	}
	return ""
}

// keyName says how much a name looks like that of a key.
func keyName(name string) int {
	w := parts(name)
	switch {
	case len(w) == 0:
		return 0
	case len(w) == 1 && anyOf(w, "id", "key", "uuid", "guid"):
		return 4
	case anyOf(w[len(w)-1:], "id", "key", "uuid", "guid", "iata", "isbn", "sku", "ean"):
		return 3
	case anyOf(w[len(w)-1:], "code", "no", "nr", "number", "num", "ref", "symbol"):
		return 2
	}
	return 0
}

// instantName says whether a name speaks of a point in time so clearly that whole numbers below it are Unix times.
func instantName(name string) bool {
	w := parts(name)
	return anyOf(w, "epoch", "unix", "timestamp", "ts", "unixtime") || len(w) > 1 && w[len(w)-1] == "at"
}

// moneyName says whether a name speaks of money.
func moneyName(name string) bool {
	return anyOf(parts(name), "amount", "price", "total", "subtotal", "cost", "fee", "tax", "balance", "salary", "payment", "usd", "eur", "gbp")
}
