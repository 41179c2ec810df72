package cli

import (
	"fmt"

	"github.com/alecthomas/kong"
)

// examples stand under the help of each command.
var examples = map[string]string{
	"demo": `  assay demo                        10,000 rows on an embedded broker
  assay demo --rows 1000000         more of them
  assay demo --keep                 leave it running, look at http://127.0.0.1:9600/status
  assay demo --json | tail -n 1     the totals for a machine`,
	"score": `  assay score people.csv > scored.csv
  assay score people.csv.gz --format json -o scored.jsonl
  cat people.csv | assay score - --quality quality.json --dead refused.csv --errors errors.jsonl
  assay score *.csv --json -o scored.csv     the summary as one JSON line on standard error`,
	"run": `  assay run                         census-profile on localhost:9092
  assay run -c assay.yaml
  assay run -c assay.yaml --check           are the settings right?
  ASSAY_KAFKA_BROKERS=kafka:9092 assay run --print-config`,
	"load": `  assay load people.csv --topic census.in
  assay load people.csv.gz --topic census.in --brokers kafka:9092 --chunk-bytes 256KiB --key partner-7`,
	"topics": `  assay topics                      what is there, what lacks (exit 1)
  assay topics --create --partitions 4 --replication 3
  assay topics -c assay.yaml --json`,
	"version": `  assay version
  assay version --json`,
}

// help prints kong's help with the command's examples after it.
func help(options kong.HelpOptions, ctx *kong.Context) error {
	if err := kong.DefaultHelpPrinter(options, ctx); err != nil {
		return err
	}
	node := ctx.Selected()
	if node == nil {
		_, err := fmt.Fprint(ctx.Stdout, "\nExit codes: 0 ok, 1 findings, 2 usage, 3 runtime.\n")
		return err
	}
	if text, ok := examples[node.Name]; ok {
		_, err := fmt.Fprintf(ctx.Stdout, "\nExamples:\n%s\n", text)
		return err
	}
	return nil
}
