package main

import (
	"fmt"
	"io"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"time"

	"github.com/alecthomas/kong"
	"github.com/goccy/go-yaml"
	"github.com/rs/cors"

	"tollkeeper"
	"tollkeeper/internal/api"
	"tollkeeper/internal/guard"
	"tollkeeper/internal/ledger"
	"tollkeeper/internal/numbering"
)

// settings are what a carrier can decide about a server. Each works when absent.
type settings struct {
	Now func() time.Time `kong:"-"` // nil: time.Now; tests have clocks of their own

	Config kong.ConfigFlag `help:"YAML file with settings by their names here." placeholder:"FILE"`

	Listen string `help:"Address and port to serve HTTP on." default:"127.0.0.1:8080" placeholder:"HOST:PORT"`
	Data   string `help:"Folder of the embedded database, and of this node's session key; made when absent." default:"./tollkeeper-data" placeholder:"DIR"`

	Database string `help:"PostgreSQL database to use instead of the embedded one; any number of nodes may share it." placeholder:"URL"`

	AdminEmail     string `help:"E-mail address of the first operator, where none is given in the console." default:"admin@tollkeeper.example" placeholder:"ADDRESS"`
	AdminPassword  string `help:"The operator's password, 8 to 255 characters; when absent the operator is made in the console, by a code that is printed." placeholder:"PASSWORD" secret:""`
	SessionMinutes int    `help:"Minutes until a sign-in must be repeated, 1 to 43200." default:"60" placeholder:"MINUTES"`

	PublicURL string `name:"public-url" help:"Address at which people reach this server, for links in mails; the one it listens on when absent." placeholder:"URL"`

	outboxSettings     `embed:""`
	paymentSettings    `embed:""`
	freeswitchSettings `embed:""`
	asteriskSettings   `embed:""`
	radiusSettings     `embed:""`
	redirectSettings   `embed:""`
	diameterSettings   `embed:""`
	mediaSettings      `embed:""`

	transcriptionSettings `embed:""`

	cnamSettings `embed:""`

	TrustedProxies []netip.Prefix `help:"Networks of proxies whose Forwarded and X-Forwarded-For headers are believed." placeholder:"NETWORK"`
	CorsOrigins    []string       `help:"Origins whose pages may use the API in a browser, such as https://portal.example." placeholder:"ORIGIN"`
	AnonymousRate  int            `help:"Requests per second of one address without a valid token or signed link; 0 is no limit." default:"20" placeholder:"REQUESTS"`
	UserRate       int            `help:"Requests per second of one user; 0 is no limit." default:"200" placeholder:"REQUESTS"`
	TokenRate      int            `help:"Requests per second of one token of a switch or of the server; 0 is no limit." default:"0" placeholder:"REQUESTS"`

	TLSCert       string   `name:"tls-cert" help:"File with the certificate chain to serve TLS with, in PEM; read again when it changes." placeholder:"FILE"`
	TLSKey        string   `name:"tls-key" help:"File with the certificate's private key, in PEM." placeholder:"FILE"`
	AcmeDomains   []string `help:"Host names to get certificates for by ACME instead of from files; the server must be reached at port 443 of each." placeholder:"NAME"`
	AcmeDirectory string   `help:"Directory of the ACME server." default:"https://acme-v02.api.letsencrypt.org/directory" placeholder:"URL"`
	AcmeEmail     string   `help:"Address that the ACME server may write to." placeholder:"ADDRESS"`

	DomesticRegions  []string `help:"Regions (ISO 3166-1) that calls reach with internationalCalling 0; the first is home." default:"US,CA,PR,VI,GU,MP,AS" placeholder:"REGION"`
	EmergencyNumbers []string `help:"Numbers that pass every rule, beside those of the domestic regions." placeholder:"NUMBER"`
	NumberOverrides  []string `help:"Corrections of the numbering plan: +PREFIX=REGION, =class or =REGION/class." placeholder:"OVERRIDE"`

	numbersSettings `embed:""`

	retentionSettings `embed:""`
	cdrsSettings      `embed:""`

	FirstSliceSeconds int64 `help:"Seconds that authorize grants." default:"60" placeholder:"SECONDS"`
	MaxSliceSeconds   int64 `help:"Seconds up to which slices grow, doubling." default:"600" placeholder:"SECONDS"`
	MaxCallSeconds    int64 `help:"Seconds of the longest whole-call grant." default:"14400" placeholder:"SECONDS"`
	RingSeconds       int64 `help:"Seconds a call may ring before silence ends it." default:"180" placeholder:"SECONDS"`
	GraceSeconds      int64 `help:"Seconds of silence allowed after a grant." default:"30" placeholder:"SECONDS"`

	FailOpenSeconds int64 `help:"Seconds granted to domestic calls while the database cannot be reached, which are charged afterwards; 0 refuses them." default:"0" placeholder:"SECONDS"`

	MaxConcurrentCalls int64  `help:"Default limit of a customer's live calls; 0 is none." default:"0" placeholder:"CALLS"`
	MaxPricePerMinute  amount `help:"Default highest price per minute, in the account currency; 0 is no limit." default:"0" placeholder:"AMOUNT"`
	DailySpend         amount `help:"Default limit of a customer's spend per UTC day, in the account currency; 0 is none." default:"0" placeholder:"AMOUNT"`
	Unbilled           amount `help:"Default limit of usage not yet invoiced, in the account currency; 0 is none." default:"100" placeholder:"AMOUNT"`

	HoldMusicURL string `name:"hold-music-url" help:"Address of the carrier's hold music, for customers with holdMusic 1." placeholder:"URL"`

	consoleSettings `embed:""`

	EventDays int `help:"Days that events are kept, 1 to 3650." default:"30" placeholder:"DAYS"`

	LogLevel   string `help:"Lowest level logged: debug, info, warn or error." enum:"debug,info,warn,error" default:"info" placeholder:"LEVEL"`
	LogNumbers bool   `help:"Log telephone numbers in full instead of hiding their last digits."`

	list []tollkeeper.Setting // all of these, as people may see them
}

