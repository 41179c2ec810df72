package testkit

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"
)

// The images that tests run, where there is an engine for them. Who has no registry at hand names one of their own.
const (
	kafkaImageEnv = "ASSAY_TEST_KAFKA_IMAGE"
	imageEnv      = "ASSAY_TEST_IMAGE"
)

// KafkaImage is the image of Apache Kafka: the official one, in the version of kafka.sh and docker-compose.yml.
func KafkaImage() string { return cmp.Or(os.Getenv(kafkaImageEnv), "apache/kafka:4.3.1") }

// Image is the image of assay, as docker-compose.yml calls it.
func Image() string { return cmp.Or(os.Getenv(imageEnv), "assay:local") }

// pullLimit is how long an image may take to come.
const pullLimit = 5 * time.Minute

func needDocker() error {
	if err := docker("version", "--format", "{{.Server.Version}}"); err != nil {
		return fmt.Errorf("no engine answers: %w", err)
	}
	if docker("image", "inspect", KafkaImage()) == nil {
		return nil
	}
	if err := docker("pull", "--quiet", KafkaImage()); err != nil {
		return fmt.Errorf("the image %s is not here and cannot be had (%s names another): %w", KafkaImage(), kafkaImageEnv, err)
	}
	return nil
}

func needImage() error {
	if err := needDocker(); err != nil {
		return err
	}
	if docker("image", "inspect", Image()) != nil {
		return fmt.Errorf("there is no image %s (%s names another): make it as deploy/README.md says", Image(), imageEnv)
	}
	return nil
}

func docker(args ...string) error {
	ctx, cancel := context.WithTimeout(context.Background(), pullLimit)
	defer cancel()
	out, err := exec.CommandContext(ctx, "docker", args...).CombinedOutput()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		lines := strings.Split(strings.TrimSpace(string(out)), "\n")
		return errors.New(lines[len(lines)-1])
	}
	return err
}
