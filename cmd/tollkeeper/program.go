package main

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/gofrs/flock"

	"tollkeeper"
	"tollkeeper/internal/activity"
	"tollkeeper/internal/admission"
	"tollkeeper/internal/api"
	"tollkeeper/internal/apidoc"
	"tollkeeper/internal/balances"
	"tollkeeper/internal/cnam"
	"tollkeeper/internal/directory"
	"tollkeeper/internal/jobs"
	"tollkeeper/internal/ledger"
	"tollkeeper/internal/link"
	"tollkeeper/internal/media"
	"tollkeeper/internal/metrics"
	"tollkeeper/internal/numbering"
	"tollkeeper/internal/spool"
	"tollkeeper/internal/store"
)

// Program is one running server. Tests start it on port 0.
type Program struct {
	URL string // where it serves

	settings settings
	stdout   io.Writer
	log      *logWriter
	lock     *flock.Flock
	store    *store.Store
	door     *api.API
	ledger   *ledger.Ledger
	metrics  *metrics.Metrics
	activity *activity.Recorder
	balances *balances.Balances
	calls    *admission.Admission
	names    *cnam.Names // of callers
	media    *media.Media
	fetcher  *media.Fetcher // of recordings
	links    *link.Media
	code     string               // proves who may make the first user; "" where there are users
	reports  *admission.Reports   // of switches whose calls are followed
	trunks   *directory.Directory // and numbers
	jobs     *jobs.Runner
	sockets  []interface{ Close() } // doors for switches that do not speak HTTP
	server   *http.Server
	failed   chan error
	once     sync.Once
}

// Limits of the HTTP server. A client that is slower than this is cut off.
const (
	headerTimeout  = 10 * time.Second
	requestTimeout = 30 * time.Second // an import of a rate deck may take longer
	answerTimeout  = 5 * time.Minute  // an export of one over a slow line
	idleTimeout    = 3 * time.Minute
	maxHeaderBytes = 64 << 10
	drainTimeout   = 20 * time.Second
)

// Start opens the database and begins to serve. When it fails, nothing is left
// open.
func Start(ctx context.Context, s settings, stdout io.Writer, logTo io.Writer) (p *Program, err error) {
	if err := s.validate(); err != nil {
		return nil, err
	}
	if s.Now == nil {
		s.Now = time.Now
	}
	p = &Program{settings: s, stdout: stdout, failed: make(chan error, 1), log: newLogWriter(logTo)}
	defer func() {
		if err != nil {
			err = errors.Join(err, p.Close())
			p = nil
		}
	}()
	with, err := s.equip()
	if err != nil {
		return p, err
	}
	if err := p.open(ctx, with); err != nil {
		return p, err
	}
	if err := errors.Join(p.firstOperator(ctx), p.sessionKey(ctx)); err != nil {
		return p, err
	}
	listener, err := net.Listen("tcp", s.Listen)
	if err != nil {
		return p, fmt.Errorf("%w; --listen names another address", err)
	}
	if err := p.receive(ctx, listener.Addr().String(), with); err != nil {
		return p, errors.Join(err, listener.Close())
	}
	if err := p.listen(with.secure); err != nil {
		return p, errors.Join(err, listener.Close())
	}
	p.jobs = jobs.Start(p.log.logger(s.LogLevel), p.store, p.store.NewHolder(), slices.Concat(p.housekeeping(), p.activityJobs(), p.mediaJobs(), p.transcribe(), p.porting(), p.purging(), p.forgetNames(), p.outbox(with.post, p.metrics.Delivery), p.collecting(with.purse), p.following())...)
	go p.serve(listener)
	return p, nil
}

// equipment is what the settings come to before anything is opened.
type equipment struct {
	plan   *numbering.Plan
	secure *tls.Config // nil: no TLS
	post   post
	purse  purse
}

func (s *settings) equip() (e equipment, err error) {
	if e.plan, err = s.plan(); err != nil {
		return e, err
	}
	if e.secure, err = s.tlsConfig(); err != nil {
		return e, err
	}
	if e.post, err = s.post(); err != nil {
		return e, err
	}
	e.purse, err = s.purse()
	return e, err
}

// open opens the database, and what decides about calls.
func (p *Program) open(ctx context.Context, with equipment) (err error) {
	s := &p.settings
	if p.lock, err = lockFolder(s.Data); err != nil {
		return err
	}
	if p.store, err = store.Open(ctx, store.Config{Now: s.Now, Folder: s.Data, Database: s.Database, Limits: s.limits(), Billing: with.purse.rules, MediaGrace: s.grace(), Portouts: s.portouts(), Retention: s.retention(),
		Moved: func(entries []tollkeeper.Transfer) { p.activity.Moved(entries) }}); err != nil {
		return err
	}
	p.metrics = metrics.New(p.store)
	p.activity = activity.New(p.store, s.Now, p.store.NewID)
	p.balances = balances.New(p.store, s.Now)
	p.ledger = ledger.New(ledger.Config{
		Store: p.store, Policy: s.policy(), Now: s.Now, NewID: p.store.NewIDAfter, Observe: p.metrics.Batch, Ended: p.ended(),
		Spool: spool.Open(s.Data),
	})
	if err := p.openMedia(ctx); err != nil {
		return err
	}
	p.trunks = directory.New(p.store, s.Now)
	p.calls = &admission.Admission{Ledger: p.ledger, Plan: with.plan, Directory: p.trunks, Links: p.links, Decided: p.activity.Decided}
	p.nameCallers()
	p.reports = admission.NewReports(p.log.logger(s.LogLevel))
	return nil
}

