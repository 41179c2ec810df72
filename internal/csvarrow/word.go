package csvarrow

// ParseBool reads true, t, yes, y and 1, or false, f, no, n and 0, in any case.
func ParseBool(t []byte) (value, ok bool) {
	switch len(t) {
	case 1:
		switch t[0] {
		case '1', 't', 'T', 'y', 'Y':
			return true, true
		case '0', 'f', 'F', 'n', 'N':
			return false, true
		}
	case 2:
		return false, equalFold(t, "no")
	case 3:
		if equalFold(t, "yes") {
			return true, true
		}
	case 4:
		if equalFold(t, "true") {
			return true, true
		}
	case 5:
		return false, equalFold(t, "false")
	}
	return false, false
}

// equalFold reports whether t is lower, which has only ASCII small letters, in any case.
func equalFold(t []byte, lower string) bool {
	if len(t) != len(lower) {
		return false
	}
	for i, c := range t {
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}

// ParseUUID reads the 36 characters of a UUID, hexadecimal digits in any case.
func ParseUUID(t []byte) (id [16]byte, ok bool) {
	if len(t) != 36 {
		return id, false
	}
	at := 0
	for i := range id {
		if at == 8 || at == 13 || at == 18 || at == 23 {
			if t[at] != '-' {
				return [16]byte{}, false
			}
			at++
		}
		hi, lo := hexDigits[t[at]], hexDigits[t[at+1]]
		if hi|lo > 15 {
			return [16]byte{}, false
		}
		id[i] = hi<<4 | lo
		at += 2
	}
	return id, true
}

// hexDigits gives the value of each hexadecimal digit, 255 for any other byte.
var hexDigits = func() (v [256]byte) {
	for i := range v {
		v[i] = 255
	}
	for i := range byte(10) {
		v['0'+i] = i
	}
	for i := range byte(6) {
		v['a'+i], v['A'+i] = 10+i, 10+i
	}
	return v
}()
