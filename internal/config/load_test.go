package config

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestDefaultsRunCensusProfile(t *testing.T) {
	got, origins, err := load("")
	if err != nil {
		t.Fatal(err)
	}
	want := &Settings{
		Kafka: Kafka{
			Brokers: []string{"localhost:9092"}, SessionTimeout: 10 * time.Second, TransactionTimeout: 15 * time.Second,
			Transactions: "classic", GroupProtocol: "auto",
		},
		Group:    "assay",
		Instance: "host-1",
		Commit:   Commit{Every: 200 * time.Millisecond, Idle: 10 * time.Millisecond, Bytes: 16 * MiB},
		Feeds: []Feed{{
			Feed:  "census-profile",
			Input: Input{Topics: []string{"census.in"}},
			Scored: Scored{
				Topic: "census.scored", Format: "json", Columns: "all", Partition: "source", Compression: "lz4",
				Headers: "source", Timestamps: "send", HeadersAllowed: []string{"traceparent"},
			},
			Quality: Output{"census.quality"}, Errors: Output{"census.errors"}, Dead: Output{"census.dead"},
			Results: Output{"census.results"},
		}},
		Limits: Limits{
			BytesInFlight: 64 * MiB, ChunkBytes: 16 * MiB, DecompressedBytes: 256 * MiB, FieldBytes: MiB,
			Columns: 4096, Findings: 100,
		},
		Replay: Replay{MaxAttempts: 3},
		Log:    Log{Level: "info", Format: "auto", Limit: 60},
		Trace:  Trace{Timeout: 5 * time.Second, Queue: 8192},
		Admin:  Admin{Listen: "127.0.0.1:9600", Trial: Trial{Bytes: MiB, Time: 5 * time.Second}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("defaults differ (-want +got):\n%s", diff)
	}
	for path, want := range map[string]string{
		"group": "default", "instance": "default (host name)", "feeds[0].dead.topic": "default (the pack's)",
	} {
		if got := origins.Of(path).String(); got != want {
			t.Errorf("origin of %s is %q, want %q", path, got, want)
		}
	}
}

// An address in a list within braces is one text, as the YAML of the readme has it.
func TestAddressesWithinBraces(t *testing.T) {
	for text, want := range map[string][]string{
		"kafka: {brokers: [kafka-1:9092, 10.0.0.2:9092]}":     {"kafka-1:9092", "10.0.0.2:9092"},
		"kafka: {brokers: [a:1, \"b:2\", 'c:3'], group: x}":   nil, // group stands elsewhere
		"kafka: {brokers: [\"kafka-1:9092\"]}":                {"kafka-1:9092"},
		"kafka: {brokers: [a: 9092]}":                         nil,
		"kafka: {brokers: [a: {b: 1}]}":                       nil,
		"kafka:\n  brokers:\n    - kafka-1:9092\n    - b:2\n": {"kafka-1:9092", "b:2"},
	} {
		s, _, err := load(text)
		switch {
		case want == nil && err == nil:
			t.Errorf("%s: no error", text)
		case want != nil && err != nil:
			t.Errorf("%s: %v", text, err)
		case want != nil && !slices.Equal(s.Kafka.Brokers, want):
			t.Errorf("%s: %q, want %q", text, s.Kafka.Brokers, want)
		}
	}
}

func TestEnvironmentWinsOverFile(t *testing.T) {
	s, origins, err := load("group: one\nlanes: 2\n", "ASSAY_GROUP=two", "ASSAY_LANES=", "PATH=/bin", "ASSAY_START=latest")
	if err != nil {
		t.Fatal(err)
	}
	if s.Group != "two" || s.Lanes != 2 || !s.Start.Latest {
		t.Errorf("got group %q, lanes %d, start %s", s.Group, s.Lanes, s.Start)
	}
	for path, want := range map[string]string{"group": "environment ASSAY_GROUP", "lanes": "assay.yaml:2"} {
		if got := origins.Of(path).String(); got != want {
			t.Errorf("origin of %s is %q, want %q", path, got, want)
		}
	}
}

func TestFeedsFromEnvironment(t *testing.T) {
	t.Run("instead of the default feed", func(t *testing.T) {
		s, _, err := load("", "ASSAY_FEEDS_0_FEED=/contracts/orders.yaml", "ASSAY_FEEDS_0_INPUT_TOPICS=orders.in, more.in",
			"ASSAY_FEEDS_0_SCORED_TOPIC=orders.scored", "ASSAY_FEEDS_0_DEAD_TOPIC=orders.dead")
		if err != nil {
			t.Fatal(err)
		}
		if len(s.Feeds) != 1 || s.Feeds[0].Feed != "/contracts/orders.yaml" || s.Feeds[0].Quality.Topic != "" {
			t.Errorf("got %+v", s.Feeds)
		}
		if diff := cmp.Diff([]string{"orders.in", "more.in"}, s.Feeds[0].Input.Topics); diff != "" {
			t.Error(diff)
		}
	})
	t.Run("one more than in the file", func(t *testing.T) {
		s, _, err := load("feeds: [{feed: census-profile}]\n", "ASSAY_FEEDS_1_FEED=b.yaml", "ASSAY_FEEDS_1_INPUT_TOPICS=b",
			"ASSAY_FEEDS_1_SCORED_TOPIC=c", "ASSAY_FEEDS_1_DEAD_TOPIC=d", "ASSAY_FEEDS_0_SCORED_FORMAT=csv")
		if err != nil {
			t.Fatal(err)
		}
		if len(s.Feeds) != 2 || s.Feeds[0].Scored.Format != "csv" || s.Feeds[1].Scored.Topic != "c" {
			t.Errorf("got %+v", s.Feeds)
		}
	})
}

func TestBadEnvironment(t *testing.T) {
	tests := []struct {
		name string
		env  []string
		want string
	}{
		{"wrong value", []string{"ASSAY_COMMIT_EVERY=fast"},
			`environment ASSAY_COMMIT_EVERY: commit.every: "fast" is not a duration, write for example "200ms"`},
		{"wrong item", []string{"ASSAY_KAFKA_BROKERS=a:1,b"},
			`environment ASSAY_KAFKA_BROKERS: kafka.brokers[1]: "b" is not host:port, write for example "localhost:9092"`},
		{"misspelt", []string{"ASSAY_KAFKA_BROKER=a:1"},
			`environment ASSAY_KAFKA_BROKER: no setting has this name, did you mean ASSAY_KAFKA_BROKERS?`},
		{"unlike any", []string{"ASSAY_PALETTE=blue"}, `environment ASSAY_PALETTE: no setting has this name`},
		{"a gap in the feeds", []string{"ASSAY_FEEDS_7_INPUT_TOPICS=a"},
			`environment ASSAY_FEEDS_7_INPUT_TOPICS: no setting has this name, did you mean ASSAY_FEEDS_0_INPUT_TOPICS?`},
		{"not yet", []string{"ASSAY_KAFKA_SASL_PASSWORD_FILE=/run/secrets/kafka"},
			`environment ASSAY_KAFKA_SASL_PASSWORD_FILE: kafka.sasl is not supported yet by this version`},
		{"secret twice", []string{"ASSAY_ADMIN_TOKEN=x", "ASSAY_ADMIN_TOKEN_FILE=/run/secrets/admin"},
			`environment ASSAY_ADMIN_TOKEN: admin.token: ASSAY_ADMIN_TOKEN_FILE is set as well, use one of them`},
		{"secret file missing", []string{"ASSAY_ADMIN_TOKEN_FILE=/nowhere"},
			`environment ASSAY_ADMIN_TOKEN_FILE: admin.token_file: "/nowhere" cannot be read: no such file`},
		{"secret file empty", []string{"ASSAY_ADMIN_TOKEN_FILE=/run/secrets/empty"},
			`environment ASSAY_ADMIN_TOKEN_FILE: admin.token_file: "/run/secrets/empty" is empty`},
		{"together with a default", []string{"ASSAY_FEEDS_0_INPUT_TOPICS=census.dead"},
			`environment ASSAY_FEEDS_0_INPUT_TOPICS: feeds[0].dead.topic: "census.dead" is also an input of this feed, which would read its own output`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, _, err := load("", tt.env...)
			if err == nil || err.Error() != tt.want {
				t.Errorf("got  %v\nwant %s", err, tt.want)
			}
		})
	}
}

