// Command gen writes codes.go and catalogue.go of package fault from schemas/errors.json. It is run by go generate in the
// package's folder.
package main

import (
	"fmt"
	"os"

	"github.com/assay-dev/assay/schemas"
)

func main() {
	files, err := generate(schemas.Errors)
	if err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
	for name, text := range files {
		if err := os.WriteFile(name, text, 0o644); err != nil {
			fmt.Fprintln(os.Stderr, "gen:", err)
			os.Exit(1)
		}
	}
}
