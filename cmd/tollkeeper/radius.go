package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"

	"tollkeeper"
	"tollkeeper/internal/radius"
	"tollkeeper/internal/store"
)

// radiusSettings are what a carrier can decide about RADIUS.
type radiusSettings struct {
	RadiusListen    []string `help:"Addresses and ports to answer RADIUS on, such as 192.0.2.1:1812,192.0.2.1:1813; each takes both authorisation and accounting." placeholder:"HOST:PORT"`
	RadiusClients   string   `help:"YAML file with the switches that may ask by RADIUS, and their secrets." placeholder:"FILE"`
	RadiusTLSListen string   `name:"radius-tls-listen" help:"Address and port to answer RADIUS over TLS on (RadSec), such as 192.0.2.1:2083." placeholder:"HOST:PORT"`
	RadiusTLSCA     string   `name:"radius-tls-ca" help:"PEM file with the authorities that sign the certificates of switches; required with radius-tls-listen." placeholder:"FILE"`
}

// validate finds everything that is wrong with the settings but the clients file.
func (s *radiusSettings) validate() (faults []string) {
	listens := len(s.RadiusListen) > 0 || s.RadiusTLSListen != ""
	for _, address := range s.RadiusListen {
		if _, _, err := net.SplitHostPort(address); err != nil {
			faults = append(faults, fmt.Sprintf("radius-listen: %q must be an address and a port, such as 192.0.2.1:1812", address))
		}
	}
	if listens && s.RadiusClients == "" {
		faults = append(faults, "radius-clients: is required with radius-listen and radius-tls-listen")
	}
	if (s.RadiusTLSListen == "") != (s.RadiusTLSCA == "") {
		faults = append(faults, "radius-tls-ca: must be given together with radius-tls-listen")
	}
	return faults
}

// openRadius answers RADIUS, where the settings say so. Secure is what TLS is served
// with.
func (p *Program) openRadius(secure *tls.Config) error {
	s := &p.settings.radiusSettings
	if len(s.RadiusListen) == 0 && s.RadiusTLSListen == "" {
		return nil
	}
	file, err := os.Open(s.RadiusClients)
	if err != nil {
		return fmt.Errorf("radius-clients: %w", err)
	}
	defer file.Close()
	clients, err := radius.ReadClients(file)
	if err != nil {
		return fmt.Errorf("radius-clients: %s: %w", s.RadiusClients, err)
	}
	door := radius.Open(radius.Config{
		Calls: p.calls, Trunks: p.trunks, Balances: credits{p.store}, Clients: clients, Currency: p.settings.Currency,
		Log: p.log.logger(p.settings.LogLevel), Observe: p.metrics.Decision,
		Count: func(o radius.Outcome) { p.metrics.Message("radius", string(o)) },
	})
	p.sockets = append(p.sockets, door)
	for _, address := range s.RadiusListen {
		at, err := door.Listen(address)
		if err != nil {
			return err
		}
		fmt.Fprintf(p.stdout, "RADIUS is answered on %s\n", at)
	}
	if s.RadiusTLSListen == "" {
		return nil
	}
	if secure, err = s.mutual(secure); err != nil {
		return err
	}
	at, err := door.ListenTLS(s.RadiusTLSListen, secure)
	if err == nil {
		fmt.Fprintf(p.stdout, "RADIUS over TLS is answered on %s\n", at)
	}
	return err
}

// mutual lets only switches in whose certificates our authorities have signed (RFC
// 6614, section 2.3).
func (s *radiusSettings) mutual(secure *tls.Config) (*tls.Config, error) {
	if secure == nil {
		return nil, errors.New("radius-tls-listen: needs a certificate, by tls-cert and tls-key or by acme-domains")
	}
	pem, err := os.ReadFile(s.RadiusTLSCA)
	if err != nil {
		return nil, fmt.Errorf("radius-tls-ca: %w", err)
	}
	mutual := secure.Clone()
	mutual.NextProtos, mutual.ClientAuth, mutual.ClientCAs = nil, tls.RequireAndVerifyClientCert, x509.NewCertPool()
	if !mutual.ClientCAs.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("radius-tls-ca: %s has no certificate in PEM", s.RadiusTLSCA)
	}
	return mutual, nil
}

// credits reads what customers have left.
type credits struct{ store *store.Store }

func (b credits) Available(ctx context.Context, id tollkeeper.ID) (tollkeeper.Micros, error) {
	a, err := b.store.Account(ctx, id)
	return a.Available(), err
}