func TestErrorsOfFileComeBeforeEnvironment(t *testing.T) {
	_, _, err := load("group: a b\nlanes: x\n", "ASSAY_LOG_LEVEL=loud", "ASSAY_LANES=y")
	want := []string{"assay.yaml:1:8: group", "assay.yaml:2:8: lanes", "environment ASSAY_LANES", "environment ASSAY_LOG_LEVEL"}
	lines := strings.Split(err.Error(), "\n")
	if len(lines) != len(want) {
		t.Fatalf("got %d errors:\n%v", len(lines), err)
	}
	for i, w := range want {
		if !strings.HasPrefix(lines[i], w) {
			t.Errorf("line %d is %q, want it to begin with %q", i, lines[i], w)
		}
	}
}

func TestForeignVariablesAreIgnored(t *testing.T) {
	_, _, err := load("", "ASSAY_REQUIRE=kafka", "ASSAY_TEST_DIR=/tmp", "ASSAY_SERVICE_HOST=10.0.0.1", "ASSAY_PORT=tcp://10.0.0.1:9600",
		"ASSAY_ADMIN_SERVICE_PORT_HTTP=9600", "ASSAY_ADMIN_PORT_9600_TCP_ADDR=10.0.0.1", "ASSAYER=1")
	if err != nil {
		t.Error(err)
	}
}

