//go:build !unix

package testkit

import "errors"

func tryLock(string) (bool, error) { return false, errors.ErrUnsupported }
