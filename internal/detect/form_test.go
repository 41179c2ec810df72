package detect

import "testing"

func TestFormOf(t *testing.T) {
	for text, want := range map[string]form{
		"": blank, "  ": blank, "NA": blank, "-": blank, `\N`: blank,
		"1": number, "-1.5e3": number, " 7 ": number, "1,5": number, "1,234.50": number, "1.234,50": number, "1 234": number,
		"12%": number, "$1.00": number, "€ 5": number, "-€5": number,
		"2024-01-05": moment, "5.1.2024": moment, "Jan 5, 2024": moment, "10:15": moment, "2024-01-05T10:00:00Z": moment,
		"2024-01-05 10:00:00.5 +0100": moment, "1/2/24 1:05 PM": moment, "10:00:00+01:00": moment,
		"10:00:00:": words, "10:00:00:+0100": words, "10:00:00+": words,
		"0f8fad5b-d9cb-469f-a165-708677289501": ident, "True": truth, "no": truth,
		"abc": words, "1.2.3": words, "Smith, John": words, "192.168.0.1": words, "N2O": words, "d'Arcy": words, "5 Main St": words,
		"a;b": odd, "5;7,5": odd, "a,b": odd, `"a`: odd, `a"`: odd, "'a'": odd, "a|b": odd, "a\tb": odd,
	} {
		if got := formOf([]byte(text), false); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
	if got := formOf([]byte("a;b"), true); got != words {
		t.Errorf("a;b in quotes: %d", got)
	}
}

func TestNumeral(t *testing.T) {
	for text, want := range map[string]style{
		"1": plainNumeral, "+1.5": plainNumeral, ".5": plainNumeral, "1e5": plainNumeral,
		"1,234": grouped, "1,234,567": grouped, "1.234.567": grouped, "1'234": grouped, "1,234.5": grouped, "1 234,5": grouped, "1\u00a0234": grouped,
		"1,5": decimalComma, "-12,75": decimalComma, "12345,6": decimalComma,
		"5 %": decorated, "$5": decorated, "-$1,234.00": decorated, "5€": decorated,
		"": noNumeral, "-": noNumeral, "%": noNumeral, "1,2,3": noNumeral, "1,23,456": noNumeral, "0x1F": noNumeral, "1-2": noNumeral,
	} {
		if got := numeral([]byte(text)); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
	}
}

func TestNames(t *testing.T) {
	for name, want := range map[string]string{
		"email": "an e-mail address", "CustomerEmail": "an e-mail address", "E-Mail": "an e-mail address",
		"phone_number": "a telephone number", "firstName": "a person's name", "Last Name": "a person's name", "customer_name": "a person's name",
		"name": "", "airport name": "", "product": "", "mobile": "a telephone number", "ip address": "an IP address",
		"birth_date": "a date of birth", "IBAN": "an identifier of a person or an account", "home_street": "an address", "speed": "",
	} {
		if got := personal(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	for name, want := range map[string]int{"id": 4, "order_id": 3, "orderId": 3, "zip code": 2, "invoice-no": 2, "identity": 0, "": 0, "paid": 0} {
		if got := keyName(name); got != want {
			t.Errorf("%q: %d, want %d", name, got, want)
		}
	}
	for name, want := range map[string]bool{"created_at": true, "ts": true, "unix_time": true, "at": false, "time": false, "updated": false} {
		if got := instantName(name); got != want {
			t.Errorf("%q: %t, want %t", name, got, want)
		}
	}
}