func TestSecretsAreNotPrinted(t *testing.T) {
	for _, tt := range []struct{ env, line string }{
		{"ASSAY_ADMIN_TOKEN=s3cret", "  # token: not shown                            # environment ASSAY_ADMIN_TOKEN"},
		{"ASSAY_ADMIN_TOKEN_FILE=/run/secrets/admin", "  token_file: /run/secrets/admin                # environment ASSAY_ADMIN_TOKEN_FILE"},
	} {
		s, origins, err := load("", tt.env)
		if err != nil {
			t.Fatal(err)
		}
		if s.Admin.Token != "s3cret" {
			t.Errorf("%s: token is %q", tt.env, s.Admin.Token)
		}
		var out strings.Builder
		if err := s.Print(&out, origins); err != nil {
			t.Fatal(err)
		}
		if strings.Contains(out.String(), "s3cret") || !strings.Contains(out.String(), tt.line+"\n") {
			t.Errorf("%s: printed\n%s", tt.env, out.String())
		}
	}
}

func TestFileThatCannotBeRead(t *testing.T) {
	_, _, err := Load(Source{Path: "nowhere.yaml", ReadFile: func(string) ([]byte, error) {
		return nil, &os.PathError{Op: "open", Path: "nowhere.yaml", Err: errors.New("no such file")}
	}, Hostname: func() (string, error) { return "host-1", nil }})
	if want := "nowhere.yaml: the settings file cannot be read: no such file"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestHostWithoutName(t *testing.T) {
	src := Source{Hostname: func() (string, error) { return "", errors.New("no name") }}
	if _, _, err := Load(src); err == nil || err.Error() != "instance: this host has no usable name, set one" {
		t.Errorf("got %v", err)
	}
	src.Env = []string{"ASSAY_INSTANCE=assay-0"}
	s, _, err := Load(src)
	if err != nil || s.Instance != "assay-0" {
		t.Errorf("got %v, %v", s, err)
	}
}

// FuzzLoad reads arbitrary text: whatever it is, the answer is settings that print and read back as the same, or errors
// that each have a place.
func FuzzLoad(f *testing.F) {
	for _, dir := range []string{"good", "bad"} {
		entries, err := os.ReadDir("testdata/" + dir)
		if err != nil {
			f.Fatal(err)
		}
		for _, e := range entries {
			if !strings.HasSuffix(e.Name(), ".yaml") {
				continue
			}
			data, err := os.ReadFile("testdata/" + dir + "/" + e.Name())
			if err != nil {
				f.Fatal(err)
			}
			f.Add(string(data))
		}
	}
	f.Fuzz(func(t *testing.T, in string) {
		s, origins, err := load(in)
		if err != nil {
			var all Errors
			if !errors.As(err, &all) {
				t.Fatalf("%T: %v", err, err)
			}
			for _, e := range all {
				if e.Origin.File != "assay.yaml" {
					t.Errorf("an error has no place: %v", e)
				}
			}
			return
		}
		var out strings.Builder
		if err := s.Print(&out, origins); err != nil {
			t.Fatal(err)
		}
		again, _, err := load(out.String())
		if err != nil {
			t.Fatalf("printed settings cannot be read back: %v\n%s", err, out.String())
		}
		if diff := cmp.Diff(s, again); diff != "" {
			t.Errorf("printed settings read back differ:\n%s", diff)
		}
	})
}

// What is wrong with the name of a feed is told where it stands, and nothing else of that feed.
func TestWrongFeeds(t *testing.T) {
	text := "feeds:\n  - feed: census-profle\n  - {feed: census-profile, input: {topics: [a]}}\n  -\n    input: {topics: [b]}\n    feed: ./gone.yaml\n"
	src := Source{Path: "assay.yaml", ReadFile: func(string) ([]byte, error) { return []byte(text), nil }, Hostname: func() (string, error) { return "h", nil }}
	src.WrongFeed = func(name string) string {
		if name == "census-profile" {
			return ""
		}
		return name + " is none"
	}
	_, _, err := Load(src)
	want := "assay.yaml:2:11: feeds[0].feed: census-profle is none\nassay.yaml:6:11: feeds[2].feed: ./gone.yaml is none"
	if err == nil || err.Error() != want {
		t.Errorf("%v\nwant\n%s", err, want)
	}
	src.Env = []string{"ASSAY_FEEDS_0_FEED=orders"}
	text = ""
	if _, _, err := Load(src); err == nil || err.Error() != "environment ASSAY_FEEDS_0_FEED: feeds[0].feed: orders is none" {
		t.Error(err)
	}
}
