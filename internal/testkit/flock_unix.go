//go:build unix

package testkit

import (
	"errors"
	"os"
	"syscall"
)

// tryLock locks the file at path for this process until it ends. It gives false when another process holds it.
func tryLock(path string) (bool, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return false, err
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if err == nil {
		held = append(held, f)
		return true, nil
	}
	f.Close()
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return false, nil
	}
	return false, err
}

// held keeps locked files reachable: the collector would close, and so unlock, them.
var held []*os.File
