package main

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"net/url"

	"tollkeeper/internal/asterisk"
	"tollkeeper/internal/jobs"
)

// asteriskSettings are what a carrier can decide about Asterisk.
type asteriskSettings struct {
	AsteriskListen   string         `help:"Address and port to serve FastAGI scripts to Asterisk on; none when absent." placeholder:"HOST:PORT"`
	AsteriskNetworks []netip.Prefix `help:"Networks whose Asterisks are served." default:"127.0.0.0/8,::1/128" placeholder:"NETWORK"`
	AsteriskManagers []string       `help:"Manager interfaces of Asterisk whose calls this node follows: ami://user:secret@host:5038." placeholder:"URL"`
}

func (s *asteriskSettings) validate() (faults []string) {
	if _, err := s.managers(); err != nil {
		faults = append(faults, err.Error())
	}
	return faults
}

// managers are the addresses of the manager interfaces, and how to log in. An error
// does not repeat a secret.
func (s *asteriskSettings) managers() (managers []asterisk.MeterConfig, err error) {
	for _, text := range s.AsteriskManagers {
		u, err := url.Parse(text)
		if err != nil || u.Scheme != "ami" || u.Port() == "" || u.Hostname() == "" || u.User == nil || u.Path != "" {
			return nil, errors.New("asterisk-managers: must be like ami://user:secret@host:5038")
		}
		secret, _ := u.User.Password()
		managers = append(managers, asterisk.MeterConfig{Address: u.Host, Username: u.User.Username(), Secret: secret})
	}
	return managers, nil
}

// openAsterisk begins to serve scripts, where that is wanted.
func (p *Program) openAsterisk() error {
	if p.settings.AsteriskListen == "" {
		return nil
	}
	agi, err := asterisk.Listen(p.settings.AsteriskListen, asterisk.AGIConfig{
		Calls: p.calls, Reports: p.reports, Observe: p.metrics.Decision, Log: p.log.logger(p.settings.LogLevel),
		Networks: p.settings.AsteriskNetworks, RingSeconds: p.settings.RingSeconds,
	})
	if err != nil {
		return err
	}
	p.sockets = append(p.sockets, agi)
	fmt.Fprintf(p.stdout, "FastAGI scripts are served on %s\n", agi.Address())
	return nil
}

// followAsterisk makes the jobs that follow the calls of each Asterisk.
func (p *Program) followAsterisk() (followers []jobs.Job) {
	managers, _ := p.settings.managers() // were validated
	for _, config := range managers {
		config.Calls, config.Reports, config.Observe, config.Now = p.calls, p.reports, p.metrics.Decision, p.settings.Now
		config.Log = p.log.logger(p.settings.LogLevel)
		meter := asterisk.NewMeter(config)
		followers = append(followers, jobs.Job{Name: "follow asterisk " + config.Address, Local: true, Every: reconnectAfter,
			RunOnce: func(ctx context.Context) (int, error) { return 0, meter.Run(ctx) }})
	}
	return followers
}
