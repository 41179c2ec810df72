package cli

import (
	"fmt"
	"io"
)

type completionCmd struct {
	Shell string `arg:"" enum:"bash,zsh,fish" help:"bash, zsh or fish."`
}

// completeWord is the command that the scripts call with the words of the line up to the cursor. It is not for people.
const completeWord = "__complete"

// Run prints the script. It asks the program itself at each Tab, so that it is right for every later version, too.
func (c *completionCmd) Run(s *streams) error {
	_, err := io.WriteString(s.out, fmt.Sprintf(completionScripts[c.Shell], completeWord))
	return err
}

// completionScripts are the scripts by shell. Each line of the answer is a word, a tab and what it means; where there is no answer,
// shells complete the names of files.
var completionScripts = map[string]string{
	"bash": `# bash completion of assay. For now: source <(assay completion bash)
# For good: assay completion bash > ~/.local/share/bash-completion/completions/assay
_assay() {
	local line
	COMPREPLY=()
	while IFS= read -r line; do
		COMPREPLY+=("${line%%%%$'\t'*}")
	done < <(assay %s "${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _assay assay
`,
	"zsh": `#compdef assay
# zsh completion of assay. For now: source <(assay completion zsh)
# For good: assay completion zsh > a folder of $fpath/_assay
_assay() {
	local -a lines words_ texts
	lines=("${(@f)$(assay %s "${(@)words[2,CURRENT]}" 2>/dev/null)}")
	lines=(${lines:#})
	if (( ! $#lines )); then
		_files
		return
	fi
	words_=("${(@)lines%%%%$'\t'*}")
	texts=("${(@)lines//$'\t'/  -- }")
	compadd -l -d texts -a words_
}
if [[ $funcstack[1] == _assay ]]; then _assay; else compdef _assay assay; fi
`,
	"fish": `# fish completion of assay. For now: assay completion fish | source
# For good: assay completion fish > ~/.config/fish/completions/assay.fish
complete -c assay -a '(assay %s (commandline -opc)[2..-1] (commandline -ct))'
`,
}
