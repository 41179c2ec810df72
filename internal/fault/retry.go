package fault

// retryClasses are what the retry classes mean, R0 first.
var retryClasses = [...]string{
	"never: the same input fails again",
	"when told: wait as long as the answer says, 60 s when it says nothing",
	"back off: 1, 2, 4 … 60 s, a quarter more or less",
	"when the quota is refilled",
	"when the state is right: ask every 5 to 60 s",
	"with less: halve and send both halves",
	"when an operator has changed the key, the grant or the settings",
}

// RetryMeaning says what a retry class asks of whoever sends again; "" for one that there is not.
func RetryMeaning(class string) string {
	if len(class) == 2 && class[0] == 'R' && int(class[1]-'0') < len(retryClasses) {
		return retryClasses[class[1]-'0']
	}
	return ""
}
