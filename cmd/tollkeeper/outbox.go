package main

import (
	"errors"
	"net/netip"
	"strings"
	"time"

	"tollkeeper"
	"tollkeeper/internal/jobs"
	"tollkeeper/internal/notify"
	"tollkeeper/internal/outbound"
	"tollkeeper/internal/webhook"
)

// outboxSettings are what a carrier can decide about mails and webhooks.
type outboxSettings struct {
	SMTPURL       string `name:"smtp-url" help:"Mail server: smtp://user:password@host:587 or smtps://...; mails are only kept when absent." placeholder:"URL"`
	MailFrom      string `help:"Sender of mails; required with a mail server." placeholder:"ADDRESS"`
	MailTemplates string `help:"Folder with letters to use instead of the built-in ones, or in other languages." placeholder:"DIR"`

	WebhookNetworks []netip.Prefix `help:"Networks that are not public and webhooks may reach all the same; they may then have http:// addresses too." placeholder:"NETWORK"`

	Currency string `help:"Currency of the accounts, by its code in ISO 4217, for people to read." default:"USD" placeholder:"CODE"`
}

const (
	// mailEvery is how long a mail waits at most for its first attempt.
	mailEvery = 2 * time.Second
	// dispatchEvery is how long an event waits at most for those who are to be told.
	dispatchEvery = time.Second
	// deliverEvery is how long a delivery that is due waits at most.
	deliverEvery = time.Second
)

// validate finds everything that is wrong with the settings.
func (s *outboxSettings) validate() (faults []string) {
	if _, err := s.post(); err != nil {
		faults = strings.Split(err.Error(), "\n")
	}
	return faults
}

// post is what writes letters, and what takes them over.
type post struct {
	letters *notify.Letters
	sender  notify.Sender
}

func (s *outboxSettings) post() (p post, err error) {
	p.letters, err = notify.NewLetters(s.MailTemplates, s.Currency)
	p.sender = notify.Keep{}
	if s.SMTPURL != "" {
		sender, smtpErr := notify.NewSMTP(s.SMTPURL, s.MailFrom)
		p.sender, err = sender, errors.Join(err, smtpErr)
	}
	return p, err
}

// outbox tells people and webhooks of what has happened.
func (p *Program) outbox(by post, observe func(tollkeeper.Attempt)) []jobs.Job {
	deliverer := &webhook.Deliverer{Store: p.store, Observe: observe,
		Poster: webhook.Poster{Client: outbound.NewClient(p.settings.WebhookNetworks...), Now: p.settings.Now}}
	dispatcher := &notify.Dispatcher{Events: p.store, Letters: by.letters, DecisionLink: p.decisionLink(),
		ListenLink: p.listenLink, RecordingsEvery: time.Duration(p.settings.RecordingMailMinutes) * time.Minute}
	courier := &notify.Courier{Outbox: p.store, Sender: by.sender, Now: p.settings.Now}
	return []jobs.Job{
		{Name: "tell of events", Every: dispatchEvery, RunOnce: dispatcher.RunOnce},
		{Name: "send mails", Every: mailEvery, RunOnce: courier.RunOnce},
		{Name: "send to webhooks", Every: deliverEvery, RunOnce: deliverer.RunOnce},
		{Name: "delete old deliveries", Every: time.Hour, After: time.Minute, RunOnce: p.store.DeleteOldDeliveries},
	}
}
