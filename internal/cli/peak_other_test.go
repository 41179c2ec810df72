//go:build !unix

package cli

func reportPeak() {}
