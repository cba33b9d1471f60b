//go:build unix

package main

import "syscall"

// Everything the program writes holds money or calls: nobody else may read it.
func init() { syscall.Umask(0o077) }
