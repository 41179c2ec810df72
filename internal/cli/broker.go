package cli

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/assay-dev/assay/internal/config"
	"github.com/assay-dev/assay/internal/embedded"
)

type brokerCmd struct {
	Listen string   `default:"127.0.0.1:9092" placeholder:"HOST:PORT" help:"Where to listen, on this machine only; port 0 is any that is free (default: 127.0.0.1:9092)."`
	Topics []string `placeholder:"TOPIC[:PARTITIONS]" help:"Topics to make, with 4 partitions unless told otherwise (default: those that the settings name)."`
	Config string   `short:"c" placeholder:"FILE" help:"Settings whose topics are made; without them those of census-profile."`
	Data   string   `placeholder:"DIR" help:"Keep everything in this folder over a restart; without it all is gone when the broker ends."`
	JSON   bool     `help:"Print the address and the topics as one JSON line."`
}

// Run runs until ctx ends.
func (c *brokerCmd) Run(ctx context.Context, s *streams) error {
	o := embedded.Options{DataDir: c.Data}
	var err error
	if o.Port, err = loopbackPort(c.Listen); err != nil {
		return err
	}
	if o.Topics, err = c.topics(); err != nil {
		return err
	}
	b, err := embedded.Start(o)
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("another process listens on %s: --listen 127.0.0.1:0 takes any free port", c.Listen)
	}
	if err != nil {
		return err
	}
	defer b.Close()
	if err := c.tell(s, b.Addr(), o.Topics); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

// loopbackPort gives the port of an address of this machine alone.
func loopbackPort(address string) (int, error) {
	host, number, err := net.SplitHostPort(address)
	port, e := strconv.ParseUint(number, 10, 16)
	if err != nil || e != nil {
		return 0, usageError("--listen %s: want HOST:PORT, such as 127.0.0.1:9092", address)
	}
	if host != "" && host != "localhost" && host != "127.0.0.1" {
		return 0, usageError("--listen %s: the embedded broker is for try-outs and listens on 127.0.0.1 only", address)
	}
	return int(port), nil
}

// topics gives the topics to make.
func (c *brokerCmd) topics() ([]embedded.Topic, error) {
	var all []embedded.Topic
	for _, t := range c.Topics {
		name, number, given := strings.Cut(t, ":")
		n := uint64(freshPartitions)
		if given {
			var err error
			if n, err = strconv.ParseUint(number, 10, 31); err != nil || n == 0 {
				return nil, usageError("--topics %s: %q is no number of partitions", t, number)
			}
		}
		all = append(all, embedded.Topic{Name: name, Partitions: int32(n)})
	}
	if all != nil {
		return all, nil
	}
	flags := settingsFlags{Config: c.Config}
	settings, _, err := flags.load()
	if err != nil {
		return nil, err
	}
	return settingsTopics(settings), nil
}

// settingsTopics gives the topics that the settings name.
func settingsTopics(s *config.Settings) []embedded.Topic {
	var all []embedded.Topic
	for _, t := range wanted(s) {
		topic := embedded.Topic{Name: t.Topic, Partitions: freshPartitions}
		if !slices.Contains(all, topic) {
			all = append(all, topic)
		}
	}
	return all
}

// tell says how to use the broker.
func (c *brokerCmd) tell(s *streams, addr string, topics []embedded.Topic) error {
	if c.JSON {
		type topic struct {
			Topic      string `json:"topic"`
			Partitions int32  `json:"partitions"`
		}
		all := []topic{}
		for _, t := range topics {
			all = append(all, topic{t.Name, t.Partitions})
		}
		return json.NewEncoder(s.out).Encode(map[string]any{"brokers": addr, "topics": all})
	}
	kept := "Ctrl-C ends it, and all that is in it"
	if c.Data != "" {
		kept = "Ctrl-C ends it; " + c.Data + " keeps what is in it"
	}
	var names []string
	for _, t := range topics {
		names = append(names, fmt.Sprintf("%s (%d)", t.Name, t.Partitions))
	}
	settings := ""
	if c.Config != "" {
		settings = " -c " + c.Config
	}
	_, err := fmt.Fprintf(s.out, `embedded broker on %s; %s
topics: %s

  assay run%s --brokers %s
  assay load people.csv --brokers %s --topic %s
  assay inspect --brokers %s --follow --topic %s
`, addr, kept, strings.Join(names, ", "), settings, addr, addr, topics[0].Name, addr, topics[min(1, len(topics)-1)].Name)
	return err
}
