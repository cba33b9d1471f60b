package main

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/netip"

	"tollkeeper/internal/redirect"
)

// redirectSettings are what a carrier can decide about the SIP redirect server.
type redirectSettings struct {
	SIPListen     []string       `name:"sip-listen" help:"Addresses and ports to answer INVITEs on by a redirect, over UDP and TCP." placeholder:"HOST:PORT"`
	SIPTLSListen  []string       `name:"sip-tls-listen" help:"Addresses and ports to answer INVITEs on over TLS, with the certificate of the server." placeholder:"HOST:PORT"`
	SIPNetworks   []netip.Prefix `name:"sip-networks" help:"Networks of the switches that may ask by SIP; required with sip-listen and sip-tls-listen." placeholder:"NETWORK"`
	SIPDecline    bool           `name:"sip-decline" help:"Deny calls by 603, which keeps a switch from trying its next route; the status stands in Reason."`
	SIPRedirectTo string         `name:"sip-redirect-to" help:"Where INVITEs of allowed calls are redirected to; back to the switch that asked when absent." placeholder:"HOST:PORT"`
}

// validate finds everything that is wrong with the settings. Secured says whether the
// server has a certificate.
func (s *redirectSettings) validate(secured bool) (faults []string) {
	for name, addresses := range map[string][]string{"sip-listen": s.SIPListen, "sip-tls-listen": s.SIPTLSListen} {
		for _, address := range addresses {
			if _, _, err := net.SplitHostPort(address); err != nil {
				faults = append(faults, fmt.Sprintf("%s: %q must be an address and a port, such as 192.0.2.1:5060", name, address))
			}
		}
	}
	if len(s.SIPListen)+len(s.SIPTLSListen) > 0 && len(s.SIPNetworks) == 0 {
		faults = append(faults, "sip-networks: is required with sip-listen and sip-tls-listen")
	}
	if len(s.SIPTLSListen) > 0 && !secured {
		faults = append(faults, "sip-tls-listen: needs a certificate, by tls-cert and tls-key or by acme-domains")
	}
	return faults
}

// openRedirect answers INVITEs, where the settings say so. Secure is what TLS is served
// with.
func (p *Program) openRedirect(secure *tls.Config) error {
	s := &p.settings.redirectSettings
	if len(s.SIPListen)+len(s.SIPTLSListen) == 0 {
		return nil
	}
	door, err := redirect.Open(redirect.Config{
		Calls: p.calls, Networks: s.SIPNetworks, Next: s.SIPRedirectTo, Decline: s.SIPDecline, Log: p.log.logger(p.settings.LogLevel), Observe: p.metrics.Decision,
		Count: func(o redirect.Outcome) { p.metrics.Message("sip", string(o)) },
	})
	if err != nil {
		return err
	}
	p.sockets = append(p.sockets, door)
	for _, address := range s.SIPListen {
		at, err := door.Listen(address, nil)
		if err != nil {
			return err
		}
		fmt.Fprintf(p.stdout, "SIP is answered on %s\n", at)
	}
	for _, address := range s.SIPTLSListen {
		only := secure.Clone()
		only.NextProtos = nil
		at, err := door.Listen(address, only)
		if err != nil {
			return err
		}
		fmt.Fprintf(p.stdout, "SIP over TLS is answered on %s\n", at)
	}
	return nil
}
