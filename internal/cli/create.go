package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"regexp"
	"strings"

	"github.com/assay-dev/assay/internal/detect"
)

type createCmd struct {
	File   string `arg:"" name:"file" help:"CSV file to write a contract for; gzip and zstd are decompressed; - is standard input. With --from: the folder to write."`
	Output string `short:"o" placeholder:"FILE" help:"Write the contract to FILE instead of standard output."`
	Force  bool   `help:"Write over FILE."`
	From   string `placeholder:"PACK" help:"Copy a feed pack out of the program into a new folder instead."`
	JSON   bool   `help:"Print the summary as one JSON line."`

	dialectFlags `embed:""`
}

func (c *createCmd) Run(ctx context.Context, s *streams) error {
	if c.From != "" {
		if c.Output != "" || c.Force || c.dialectFlags != (dialectFlags{}) {
			return usageError("--from goes with a folder and nothing else: assay create --from %s DIR", c.From)
		}
		return copyPack(s, c.From, c.File, c.JSON)
	}
	d, err := c.declared()
	if err != nil {
		return err
	}
	toFile := c.Output != "" && c.Output != stdio
	if toFile && !c.Force {
		if _, err := os.Lstat(c.Output); !errors.Is(err, fs.ErrNotExist) {
			return usageError("%s is there already; --force writes over it", c.Output)
		}
	}
	if toFile && c.File != stdio && placeOf(c.Output).is(placeOf(c.File)) {
		return usageError("-o %s would write over the sample", c.Output)
	}
	p, err := s.sample(ctx, c.File, d)
	if err != nil {
		return err
	}
	if err := p.in.close(); err != nil {
		return fmt.Errorf("reading %s: %w", p.in.name, err)
	}
	text, err := newContract(c.File, p.reading)
	if err != nil {
		return &exitError{code: exitFindings, err: fmt.Errorf("%s: %w", p.in.name, err)}
	}
	out, err := s.create(c.Output)
	if err != nil {
		return err
	}
	defer out.discard()
	if _, err := out.Write(text); err != nil {
		return fmt.Errorf("writing the contract: %w", err)
	}
	if err := out.finish(); err != nil {
		return fmt.Errorf("writing the contract: %w", err)
	}
	if c.JSON {
		return c.json(s, p)
	}
	if toFile {
		fmt.Fprintf(s.err, "%s: a contract of %s. Next: read it, then\n  assay lint %s\n", c.Output, count(int64(len(p.reading.Columns)), "column"), c.Output)
	}
	return c.tell(s, p)
}

// json prints the summary for machines, beside the contract.
func (c *createCmd) json(s *streams, p *sample) error {
	problems := []string{}
	for i := range p.reading.Problems {
		if x := &p.reading.Problems[i]; x.Level == detect.File {
			problems = append(problems, detect.Visible(x.Text))
		}
	}
	err := encodeLine(s.err, map[string]any{
		"contract": c.Output, "columns": len(p.reading.Columns), "rows_refused": p.reading.Refused, "problems": problems,
	})
	if err == nil && len(problems) > 0 {
		return &exitError{code: exitFindings}
	}
	return err
}

// tell says what the contract will not read of the sample.
func (c *createCmd) tell(s *streams, p *sample) error {
	whole := tellWhole(s, p)
	if n := p.reading.Skip.Value; n > 0 {
		contract := "CONTRACT"
		if c.Output != "" && c.Output != stdio {
			contract = c.Output
		}
		lines := "line"
		if n > 1 {
			lines = count(int64(n), "line")
		}
		fmt.Fprintf(s.err, "%s: score reads it without its first %s:\n  assay score %s --contract %s --skip-lines %d\n",
			p.in.name, lines, shellWord(c.File), shellWord(contract), n)
	}
	if n := p.reading.Refused; n > 0 {
		fmt.Fprintf(s.err, "%s: %s of the sample will be refused\n", p.in.name, count(n, "row"))
	}
	if whole || p.reading.Refused > 0 {
		fmt.Fprintf(s.err, "what is wrong with them: assay peek %s\n", c.File)
	}
	if whole {
		return &exitError{code: exitFindings} // the contract does not read the file as it is
	}
	return nil
}

// tellWhole says why the engine cannot read a file as it is, if it cannot.
func tellWhole(s *streams, p *sample) (told bool) {
	for i := range p.reading.Problems {
		if x := &p.reading.Problems[i]; x.Level == detect.File {
			fmt.Fprintf(s.err, "%s: %s\n", p.in.name, detect.Visible(x.Text))
			told = true
		}
	}
	return told
}

// plainWord is text that a shell takes as one word and as it is.
var plainWord = regexp.MustCompile(`^[\w@%+=:,./-]+$`)

// shellWord writes text as one word of a command line.
func shellWord(s string) string {
	if plainWord.MatchString(s) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// maxContract is the longest contract that is read back.
const maxContract = 1 << 20

// newContract writes the contract of a reading, named after the file. It is one that feed.Load takes.
func newContract(file string, r *detect.Reading) ([]byte, error) {
	if len(r.Columns) == 0 {
		for _, x := range r.Problems {
			if x.Level == detect.File {
				return nil, errors.New(detect.Visible(x.Text))
			}
		}
		return nil, errors.New("no columns were found")
	}
	w := &contractWriter{reading: r}
	w.columns()
	if len(w.declared) == 0 {
		return nil, errors.New("no column has a name of its own, so a contract cannot name them")
	}
	text := w.text(file, true)
	if len(text) > maxContract {
		text = w.text(file, false)
	}
	if len(text) > maxContract {
		return nil, fmt.Errorf("%s are more than a contract has room for", count(int64(len(r.Columns)), "column"))
	}
	return text, nil
}
