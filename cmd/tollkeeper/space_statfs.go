//go:build linux || darwin

package main

import "syscall"

// freeSpace is how many bytes a folder's file system has left for the server.
func freeSpace(folder string) (bytes int64, known bool) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(folder, &s); err != nil {
		return 0, false
	}
	return int64(s.Bavail) * int64(s.Bsize), true
}
