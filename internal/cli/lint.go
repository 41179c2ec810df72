package cli

import (
	"errors"
	"fmt"

	"github.com/assay-dev/assay/internal/feed"
)

type lintCmd struct {
	Paths []string `arg:"" name:"path" help:"Contracts, folders with contracts in them or below, or names of feed packs."`
	JSON  bool     `help:"Print each problem as one JSON line, and nothing else."`
}

// Run loads and compiles each contract, so that what passes it runs.
func (c *lintCmd) Run(s *streams) error {
	contracts, err := findContracts(c.Paths)
	if err != nil {
		return err
	}
	out := problemWriter{s: s, json: c.JSON}
	wrong := 0
	for _, k := range contracts {
		_, err := k.load()
		var problems feed.Problems
		switch {
		case errors.As(err, &problems):
			wrong++
			if err := out.write(problems); err != nil {
				return err
			}
		case err != nil:
			return &exitError{code: exitUsage, err: err}
		}
	}
	switch {
	case wrong > 0:
		if !c.JSON {
			fmt.Fprintf(s.err, "%s in %d of %s\n", count(int64(out.written), "problem"), wrong, count(int64(len(contracts)), "contract"))
		}
		return &exitError{code: exitFindings}
	case c.JSON:
		return nil
	case len(contracts) == 1:
		_, err = fmt.Fprintln(s.out, "1 contract is right")
	default:
		_, err = fmt.Fprintln(s.out, thousands(int64(len(contracts))), "contracts are right")
	}
	return err
}
