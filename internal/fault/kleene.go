package fault

// kleeneStatus is a row of the table that the kleene dialect consists of. The texts are its page's, word for word.
type kleeneStatus struct {
	status          int
	meaning, advice string
}

var kleeneTable = [...]kleeneStatus{
	{400, "Bad Request. This usually occurs when the request being sent is malformed.",
		"Check permissions on API resource being accessed. Check configurations on source or extract."},
	{401, "Incorrect authentication. This usually occurs when your API credentials are incorrect.",
		"Check that the credentials are correct and valid."},
	{403, "Insufficient permissions. This usually occurs when the permissions associated to the authenticated method " +
		"(e.g. the user or API credential) are insufficient to perform the relevant action.",
		"Check that the authenticated user has enough permissions and/or scope to call the API."},
	{404, "Not found. This usually occurs if the server cannot find the requested resource.",
		"Check if for temporary service outage. Check if API resource is still available (i.e. active)."},
	{414, "URI Too Long. This usually occurs if the requested URI is too large.",
		"If applicable, use a custom version of the report and specify less parameters until the request is accepted by API."},
	{429, "Too many requests. This usually occurs when the number of requests in a given period exceeds the limit.",
		"Reduce the number of concurrent extract runs and/or spread the schedules of extracts in the same source."},
	{500, "Internal server error. This usually occurs when the server (API) is down.",
		"Due to the server side origins of this type of error, best option is to try again later."},
	{502, "Bad gateway. This usually occurs when the server received an invalid response while acting as a gateway or proxy server.",
		"Due to the server side origins of this type of error, best option is to try again later."},
	{503, "Service unavailable. This usually occurs when the server is not ready to handle the request.",
		"Due to the server side origins of this type of error, best option is to try again later."},
	{504, "Gateway timeout. This usually occurs when the server, while acting as a gateway or proxy, did not get a response in time.",
		"Reduce the volume of data being queried. If applicable, reduce backfill settings."},
}

// kleeneRow gives the row that says e: the one that the catalogue names, else the one with e's status, else the row 400 for a
// fault of the asker and the row 500 for any other.
func kleeneRow(e *Entry) *kleeneStatus {
	status := e.HTTPStatus
	if a := e.Aliases[Kleene]; a != nil && a.Status != 0 {
		status = a.Status
	}
	for i := range kleeneTable {
		if kleeneTable[i].status == status {
			return &kleeneTable[i]
		}
	}
	if status < 500 {
		return &kleeneTable[0]
	}
	return &kleeneTable[6]
}