// maxSessionMinutes is 30 days. A key that was retired longer ago proves nothing
// any more.
const maxSessionMinutes = 30 * 24 * 60

// amount is money given as a decimal number of units of the currency.
type amount tollkeeper.Micros

// UnmarshalText reads an amount such as 12.50.
func (a *amount) UnmarshalText(text []byte) error {
	m, err := tollkeeper.ParseMicros(string(text))
	if err == nil && m < 0 {
		err = fmt.Errorf("must not be negative")
	}
	*a = amount(m)
	return err
}

// String writes an amount as it is given.
func (a amount) String() string { return tollkeeper.Micros(a).String() }

// validate finds everything that is wrong with the settings at once.
func (s *settings) validate() error {
	var faults []string
	between := func(name string, v, low, high int64) {
		if v < low || v > high {
			faults = append(faults, fmt.Sprintf("%s: must be from %d to %d", name, low, high))
		}
	}
	const day = 86400
	between("first-slice-seconds", s.FirstSliceSeconds, 1, day)
	between("max-slice-seconds", s.MaxSliceSeconds, s.FirstSliceSeconds, day)
	between("max-call-seconds", s.MaxCallSeconds, 1, day)
	between("ring-seconds", s.RingSeconds, 0, day)
	between("grace-seconds", s.GraceSeconds, 0, day)
	between("fail-open-seconds", s.FailOpenSeconds, 0, day)
	between("session-minutes", int64(s.SessionMinutes), 1, maxSessionMinutes)
	between("event-days", int64(s.EventDays), 1, 3650)
	between("max-concurrent-calls", s.MaxConcurrentCalls, 0, 1<<31-1)
	for _, rate := range []struct {
		name string
		of   int
	}{{"anonymous-rate", s.AnonymousRate}, {"user-rate", s.UserRate}, {"token-rate", s.TokenRate}} {
		between(rate.name, int64(rate.of), 0, 1_000_000)
	}
	if (s.TLSCert == "") != (s.TLSKey == "") {
		faults = append(faults, "tls-cert: must be given together with tls-key")
	}
	if s.TLSCert != "" && len(s.AcmeDomains) > 0 {
		faults = append(faults, "acme-domains: must be absent when tls-cert is given")
	}
	for _, origin := range s.CorsOrigins {
		if u, err := url.Parse(origin); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" || u.Path != "" {
			faults = append(faults, "cors-origins: must be origins such as https://portal.example, without a path")
		}
	}
	if n := len(s.AdminPassword); n > 0 && (n < 8 || n > 255) {
		faults = append(faults, "admin-password: must have 8 to 255 characters")
	}
	if u, err := url.Parse(s.PublicURL); s.PublicURL != "" && (err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" ||
		u.User != nil || u.RawQuery != "" || u.Fragment != "") {
		faults = append(faults, "public-url: must be http:// or https:// and a host, perhaps with a path")
	}
	faults = append(faults, s.outboxSettings.validate()...)
	faults = append(faults, s.freeswitchSettings.validate()...)
	faults = append(faults, s.asteriskSettings.validate()...)
	faults = append(faults, s.radiusSettings.validate()...)
	faults = append(faults, s.redirectSettings.validate(s.TLSCert != "" || len(s.AcmeDomains) > 0)...)
	faults = append(faults, s.diameterSettings.validate(s.TLSCert != "" || len(s.AcmeDomains) > 0)...)
	faults = append(faults, s.mediaSettings.validate()...)
	faults = append(faults, s.transcriptionSettings.validate()...)
	faults = append(faults, s.cnamSettings.validate()...)
	faults = append(faults, s.consoleSettings.validate()...)
	faults = append(faults, s.numbersSettings.validate()...)
	faults = append(faults, s.retentionSettings.validate()...)
	faults = append(faults, s.cdrsSettings.validate()...)
	faults = append(faults, s.validatePayments()...)
	if len(faults) > 0 {
		return tollkeeper.Invalid(faults...)
	}
	return nil
}

