package deploy_test

import (
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/compose-spec/compose-go/v2/loader"
	"github.com/compose-spec/compose-go/v2/types"
	"github.com/goccy/go-yaml"

	"github.com/assay-dev/assay/internal/config"
)

// project reads docker-compose.yml as docker compose does: against its schema, with what depends on what.
func project(t *testing.T) *types.Project {
	t.Helper()
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(root, "docker-compose.yml")
	p, err := loader.LoadWithContext(t.Context(), types.ConfigDetails{
		WorkingDir: root, ConfigFiles: []types.ConfigFile{{Filename: path, Content: []byte(read(t, path))}},
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestComposePinsWhatItRuns(t *testing.T) {
	for name, s := range project(t).Services {
		if s.Build == nil {
			if !pinned.MatchString(s.Image) {
				t.Errorf("%s: image %q has no version of three numbers", name, s.Image)
			}
			continue
		}
		path := filepath.Join(s.Build.Context, s.Build.Dockerfile)
		if _, err := os.Stat(path); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The Kafka beside assay is the one that the tests run on.
func TestComposeHasTheKafkaOfTheTests(t *testing.T) {
	version := regexp.MustCompile(`KAFKA_VERSION:-([0-9.]+)`).FindStringSubmatch(read(t, "../internal/testkit/kafka.sh"))
	if image := project(t).Services["kafka"].Image; version == nil || image != "apache/kafka:"+version[1] {
		t.Errorf("compose runs %s, the tests %v", image, version)
	}
}

func TestComposeMountsWhatThereIs(t *testing.T) {
	p := project(t)
	mounts := 0
	for name, s := range p.Services {
		for _, v := range s.Volumes {
			switch v.Type {
			case types.VolumeTypeBind:
				mounts++
				if _, err := os.Stat(v.Source); err != nil {
					t.Errorf("%s: %v", name, err)
				}
				if !v.ReadOnly {
					t.Errorf("%s: %s may be written to", name, v.Source)
				}
			case types.VolumeTypeVolume:
				if _, ok := p.Volumes[v.Source]; !ok {
					t.Errorf("%s: there is no volume %s", name, v.Source)
				}
			default:
				t.Errorf("%s: a mount of type %s", name, v.Type)
			}
		}
	}
	if mounts == 0 {
		t.Error("no file of this folder is mounted")
	}
}

// ours gives the services that run the image of this folder.
func ours(t *testing.T, p *types.Project) map[string]types.ServiceConfig {
	t.Helper()
	found := map[string]types.ServiceConfig{}
	for name, s := range p.Services {
		if s.Build != nil {
			found[name] = s
		}
	}
	if len(found) < 2 {
		t.Fatalf("compose runs the image as %d services", len(found))
	}
	return found
}

func TestComposeLocksTheImageUp(t *testing.T) {
	for name, s := range ours(t, project(t)) {
		if !s.ReadOnly || !slices.Equal(s.CapDrop, []string{"ALL"}) || !slices.Contains(s.SecurityOpt, "no-new-privileges:true") {
			t.Errorf("%s: read-only %v, capabilities dropped %v, %v", name, s.ReadOnly, s.CapDrop, s.SecurityOpt)
		}
		if s.User != "" || s.Privileged {
			t.Errorf("%s runs as %q, privileged %v, not as the image's user", name, s.User, s.Privileged)
		}
	}
}

// settingsOf loads the settings that a service of the image gets, with a token as the token service would write it.
func settingsOf(t *testing.T, s types.ServiceConfig) *config.Settings {
	t.Helper()
	stages := dockerfile(t, "Dockerfile")
	env := stages[len(stages)-1].env()
	for name, value := range s.Environment {
		env = append(env, name+"="+*value)
	}
	settings, _, err := config.Load(config.Source{
		Env:      env,
		Hostname: func() (string, error) { return "host", nil },
		ReadFile: func(path string) ([]byte, error) {
			for _, v := range s.Volumes {
				if v.Target == filepath.ToSlash(filepath.Dir(path)) {
					return []byte("token\n"), nil
				}
			}
			return nil, os.ErrNotExist
		},
	})
	if err != nil {
		t.Fatalf("%s: %v", s.Name, err)
	}
	return settings
}

func TestComposeGivesSettingsThatAreKnown(t *testing.T) {
	p := project(t)
	inside := listeners(p)["INSIDE"]
	for name, s := range ours(t, p) {
		settings := settingsOf(t, s)
		if !slices.Equal(settings.Kafka.Brokers, []string{inside}) {
			t.Errorf("%s goes to %v, Kafka is at %s", name, settings.Kafka.Brokers, inside)
		}
		if settings.Admin.Token == "" || !strings.HasPrefix(settings.Admin.Listen, "0.0.0.0:") {
			t.Errorf("%s listens at %s with the token %q", name, settings.Admin.Listen, settings.Admin.Token)
		}
	}
	if at := *p.Services["kafka-ui"].Environment["KAFKA_CLUSTERS_0_BOOTSTRAPSERVERS"]; at != inside {
		t.Errorf("kafka-ui goes to %s, Kafka is at %s", at, inside)
	}
}

// listeners gives the addresses that Kafka tells clients, by the name of the listener.
func listeners(p *types.Project) map[string]string {
	found := map[string]string{}
	for l := range strings.SplitSeq(*p.Services["kafka"].Environment["KAFKA_ADVERTISED_LISTENERS"], ",") {
		name, addr, _ := strings.Cut(l, "://")
		found[name] = addr
	}
	return found
}

// On the machine itself everything is where assay looks by default, and nothing can be reached from elsewhere.
func TestComposePublishesTheDefaultPorts(t *testing.T) {
	p := project(t)
	defaults, _, err := config.Load(config.Source{Hostname: func() (string, error) { return "host", nil }})
	if err != nil {
		t.Fatal(err)
	}
	published := map[string]string{}
	for name, s := range p.Services {
		for _, port := range s.Ports {
			if port.HostIP != "127.0.0.1" {
				t.Errorf("%s: port %s is published on %q", name, port.Published, port.HostIP)
			}
			published[name] = port.Published
		}
	}
	if at := listeners(p)["HOST"]; !slices.Equal(defaults.Kafka.Brokers, []string{at}) || portOf(t, at) != published["kafka"] {
		t.Errorf("Kafka is at %s, published at %s, and looked for at %v", at, published["kafka"], defaults.Kafka.Brokers)
	}
	admin := portOf(t, defaults.Admin.Listen)
	stages := dockerfile(t, "Dockerfile")
	if got := stages[len(stages)-1].last("EXPOSE"); got != admin || published["assay"] != admin {
		t.Errorf("the admin server is exposed at %s and published at %s, its default is %s", got, published["assay"], admin)
	}
	if inside := portOf(t, settingsOf(t, p.Services["assay"]).Admin.Listen); inside != admin {
		t.Errorf("in the container it listens at %s", inside)
	}
}

func portOf(t *testing.T, addr string) string {
	t.Helper()
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// Whatever Prometheus and Grafana are told to ask is a service of the file, at a port that it listens on.
func TestPrometheusAndGrafanaFindEachOther(t *testing.T) {
	p := project(t)
	var prometheus struct {
		RuleFiles     []string `yaml:"rule_files"`
		ScrapeConfigs []struct {
			StaticConfigs []struct {
				Targets []string `yaml:"targets"`
			} `yaml:"static_configs"`
		} `yaml:"scrape_configs"`
	}
	parse(t, "prometheus.yml", &prometheus)
	var targets []string
	for _, s := range prometheus.ScrapeConfigs {
		for _, c := range s.StaticConfigs {
			targets = append(targets, c.Targets...)
		}
	}
	var sources struct {
		Datasources []struct {
			UID string `yaml:"uid"`
			URL string `yaml:"url"`
		} `yaml:"datasources"`
	}
	parse(t, "grafana/provisioning/datasources/prometheus.yml", &sources)
	for _, s := range sources.Datasources {
		targets = append(targets, strings.TrimPrefix(s.URL, "http://"))
	}
	if len(targets) != 2 {
		t.Errorf("asked are %v", targets)
	}
	for _, at := range targets {
		host, port, _ := net.SplitHostPort(at)
		s, ok := p.Services[host]
		if !ok || len(s.Ports) == 0 || port != s.Ports[0].Published {
			t.Errorf("%s is no service of the file at its port", at)
		}
	}
	for _, f := range prometheus.RuleFiles {
		if !slices.ContainsFunc(p.Services["prometheus"].Volumes, func(v types.ServiceVolumeConfig) bool { return v.Target == "/etc/prometheus/"+f }) {
			t.Errorf("the rule file %s is not mounted", f)
		}
	}
	var providers struct {
		Providers []struct {
			Options struct {
				Path string `yaml:"path"`
			} `yaml:"options"`
		} `yaml:"providers"`
	}
	parse(t, "grafana/provisioning/dashboards/assay.yml", &providers)
	for _, want := range []string{providers.Providers[0].Options.Path, filepath.ToSlash(filepath.Dir(*p.Services["grafana"].Environment["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]))} {
		if !slices.ContainsFunc(p.Services["grafana"].Volumes, func(v types.ServiceVolumeConfig) bool { return v.Target == want }) {
			t.Errorf("no dashboards are mounted at %s", want)
		}
	}
}

func parse(t *testing.T, path string, to any) {
	t.Helper()
	if err := yaml.Unmarshal([]byte(read(t, path)), to); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}
