package config

// censusProfile is the pack that runs where no feed is named, and the one that has topics of its own.
const censusProfile = "census-profile"

// output is one of the topics that a feed writes.
type output struct {
	name  string // in the settings
	topic *string
}

// outputs gives what f writes, in the order of the settings.
func (f *Feed) outputs() []output {
	return []output{
		{"scored", &f.Scored.Topic},
		{"quality", &f.Quality.Topic},
		{"errors", &f.Errors.Topic},
		{"dead", &f.Dead.Topic},
		{"results", &f.Results.Topic},
	}
}

// complete makes the defaults that depend on other settings or on the host, and asks for what has no default.
func (l *loader) complete() {
	l.completeInstance()
	s := &l.settings
	if len(s.Feeds) == 0 {
		l.fail(l.origins.Of("feeds"), "feeds: at least one feed is needed")
		return
	}
	if _, written := l.origins.at["feeds"]; !written && s.Feeds[0].Feed == "" {
		s.Feeds[0].Feed = censusProfile
	}
	for i := range s.Feeds {
		if !l.doubtful[i] {
			l.completeFeed(index("feeds", i), &s.Feeds[i])
		}
	}
}

func (l *loader) completeInstance() {
	if l.settings.Instance != "" {
		return
	}
	host, err := l.src.Hostname()
	if err == nil && name(host) == "" {
		l.settings.Instance = host
		l.origins.at["instance"] = Origin{Auto: "host name"}
		return
	}
	l.fail(Origin{}, "instance: this host has no usable name, set one")
}

// completeFeed gives a pack its topics. An output that was written as empty stays empty: so it is turned off.
func (l *loader) completeFeed(path string, f *Feed) {
	if f.Feed == "" {
		l.fail(l.near(path+".feed", path), "%s.feed is missing: a pack's name, or the path of a contract", path)
		return
	}
	if why := l.src.WrongFeed(f.Feed); why != "" { // what else the feed lacks may be the right one's by default
		l.fail(l.near(path+".feed", path), "%s.feed: %s", path, why)
		return
	}
	if f.Feed == censusProfile {
		l.fromPack(path+".input.topics", len(f.Input.Topics) == 0, func() { f.Input.Topics = []string{"census.in"} })
		for _, o := range f.outputs() {
			l.fromPack(path+"."+o.name+".topic", *o.topic == "", func() { *o.topic = "census." + o.name })
		}
	}
	if at := path + ".input.topics"; len(f.Input.Topics) == 0 {
		l.fail(l.near(at, path), "%s is missing: the topics that %q reads", at, f.Feed)
	}
	if at := path + ".scored.topic"; f.Scored.Topic == "" {
		l.fail(l.near(at, path), "%s is missing: the topic for scored rows", at)
	}
	if at := path + ".dead.topic"; f.Dead.Topic == "" {
		l.fail(l.near(at, path), "%s is missing: the topic for refused rows, which would be lost without it", at)
	}
}

// fromPack sets a pack's default where nobody has written the setting.
func (l *loader) fromPack(path string, empty bool, set func()) {
	if _, written := l.origins.at[path]; written || !empty {
		return
	}
	set()
	l.origins.at[path] = Origin{Auto: "the pack's"}
}

// near gives the first of the paths' origins that somebody has written.
func (l *loader) near(paths ...string) Origin {
	for _, p := range paths {
		if o := l.origins.Of(p); o.place() != "" {
			return o
		}
	}
	return Origin{}
}
