package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/assay-dev/assay/internal/broker"
)

// contactTimeout is how long a command that people wait for tries to reach Kafka before it says that it cannot.
const contactTimeout = 10 * time.Second

// contact gives a client for a command that is not the service: it gives up early and says at which addresses.
func contact(brokers []string, command string) (*broker.Client, error) {
	return broker.NewClient(broker.Config{Brokers: brokers, ClientID: "assay-" + command, RequestTimeout: contactTimeout / 2, Tries: 3})
}

// ask runs a question to Kafka that must be answered soon.
func ask(ctx context.Context, brokers []string, question func(context.Context) error) error {
	limited, cancel := context.WithTimeout(ctx, contactTimeout)
	defer cancel()
	err := question(limited)
	at := strings.Join(brokers, ", ")
	var unanswered *broker.TransportError
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &unanswered):
		return fmt.Errorf("no answer from Kafka at %s: %w", at, unanswered.Err)
	case limited.Err() != nil:
		return fmt.Errorf("no answer in time from Kafka at %s: %w", at, err)
	}
	return fmt.Errorf("asking Kafka at %s: %w", at, err)
}
