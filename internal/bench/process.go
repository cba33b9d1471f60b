package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// process is a child that is measured.
type process struct {
	cmd   *exec.Cmd
	said  *tail         // what it wrote to its standard error last
	ended chan struct{} // closed when it has, and err says how
	err   error
}

// newProcess prepares a process. Its standard error is kept for errors.
func newProcess(cmd *exec.Cmd) *process {
	p := &process{cmd: cmd, said: new(tail), ended: make(chan struct{})}
	cmd.Stderr = p.said
	return p
}

// start starts the process and watches for its end.
func (p *process) start() error {
	if err := p.cmd.Start(); err != nil {
		return err
	}
	go func() {
		p.err = p.cmd.Wait()
		close(p.ended)
	}()
	return nil
}

// kill ends the process without ceremony, and waits for it.
func (p *process) kill() {
	p.cmd.Process.Kill()
	<-p.ended
}

// stopTimeout bounds the draining of a server that is told to stop.
const stopTimeout = 30 * time.Second

// stop asks the process to end, and waits for it. It is an error if the process
// does not end well.
func (p *process) stop() error {
	p.cmd.Process.Signal(syscall.SIGTERM) // no error matters: how the process ended says it all
	late := time.AfterFunc(stopTimeout, func() { p.cmd.Process.Kill() })
	defer late.Stop()
	<-p.ended
	if p.err != nil {
		return fmt.Errorf("the server did not stop cleanly: %w: %s", p.err, p.said)
	}
	return nil
}

// tick is the unit of processor time in /proc, the same on all common Linux
// architectures (sysconf(_SC_CLK_TCK), proc_pid_stat(5)).
const tick = time.Second / 100

// cpu is the processor time the process has used, all its threads included.
func (p *process) cpu() (time.Duration, error) {
	stat, err := readStat(p.cmd.Process.Pid)
	return stat.used, err
}

// stat is what /proc tells of a process.
type stat struct {
	parent int
	used   time.Duration // of the process
	gone   time.Duration // of its children that have ended
}

// readStat reads /proc/PID/stat (proc_pid_stat(5)).
func readStat(pid int) (s stat, err error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return s, err
	}
	// The second field, the name, ends with the last parenthesis; the parent is the
	// 4th field, utime, stime, cutime and cstime are the 14th to the 17th.
	fields := bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:])
	if len(fields) < 15 {
		return s, fmt.Errorf("unexpected process statistics: %s", text)
	}
	ticks := func(i int) time.Duration {
		n, parseErr := strconv.ParseInt(string(fields[i]), 10, 64)
		err = errors.Join(err, parseErr)
		return time.Duration(n) * tick
	}
	parent := ticks(1) / tick
	s = stat{parent: int(parent), used: ticks(11) + ticks(12), gone: ticks(13) + ticks(14)}
	return s, err
}

// familyCPU is the processor time of a process and of all its children, those that
// have ended included.
func familyCPU(parent int) (time.Duration, error) {
	own, err := readStat(parent)
	if err != nil {
		return 0, err
	}
	sum := own.used + own.gone
	entries, err := os.ReadDir("/proc")
	if err != nil {
		return 0, err
	}
	for _, entry := range entries {
		pid, err := strconv.Atoi(entry.Name())
		if err != nil {
			continue
		}
		if child, err := readStat(pid); err == nil && child.parent == parent { // else it has just ended
			sum += child.used
		}
	}
	return sum, nil
}

// memory is what a process holds in memory, in bytes.
type memory struct {
	rss       int64
	anonymous int64 // the part of rss that is not pages of files
}

// memory reads VmRSS and RssAnon (proc_pid_status(5)).
func (p *process) memory() (m memory, err error) {
	file, err := os.Open(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return m, err
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		key, value, _ := strings.Cut(lines.Text(), ":")
		kilobytes, _ := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(value, "kB")), 10, 64)
		switch key {
		case "VmRSS":
			m.rss = kilobytes << 10
		case "RssAnon":
			m.anonymous = kilobytes << 10
		}
	}
	if m.rss == 0 {
		return m, errors.New("the process has no memory: it has ended")
	}
	return m, nil
}

// tail keeps the end of what is written to it.
type tail struct{ end []byte }

// maxTail is enough for the last words of a server.
const maxTail = 2000

// Write never fails.
func (t *tail) Write(b []byte) (int, error) {
	t.end = append(t.end, b[max(0, len(b)-maxTail):]...)
	t.end = t.end[max(0, len(t.end)-maxTail):]
	return len(b), nil
}

func (t *tail) String() string { return string(t.end) }
