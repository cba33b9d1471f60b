package main

import (
	"crypto/tls"
	"errors"

	"tollkeeper/internal/metrics"
)

// listen opens the doors that have sockets of their own, those that a setting asks
// for. Secure is what TLS is served with, nil where it is not.
func (p *Program) listen(counters *metrics.Metrics, secure *tls.Config) error {
	return errors.Join(p.openRadius(counters, secure), p.openRedirect(counters, secure))
}
