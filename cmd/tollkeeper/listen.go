package main

import (
	"crypto/tls"
	"errors"

	"tollkeeper/internal/jobs"
)

// listen opens the doors that have sockets of their own, those that a setting asks
// for. Secure is what TLS is served with, nil where it is not.
func (p *Program) listen(secure *tls.Config) error {
	return errors.Join(p.openRadius(secure), p.openRedirect(secure), p.openDiameter(secure), p.openAsterisk())
}

// following makes the jobs that follow the calls of switches over sockets of theirs.
// Every node follows those it is told of; two that follow the same do no harm.
func (p *Program) following() []jobs.Job {
	return append(p.followFreeSWITCH(), p.followAsterisk()...)
}
