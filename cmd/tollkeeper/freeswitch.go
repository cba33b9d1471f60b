package main

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"time"

	"tollkeeper"
	"tollkeeper/internal/freeswitch"
	"tollkeeper/internal/jobs"
)

// freeswitchSettings are what a carrier can decide about FreeSWITCH.
type freeswitchSettings struct {
	FreeswitchSockets []string `help:"Event sockets of FreeSWITCH whose calls this node follows: esl://:password@host:8021." placeholder:"URL"`
}

// reconnectAfter is the time between two attempts to reach an event socket.
const reconnectAfter = 2 * time.Second

func (s *freeswitchSettings) validate() (faults []string) {
	if _, err := s.sockets(); err != nil {
		faults = append(faults, err.Error())
	}
	return faults
}

// sockets are the addresses and passwords of the event sockets. An error does not
// repeat a password.
func (s *freeswitchSettings) sockets() (sockets []freeswitch.MeterConfig, err error) {
	for _, text := range s.FreeswitchSockets {
		u, err := url.Parse(text)
		if err != nil || u.Scheme != "esl" || u.Port() == "" || u.Hostname() == "" || u.User == nil || u.Path != "" {
			return nil, fmt.Errorf("freeswitch-sockets: must be like esl://:password@host:8021")
		}
		password, _ := u.User.Password()
		sockets = append(sockets, freeswitch.MeterConfig{Address: u.Host, Password: password})
	}
	return sockets, nil
}

// freeswitch is the door for FreeSWITCH's modules that ask over HTTP.
func (p *Program) freeswitch(observe func(string, tollkeeper.Decision)) http.Handler {
	return freeswitch.New(freeswitch.Config{Calls: p.calls, Users: p.trunks, SignIn: p.door.SignIn, Observe: observe, Log: p.log.logger(p.settings.LogLevel)})
}

// followFreeSWITCH makes the jobs that follow the calls of each FreeSWITCH.
func (p *Program) followFreeSWITCH() (followers []jobs.Job) {
	sockets, _ := p.settings.sockets() // were validated
	for _, config := range sockets {
		config.Calls, config.Reports, config.Observe = p.calls, p.reports, p.metrics.Decision
		config.Log = p.log.logger(p.settings.LogLevel)
		meter := freeswitch.NewMeter(config)
		followers = append(followers, jobs.Job{Name: "follow freeswitch " + config.Address, Local: true, Every: reconnectAfter,
			RunOnce: func(ctx context.Context) (int, error) { return 0, meter.Run(ctx) }})
	}
	return followers
}
