package cli

import (
	"fmt"

	"github.com/alecthomas/kong"
)

// more is what stands under the flags in the help of each command.
var more = map[string]string{
	"demo": `Examples:
  assay demo                        10,000 rows on an embedded broker
  assay demo --rows 1000000         more of them
  assay demo --keep                 leave it running, with a page at http://127.0.0.1:9600/
  assay demo --json | tail -n 1     the totals for a machine
`,
	"score": `Examples:
  assay score people.csv > scored.csv
  assay score people.csv.gz --format json -o scored.jsonl
  cat people.csv | assay score - --quality quality.json --dead refused.csv --errors errors.jsonl
  assay score people-*.csv -o scored.csv --json     files with one header; the summary as JSON
  assay score orders.csv --contract feeds/orders.yaml --limits
  assay score export.csv --contract feeds/orders.yaml --skip-lines 3     the header stands on line 4
  assay score --topic orders.in --last 100 --contract new.yaml --format json
  assay score --topic orders.in --contract new.yaml --diff old.yaml     what would a change do to live data?

The summary goes to standard error. CSV output keeps the bytes of each row and has the scores at its end.
When a header is refused, what would make the file fit is told, if it can be found out.
--topic reads committed messages without a group: nothing is published, nothing committed. --diff tells how
many rows have which fate and which faults by the old contract and by the new one, and the first rows that change.

Exit codes: 0 all rows scored; 1 rows were refused (with --strict also: values not recognised), with --diff: rows
change; 2 usage; 3 a file was refused, or could not be read or written: then the scored rows do not appear
under the name of -o.
`,
	"peek": `Examples:
  assay peek people.csv
  assay peek people.csv.gz --rows 3
  assay peek export.txt --delimiter tab --skip-lines 2 --charset latin-1
  assay peek people.csv --json | jq .dialect
  assay peek --json --all people.csv | jq -c 'select(.finding)'     the refused rows

How a file is written is found out from its first 16 MiB, unless it is declared. --all reads all of it, in
constant memory: first {"columns":[…]}, then {"values":[…]} for each record, with "finding" beside the
values of one that the engine refuses: its row, its line, and its bytes in the (decompressed) file.

Exit codes: 0 all of it can be read; 1 the engine would refuse rows, or the file as it is; 2 usage;
3 it could not be read.
`,
	"create": `Examples:
  assay create orders.csv                        the contract, on standard output
  assay create orders.csv.gz -o orders.yaml
  assay create table.txt --delimiter tab --no-header -o table.yaml
  assay create --from census-profile my-profile

The contract reads every row of the sample that is well formed. Behind each column stands why it was taken so.

Exit codes: 0 written; 1 the contract does not read the file as it is, or none could be written; 2 usage;
3 the file could not be read.
`,
	"lint": `Examples:
  assay lint feeds/orders.yaml
  assay lint feeds                  all contracts in a folder and below
  assay lint census-profile         a feed pack
  assay lint feeds --json | jq -r '"\(.file):\(.line): \(.message)"'

A contract is a .yaml file with a line that begins with feed:. What passes also runs: expressions, scorers and
reference sets are compiled, too.

Exit codes: 0 all are right; 1 problems, on standard output; 2 usage.
`,
	"test": `Examples:
  assay test census-profile         the cases of a feed pack
  assay test feeds                  all contracts in a folder and below
  assay test feeds/orders.yaml --update     rewrite what the cases expect to what comes
  assay test feeds/orders.yaml --capture broken-row --chunk chunk.csv
  assay test feeds/orders.yaml --capture broken-row --topic orders.in --offset 0:0

The cases of a contract are the files cases/*.txt beside it. Each has chunks and what must come of them:

  -- input --
  id,amount
  A1,12.50
  A2,
  -- scored --
  id,amount,risk
  A1,12.50,0.025
  -- errors --
  {"code":"MISSING_FIELD","source":{"row":1},"field":"amount"}
  -- dead --
  A2,

Exit codes: 0 all cases pass; 1 cases fail, or a contract is wrong; 2 usage; 3 a case could not be run.
`,
	"fit": `Examples:
  assay fit -o model.json                   the model of census-profile again, from 200,000 drawn persons
  assay fit census.csv --contract mine/feed.yaml -o mine/model.json --report mine
  assay fit census-*.csv.gz --contract mine/feed.yaml --archetypes types.csv --seed 7 -o mine/model.json
  assay fit --rows 1000000 -o model.json --json     the summary as JSON

Rows are read as the contract says; those with a value that is Not stated do not shape the profiles. Nine category columns
become eight profiles: multiple correspondence analysis, then k-means. The same rows and flags give the same bytes.

Ids and names stay with the archetypes, a typical row of each profile: those of the contract's model, or of --archetypes,
a CSV with the columns profile_name and the nine variables, and eight rows in the order of the ids. A model is accepted
only if each archetype scores as its own profile and each profile holds 3 % of the rows; while none of the starts
gives one, there are as many again, up to 20 times.

Exit codes: 0 a model is written, and refused rows are told; 1 none was accepted; 2 usage; 3 a file could not be read or
was refused.
`,
	"inspect": `Examples:
  assay inspect --topic census.scored
  assay inspect --topic census.dead --last 3
  assay inspect --topic census.in --partition 0 --from 0 -n 1
  assay inspect --topic census.errors --from 2h --json | jq -r .value.code
  assay inspect --topic orders.in --from start --follow

Only committed messages are shown, by their time. Headers that hold keys are masked. A day is one of UTC. What
--follow shows from --from on stands partition by partition.

Exit codes: 0 ok, also when there is nothing; 2 usage; 3 Kafka gives no answer, or there is no such topic.
`,
	"run": `Examples:
  assay run                                 census-profile on localhost:9092
  assay run -c assay.yaml
  assay run -c assay.yaml --check           are the settings right?
  ASSAY_KAFKA_BROKERS=kafka:9092 assay run --print-config
  assay run --accept-data-lost census.in/3

Ctrl-C or SIGTERM ends the open transactions first, a second one ends at once. Brokers and topics
that are not there are waited for; http://127.0.0.1:9600/readyz?verbose says what for.

Exit codes: 0 stopped as asked; 2 settings or contracts are wrong; 3 it cannot go on.
`,
	"health": `Examples:
  assay health                      is the service of these settings ready, and if not, why?
  assay health --live               does it answer at all?
  assay health -c assay.yaml --json

It asks the admin server at admin.listen, on this machine.

Exit codes: 0 it is well; 1 it is not ready; 2 usage; 3 it does not answer.
`,
	"load": `Examples:
  assay load people.csv --topic census.in
  assay load people.csv.gz --topic census.in --brokers kafka:9092 --chunk-bytes 256KiB --key partner-7
  zcat people.csv.gz | assay load - --topic census.in
  assay load export.csv --topic census.in --skip-lines 3     the header stands on line 4
  assay load orders.csv --topic orders.in --contract feeds/orders.yaml     its delimiter, quotes, charset; a header or none

A chunk is what the contract will read: --contract, or that of the feed in the settings that reads the topic. With neither,
cells stand between commas or in double quotes, the first line is the header, and what leaves is UTF-8.

Exit codes: 0 all chunks written; 2 usage; 3 a file could not be read, or Kafka does not take it.
`,
	"topics": `Examples:
  assay topics                      what is there, what lacks
  assay topics --create --partitions 4 --replication 3
  assay topics -c assay.yaml --json

Exit codes: 0 all is there; 1 a topic lacks or does not fit; 2 usage; 3 Kafka gives no answer.
`,
	"offsets": `Examples:
  assay offsets                                   where does each feed stand, how far is it behind?
  assay offsets -c assay.yaml --json | jq '.feeds[].partitions[].lag_messages'
  assay offsets --to 2h --dry-run                 where was it two hours ago?
  assay offsets --feed census-profile --to 2026-05-25T12:00:00Z
  assay offsets --to start                        work on everything again
  assay offsets --to census.in/0=0,census.in/3=0

Behind is how old the first message is that has not been read. --to moves a feed that is stopped; it goes on from
there when it is started. A day is one of UTC. What it works on again, it publishes again.

Exit codes: 0 ok; 1 records that a feed has not read are gone (DATA_LOST); 2 usage; 3 the feed is running, or
Kafka gives no answer.
`,
	"explain": `Examples:
  assay explain MISSING_FIELD
  assay explain DATA_LOST           a condition of the service
  assay explain --list
  assay explain MISSING_FIELD --dialect problem --details '{"field":"amount"}'
  assay explain RATE_LIMIT_EXCEEDED --json | jq .dialects.scriptix.body

Words in braces stand for details that an error has. --dialect prints the body alone, byte for byte.

Exit codes: 0 ok; 2 usage, or no such code.
`,
	"broker": `Examples:
  assay broker                                     a Kafka for try-outs, on localhost:9092
  assay broker --listen 127.0.0.1:0 --json
  assay broker --topics orders.in:8,orders.scored:8,orders.dead
  assay broker -c assay.yaml --data ./broker       the topics of the settings; kept over a restart

It speaks Kafka's protocol with groups and transactions, in one process and without replication.

Exit codes: 0 ended by Ctrl-C; 2 usage; 3 it could not listen.
`,
	"completion": `Examples:
  assay completion bash > assay.bash     then: source assay.bash
  assay completion zsh > _assay          in a folder of $fpath
  assay completion fish > assay.fish     in ~/.config/fish/completions

In a shell at hand: source <(assay completion bash), the same with zsh, and assay completion fish | source. Commands, flags, their values, error codes and feed packs are completed, elsewhere the names of files.

Exit codes: 0 ok; 2 usage.
`,
	"version": `Examples:
  assay version
  assay version --json
`,
}

// help prints kong's help, and after it what more there is to say.
func help(options kong.HelpOptions, ctx *kong.Context) error {
	if err := kong.DefaultHelpPrinter(options, ctx); err != nil {
		return err
	}
	text := "Exit codes: 0 ok, 1 findings, 2 usage, 3 runtime.\n"
	if node := ctx.Selected(); node != nil {
		text = more[node.Name]
	}
	_, err := fmt.Fprint(ctx.Stdout, "\n", text)
	return err
}