// receive makes the doors that are served over HTTP at an address.
func (p *Program) receive(ctx context.Context, address string, with equipment) error {
	s, stopping := &p.settings, make(chan struct{})
	p.door = api.New(api.Config{
		Store: p.store, Calls: p.calls, Trunks: p.trunks, Plan: with.plan, Limits: s.limits(), Retention: s.retention(), CDRCountLimit: s.CdrCountLimit, Now: s.Now, Letters: with.post.letters, PlainWebhooks: len(s.WebhookNetworks) > 0,
		Log: p.log.logger(s.LogLevel), Metrics: p.metrics, OpenAPI: apidoc.JSON, Docs: apidoc.Page,
		Exposition: p.metrics.Handler(), Version: build(), LogNumbers: s.LogNumbers, SessionMinutes: s.SessionMinutes, Sign: p.sign,
		Guard: s.guard(), DigestRealm: s.DigestRealm, Settings: s.list, Operator: api.Operator{Code: p.code, Email: s.AdminEmail}, Media: p.media, Fetcher: p.fetcher, CustomerMedia: p.media, Links: p.links,
		Providers: with.purse.doors, Taxes: with.purse.taxes, Printer: with.purse.printer,
		Balances: p.balances, Watch: p.activity.Watch, Stopping: stopping,
	})
	p.URL = "http://" + address
	if with.secure != nil {
		p.URL = "https://" + address
	}
	p.door.PublicURL = cmp.Or(s.PublicURL, p.URL)
	p.links.Base = mediaBase(p.door.PublicURL)
	pages, err := p.console(ctx)
	if err != nil {
		return err
	}
	p.server = &http.Server{
		Handler: doors{api: s.crossOrigin(p.door), others: map[string]http.Handler{
			"freeswitch": p.freeswitch(p.metrics.Decision), "console": pages, "": front(p.door),
		}}, TLSConfig: with.secure, ReadHeaderTimeout: headerTimeout, ReadTimeout: requestTimeout, WriteTimeout: answerTimeout,
		IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeaderBytes, ErrorLog: slog.NewLogLogger(p.log.logger("warn").Handler(), slog.LevelWarn),
	}
	p.server.RegisterOnShutdown(func() { close(stopping) })
	return nil
}

// serve answers HTTP until the server is closed, with TLS where it is configured.
func (p *Program) serve(listener net.Listener) {
	serve := p.server.Serve
	if p.server.TLSConfig != nil {
		serve = func(l net.Listener) error { return p.server.ServeTLS(l, "", "") }
	}
	if err := serve(listener); !errors.Is(err, http.ErrServerClosed) {
		p.failed <- err
	}
}

// housekeeping is the work that no request asks for. Silent calls are first ended
// a grace after the start, so that switches which could not reach a stopped server
// have time to report.
func (p *Program) housekeeping() []jobs.Job {
	return []jobs.Job{
		{Name: "expire calls", Every: time.Second, After: time.Duration(p.settings.GraceSeconds) * time.Second, RunOnce: p.ledger.Expire},
		{Name: "take over calls let through", Local: true, Every: time.Second, RunOnce: p.ledger.Replay},
		{Name: "delete expired tokens and keys", Every: time.Hour, After: time.Minute, RunOnce: p.store.DeleteExpired},
		{Name: "forget retired session keys", Every: time.Hour, After: time.Minute, RunOnce: func(ctx context.Context) (int, error) {
			return p.store.DeleteSessionKeys(ctx, p.settings.Now().Add(-maxSessionMinutes*time.Minute))
		}},
		{Name: "record failed sign-ins", Local: true, Every: time.Minute, After: time.Minute, RunOnce: p.door.RecordRefusals},
		{Name: "delete old events", Every: time.Hour, After: time.Minute, RunOnce: func(ctx context.Context) (int, error) {
			return p.store.DeleteEvents(ctx, p.settings.Now().AddDate(0, 0, -p.settings.EventDays))
		}},
		{Name: "prepare months", Every: 24 * time.Hour, After: time.Hour, RunOnce: p.store.PrepareMonths},
	}
}

// Run serves until ctx is done or the listener fails, and then closes.
func (p *Program) Run(ctx context.Context) error {
	var err error
	select {
	case <-ctx.Done():
	case err = <-p.failed:
	}
	return errors.Join(err, p.Close())
}

// Close lets requests under way finish and closes everything, in the opposite
// order of its opening. It may be called more than once.
func (p *Program) Close() (err error) {
	p.once.Do(func() {
		if p.server != nil {
			ctx, cancel := context.WithTimeout(context.Background(), drainTimeout)
			defer cancel()
			if p.server.Shutdown(ctx) != nil {
				p.server.Close()
			}
		}
		for _, door := range p.sockets {
			door.Close()
		}
		if p.jobs != nil {
			p.jobs.Stop()
			_, err = p.door.RecordRefusals(context.Background())
		}
		if p.reports != nil {
			p.reports.Close()
		}
		if p.names != nil {
			p.names.Close()
		}
		if p.ledger != nil {
			p.ledger.Close()
		}
		if p.media != nil {
			err = errors.Join(err, p.media.Vault.Bucket.Close())
		}
		if p.store != nil {
			err = errors.Join(err, p.store.Close())
		}
		if p.lock != nil {
			err = errors.Join(err, p.lock.Unlock())
		}
		p.log.close()
	})
	return err
}

// lockFolder makes sure that only one server uses a folder.
func lockFolder(folder string) (*flock.Flock, error) {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, fmt.Errorf("make the data folder: %w", err)
	}
	lock := flock.New(filepath.Join(folder, "tollkeeper.lock"))
	locked, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lock the data folder: %w", err)
	}
	if !locked {
		return nil, fmt.Errorf("another server is using the data folder %s; stop it first, or give this one another folder with --data", folder)
	}
	return lock, nil
}
