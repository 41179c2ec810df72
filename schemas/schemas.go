// Package schemas holds data that ships in the binary: the error catalogue and the feed packs. It holds no logic.
package schemas

import "embed"

// Errors is the error catalogue. Package fault is generated from it.
//
//go:embed errors.json
var Errors []byte

// Feeds holds the feed packs: feeds/NAME/feed.yaml and the files that it refers to.
//
//go:embed all:feeds
var Feeds embed.FS
