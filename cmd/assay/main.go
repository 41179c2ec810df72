// Command assay reads CSV chunks from Kafka, validates and scores them, and publishes the results exactly once.
package main

import (
	"os"

	"github.com/assay-dev/assay/internal/cli"
)

func main() {
	os.Exit(cli.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
