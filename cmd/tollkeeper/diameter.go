package main

import (
	"crypto/tls"
	"fmt"
	"net"
	"net/netip"

	"tollkeeper/internal/diameter"
)

// diameterSettings are what a carrier can decide about Diameter.
type diameterSettings struct {
	DiameterListen    []string       `help:"Addresses and ports to answer Diameter credit control on over TCP, such as 192.0.2.1:3868." placeholder:"HOST:PORT"`
	DiameterTLSListen []string       `name:"diameter-tls-listen" help:"Addresses and ports to answer Diameter on over TLS, with the certificate of the server, such as 192.0.2.1:5868." placeholder:"HOST:PORT"`
	DiameterNetworks  []netip.Prefix `help:"Networks of the peers that may connect by Diameter; required with diameter-listen and diameter-tls-listen." placeholder:"NETWORK"`
	DiameterPeers     []string       `help:"Origin-Hosts of the peers that may ask by Diameter; all within the networks when absent." placeholder:"HOST"`
	DiameterHost      string         `help:"Origin-Host of this server." default:"tollkeeper.localdomain"`
	DiameterRealm     string         `help:"Origin-Realm of this server." default:"localdomain"`
}

// validate finds everything that is wrong with the settings. Secured says whether the
// server has a certificate.
func (s *diameterSettings) validate(secured bool) (faults []string) {
	for name, addresses := range map[string][]string{"diameter-listen": s.DiameterListen, "diameter-tls-listen": s.DiameterTLSListen} {
		for _, address := range addresses {
			if _, _, err := net.SplitHostPort(address); err != nil {
				faults = append(faults, fmt.Sprintf("%s: %q must be an address and a port, such as 192.0.2.1:3868", name, address))
			}
		}
	}
	if len(s.DiameterListen)+len(s.DiameterTLSListen) == 0 {
		return faults
	}
	if len(s.DiameterNetworks) == 0 {
		faults = append(faults, "diameter-networks: is required with diameter-listen and diameter-tls-listen")
	}
	if s.DiameterHost == "" || s.DiameterRealm == "" {
		faults = append(faults, "diameter-host, diameter-realm: must not be empty")
	}
	if len(s.DiameterTLSListen) > 0 && !secured {
		faults = append(faults, "diameter-tls-listen: needs a certificate, by tls-cert and tls-key or by acme-domains")
	}
	return faults
}

// openDiameter answers Diameter, where the settings say so. Secure is what TLS is served
// with.
func (p *Program) openDiameter(secure *tls.Config) error {
	s := &p.settings.diameterSettings
	if len(s.DiameterListen)+len(s.DiameterTLSListen) == 0 {
		return nil
	}
	door := diameter.Open(diameter.Config{
		Calls: p.calls, Networks: s.DiameterNetworks, Peers: s.DiameterPeers, Host: s.DiameterHost, Realm: s.DiameterRealm,
		Log: p.log.logger(p.settings.LogLevel), Observe: p.metrics.Decision,
		Count: func(o diameter.Outcome) { p.metrics.Message("diameter", string(o)) },
	})
	p.sockets = append(p.sockets, door)
	for _, address := range s.DiameterListen {
		at, err := door.Listen(address, nil)
		if err != nil {
			return err
		}
		fmt.Fprintf(p.stdout, "Diameter is answered on %s\n", at)
	}
	for _, address := range s.DiameterTLSListen {
		only := secure.Clone()
		only.NextProtos = nil
		at, err := door.Listen(address, only)
		if err != nil {
			return err
		}
		fmt.Fprintf(p.stdout, "Diameter over TLS is answered on %s\n", at)
	}
	return nil
}