func (s *settings) limits() tollkeeper.EffectiveLimits {
	return tollkeeper.EffectiveLimits{
		MaxConcurrentCalls: s.MaxConcurrentCalls, MaxPricePerMinute: tollkeeper.Micros(s.MaxPricePerMinute),
		DailySpend: tollkeeper.Micros(s.DailySpend), Unbilled: tollkeeper.Micros(s.Unbilled), RefillBelow: tollkeeper.Micros(s.RefillBelow),
	}
}

func (s *settings) guard() api.Guard {
	return api.Guard{
		Proxies: s.TrustedProxies, Logins: guard.NewLogins(), Anonymous: guard.NewLimiter("anonymous", s.AnonymousRate),
		Users: guard.NewLimiter("user", s.UserRate), Programs: guard.NewLimiter("token", s.TokenRate),
		TLS: s.TLSCert != "" || len(s.AcmeDomains) > 0,
	}
}

// crossOrigin lets pages of the origins named use the API (the CORS protocol of the
// Fetch standard). Without origins nothing is added.
func (s *settings) crossOrigin(door http.Handler) http.Handler {
	if len(s.CorsOrigins) == 0 {
		return door
	}
	return cors.New(cors.Options{
		AllowedOrigins: s.CorsOrigins, AllowedMethods: []string{"GET", "POST", "PUT", "PATCH", "DELETE"},
		AllowedHeaders: []string{"Authorization", "Content-Type", "If-Match", "Idempotency-Key", "Prefer"},
		ExposedHeaders: []string{"ETag", "Retry-After", "RateLimit", "Authorization"}, MaxAge: 600,
	}).Handler(door)
}

func (s *settings) policy() ledger.Policy {
	return ledger.Policy{
		FirstSliceSeconds: s.FirstSliceSeconds, MaxSliceSeconds: s.MaxSliceSeconds, MaxCallSeconds: s.MaxCallSeconds,
		RingSeconds: s.RingSeconds, GraceSeconds: s.GraceSeconds, FailOpenSeconds: s.FailOpenSeconds, Limits: s.limits(), HoldMusicURL: s.HoldMusicURL,
		Consent: s.rules(), ConsentPrompt: s.ConsentPrompt,
	}
}

func (s *settings) plan() (*numbering.Plan, error) {
	options := numbering.Options{DomesticRegions: s.DomesticRegions, EmergencyNumbers: s.EmergencyNumbers}
	for _, text := range s.NumberOverrides {
		override, err := numbering.ParseOverride(text)
		if err != nil {
			return nil, fmt.Errorf("number-overrides: %q: %w", text, err)
		}
		options.Overrides = append(options.Overrides, override)
	}
	return numbering.NewPlan(options)
}

// configFile answers flags from a YAML file. A key that is no setting is refused.
type configFile map[string]configValue

// configValue is one value of the file. A number stays as it is written, so that
// an amount of money never passes through a float.
type configValue struct{ value any }

// UnmarshalYAML reads one value.
func (v *configValue) UnmarshalYAML(text []byte) error {
	if err := yaml.Unmarshal(text, &v.value); err != nil {
		return err
	}
	switch v.value.(type) {
	case int64, uint64, float64:
		v.value = strings.TrimSpace(string(text))
	}
	return nil
}

func readConfig(r io.Reader) (kong.Resolver, error) {
	file := configFile{}
	if err := yaml.NewDecoder(r).Decode(&file); err != nil && err != io.EOF {
		return nil, fmt.Errorf("config file: %s", yaml.FormatError(err, false, false))
	}
	return file, nil
}

// Validate refuses keys that are no settings.
func (c configFile) Validate(app *kong.Application) error {
	known := map[string]bool{}
	for _, command := range app.Leaves(false) {
		for _, flags := range command.AllFlags(false) {
			for _, flag := range flags {
				known[flag.Name] = true
			}
		}
	}
	var unknown []string
	for key := range c {
		if !known[key] {
			unknown = append(unknown, key+": is not a setting")
		}
	}
	if len(unknown) > 0 {
		return fmt.Errorf("config file: %s", strings.Join(unknown, "; "))
	}
	return nil
}

// Resolve answers one flag; nil leaves it to its default. The environment, which
// is closer to the process, wins over the file.
func (c configFile) Resolve(_ *kong.Context, _ *kong.Path, flag *kong.Flag) (any, error) {
	for _, name := range flag.Envs {
		if _, set := os.LookupEnv(name); set {
			return nil, nil
		}
	}
	return c[flag.Name].value, nil
}
