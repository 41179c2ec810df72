package cli

import (
	"errors"
	"fmt"
	"os"
	"slices"

	"github.com/assay-dev/assay/internal/config"
	"github.com/assay-dev/assay/internal/feed"
	"github.com/assay-dev/assay/internal/service"
)

// settingsFlags are the flags of every command that reads the settings.
type settingsFlags struct {
	Config  string  `short:"c" placeholder:"FILE" help:"Settings file; without one the defaults and the environment hold."`
	Brokers *string `placeholder:"HOST:PORT,…" help:"Kafka's addresses, instead of those of the settings."`
}

// load reads the settings; what is wrong with them comes back as one usage error with a line for each. Contracts may lie elsewhere.
func (f *settingsFlags) load() (*config.Settings, *config.Origins, error) { return f.read(wrongPack) }

// wrongPack says what is wrong with a feed that is called by a pack's name, or "".
func wrongPack(name string) string {
	if !service.IsPack(name) || slices.Contains(feed.Packs(), name) {
		return ""
	}
	_, err := feed.Pack(name)
	return fmt.Sprintf("%v (a contract is called by its path, such as ./%s.yaml)", err, name)
}

// wrongFeed says what is wrong with a feed whose contract is needed here, or "".
func wrongFeed(name string) string {
	if why := wrongPack(name); why != "" || service.IsPack(name) {
		return why
	}
	if _, err := os.Stat(name); err != nil {
		return fmt.Sprintf("the contract %s cannot be read: %s", name, reason(err))
	}
	return ""
}

func (f *settingsFlags) read(wrong func(feed string) string) (*config.Settings, *config.Origins, error) {
	env, flags := os.Environ(), map[string]string(nil)
	if f.Brokers != nil {
		if *f.Brokers == "" { // a shell's variable that is not set: to go to the default would be a surprise
			return nil, nil, usageError("--brokers is empty, want HOST:PORT")
		}
		const name = "ASSAY_KAFKA_BROKERS"
		env, flags = append(env, name+"="+*f.Brokers), map[string]string{name: "--brokers"}
	}
	s, origins, err := config.Load(config.Source{Path: f.Config, Env: env, Flags: flags, WrongFeed: wrong})
	var all config.Errors
	switch {
	case errors.As(err, &all):
		return nil, nil, &settingsError{all}
	case err != nil:
		return nil, nil, &exitError{code: exitUsage, err: err}
	}
	return s, origins, nil
}

// settingsError is printed as it is: file:line:column stands at the beginning of each line, where editors look for it.
type settingsError struct{ all config.Errors }

func (e *settingsError) Error() string { return fmt.Sprint(e.all) }
