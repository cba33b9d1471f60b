package client

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Client speaks to one server. Its fields are the resources of the API, and their
// methods its operations: customersPatch is Customers.Patch. A Client may be used
// by many goroutines at once, and one is enough for a program.
type Client struct {
	Authentication    AuthenticationService
	Password          PasswordService
	Operator          OperatorService
	Customers         CustomersService
	Balance           BalanceService
	Balances          BalancesService
	Ledger            LedgerService
	Usage             UsageService
	Status            StatusService
	Limits            LimitsService
	CustomerRatedeck  CustomerRatedeckService
	Audit             AuditService
	Trail             TrailService
	Billing           BillingService
	Invoiceitems      InvoiceitemsService
	Invoices          InvoicesService
	Paymentmethods    PaymentmethodsService
	Payments          PaymentsService
	Providers         ProvidersService
	Refills           RefillsService
	Refunds           RefundsService
	Events            EventsService
	Mails             MailsService
	Activity          ActivityService
	Decisions         DecisionsService
	Views             ViewsService
	Webhooks          WebhooksService
	Jobs              JobsService
	Settings          SettingsService
	Users             UsersService
	Totp              TotpService
	Usertokens        UsertokensService
	Numbers           NumbersService
	NumberOwners      NumberOwnersService
	Portouts          PortoutsService
	Porting           PortingService
	Retention         RetentionService
	Servers           ServersService
	Digests           DigestsService
	Barrings          BarringsService
	Callernames       CallernamesService
	Ratedecks         RatedecksService
	Recordings        RecordingsService
	Media             MediaService
	CustomerMedia     CustomerMediaService
	CustomerHoldmusic CustomerHoldmusicService
	CustomerLogo      CustomerLogoService
	Transcripts       TranscriptsService
	Rates             RatesService
	Calls             CallsService
	Cdrs              CdrsService
	Health            HealthService
	Readiness         ReadinessService
	Version           VersionService
	Metrics           MetricsService
	Openapi           OpenapiService
	Docs              DocsService

	base        string // without a slash at its end
	http        *http.Client
	credentials *credentials
	userAgent   string
	timeout     time.Duration
	retry       retryPolicy
}

// New makes a client of the server at baseURL, such as "http://127.0.0.1:8080".
// It sends nothing yet. An address that is not http or https, or that holds
// credentials, a query or a fragment, is an error.
func New(baseURL string, options ...Option) (*Client, error) {
	base, err := parseBase(baseURL)
	if err != nil {
		return nil, err
	}
	transport := http.DefaultTransport
	if standard, ok := transport.(*http.Transport); ok {
		own := standard.Clone()
		own.MaxIdleConnsPerHost = idleConnections
		transport = own
	}
	c := &Client{
		base:        base,
		http:        &http.Client{Transport: transport},
		credentials: &credentials{},
		userAgent:   defaultAgent,
		timeout:     DefaultTimeout,
		retry:       retryPolicy{limit: DefaultRetries, first: DefaultBackoff, longest: DefaultMaxWait},
	}
	for _, option := range options {
		option(c)
	}
	if c.http.CheckRedirect == nil {
		c.http.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	}
	c.credentials.ready = make(chan struct{}, 1)
	c.connect()
	return c, nil
}

func (c *Client) connect() {
	c.Password.c, c.Operator.c, c.Totp.c = c, c, c
	c.Activity.c, c.Decisions.c, c.Views.c = c, c, c
	c.Authentication.c, c.Customers.c, c.Balance.c, c.Balances.c, c.Ledger.c = c, c, c, c, c
	c.Usage.c = c
	c.Status.c, c.Limits.c, c.CustomerRatedeck.c, c.Audit.c = c, c, c, c
	c.Trail.c, c.Events.c, c.Mails.c, c.Usertokens.c = c, c, c, c
	c.Webhooks.c, c.Jobs.c, c.Settings.c = c, c, c
	c.Recordings.c, c.Media.c, c.Transcripts.c = c, c, c
	c.CustomerMedia.c, c.CustomerHoldmusic.c, c.CustomerLogo.c = c, c, c
	c.Billing.c = c
	c.Invoiceitems.c = c
	c.Invoices.c = c
	c.Paymentmethods.c = c
	c.Payments.c = c
	c.Providers.c = c
	c.Refills.c = c
	c.Refunds.c = c
	c.Users.c, c.Callernames.c, c.Ratedecks.c, c.Rates.c, c.Calls.c, c.Cdrs.c = c, c, c, c, c, c
	c.Numbers.c, c.NumberOwners.c, c.Servers.c, c.Digests.c, c.Barrings.c, c.Portouts.c, c.Porting.c, c.Retention.c = c, c, c, c, c, c, c, c
	c.Health.c, c.Readiness.c, c.Version.c = c, c, c
	c.Metrics.c, c.Openapi.c, c.Docs.c = c, c, c
}

// parseBase checks the address of a server. Its errors do not repeat the address,
// which may hold a password.
func parseBase(address string) (string, error) {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		return "", errors.New("client: the server's address must start with http:// or https:// and a host")
	case u.User != nil:
		return "", errors.New("client: the server's address must not hold credentials; use WithToken or WithLogin")
	case u.RawQuery != "" || u.Fragment != "":
		return "", errors.New("client: the server's address must have neither query nor fragment")
	}
	return strings.TrimRight(address, "/?#"), nil
}
