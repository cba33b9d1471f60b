// Package api is the REST door: it turns HTTP requests into commands and queries,
// and their outcomes into the JSON that openapi.yaml describes.
package api

import (
	"context"
	"log/slog"
	"net/http"
	"path"
	"time"

	"tollkeeper"
	"tollkeeper/internal/admission"
	"tollkeeper/internal/credential"
	"tollkeeper/internal/guard"
	"tollkeeper/internal/link"
	"tollkeeper/internal/notify"
	"tollkeeper/internal/numbering"
)

// Calls decides about calls.
type Calls interface {
	Authorize(context.Context, admission.Attempt) (tollkeeper.Decision, error)
	Check(context.Context, admission.Attempt) (tollkeeper.Check, error)
	Answer(context.Context, tollkeeper.Report) (tollkeeper.Decision, error)
	Extend(context.Context, tollkeeper.Report) (tollkeeper.Decision, error)
	End(context.Context, tollkeeper.Report) (tollkeeper.CDR, error)
}

// Store is everything the API reads and writes besides calls.
type Store interface {
	customerStore
	stateStore
	userStore
	operatorStore
	deckStore
	numberStore
	barringStore
	portoutStore
	trunkStore
	billingStore
	methodStore
	accountStore
	paymentStore
	refundStore
	invoiceStore
	recordStore
	callerNameStore
	auditStore
	mailStore
	passwordStore
	factorStore
	tokenStore
	sessionStore
	eventStore
	activityStore
	viewStore
	webhookStore
	jobStore
	retentionStore
	recordingStore
	transcriptStore
	customerMediaStore
	Ready(context.Context) error
}

// Config is what the API is made of.
type Config struct {
	Store         Store
	Calls         Calls
	Trunks        trunkFinder
	Plan          *numbering.Plan
	Limits        tollkeeper.EffectiveLimits // the server's defaults
	Retention     tollkeeper.RetentionRules
	CDRCountLimit int64 // where counting the call records of a list may stop; 0 is never
	Now           func() time.Time
	Letters       *notify.Letters
	Log           *slog.Logger
	Metrics       Metrics
	Balances      Balances
	Media         Media
	Fetcher       Fetcher
	CustomerMedia CustomerMedia
	Links         *link.Media // makes and checks the addresses of media

	Providers map[string]PaymentProvider
	Taxes     Taxes
	Printer   Printer

	OpenAPI    func() ([]byte, error) // the description as JSON
	Docs       func() ([]byte, error) // the description as a page
	Exposition http.Handler           // Prometheus metrics
	Version    Version
	LogNumbers bool // log telephone numbers in full

	Guard          Guard
	PublicURL      string          // where people reach the server, for links in mails
	PlainWebhooks  bool            // webhooks may have http:// addresses
	SessionMinutes int             // life of a session from /authentication
	Watch          Watch           // the decisions of all nodes as they are made
	Stopping       <-chan struct{} // closed when streams are to end; nil: never
	// Sign makes a session's token with this node's key.
	Sign func(credential.Session, time.Time) (string, error)

	DigestRealm string // of the trunks' digest users

	Operator Operator             // how the first user is made
	Settings []tollkeeper.Setting // of this node, to be read
}

// Guard are the defences of the API. Its zero value lets everybody in.
type Guard struct {
	Proxies   guard.Proxies  // whose word about a client's address is taken
	Logins    *guard.Logins  // nil: nobody who guesses passwords is slowed down
	Anonymous *guard.Limiter // requests of one address without a valid token
	Users     *guard.Limiter // requests of one user
	Programs  *guard.Limiter // requests of one token of a switch or of the server
	TLS       bool           // requests arrive by TLS
}

// Version says which build is running.
type Version struct{ Version, Commit, Go string }

// Metrics is told of every request and decision.
type Metrics interface {
	Request(route, method string, status int, took time.Duration)
	Decision(operation string, decision tollkeeper.Decision)
}

// API is the REST door.
type API struct {
	Config
	mux      *http.ServeMux
	unknown  http.Handler // answers every path there is not
	sessions *sessions
	refusals refusals
}

// New makes the door.
func New(config Config) *API {
	a := &API{Config: config, mux: http.NewServeMux()}
	a.sessions = newSessions(config.Store, config.Now)
	a.routes()
	return a
}

// routes says what answers where.
func (a *API) routes() {
	a.serverRoutes()
	a.openRoutes()
	a.customerRoutes()
	a.userRoutes()
	a.mediaRoutes()
	a.numberRoutes()
	a.deckRoutes()
	a.paymentRoutes()
	a.invoiceRoutes()
	a.callRoutes()
	a.recordingRoutes()
	a.recordRoutes()
	a.eventRoutes()
	a.webhookRoutes()
	a.unknown = a.handler("unknown", methods{}, open, "application/json")
	a.mux.Handle("/", a.unknown)
}

func (a *API) serverRoutes() {
	a.public("/healthz", methods{"GET": a.health})
	a.public("/readyz", methods{"GET": a.ready})
	a.public("/version", methods{"GET": a.version})
	a.public("/openapi.json", methods{"GET": a.openAPI})
	a.mux.Handle("/docs", a.handler("/docs", methods{"GET": a.docs}, open, "text/html"))
	a.mux.Handle("/metrics", a.handler("/metrics", methods{"GET": a.metrics}, guarded, "text/plain"))
	a.route("/settings", methods{"GET": a.findSettings})
	a.route("/jobs", methods{"GET": a.findJobs})
	a.route("/jobs/{name}/run", methods{"POST": a.runJob})
}

func (a *API) openRoutes() {
	a.public("/authentication", methods{"POST": a.authenticate, "DELETE": a.signOut})
	a.public("/operator", methods{"GET": a.getOperator, "POST": a.createOperator})
	a.public("/authentication/reset", methods{"POST": a.forgetPassword})
	a.public("/authentication/password", methods{"POST": a.resetPassword})
	a.mux.Handle("/password", a.handler("/password", methods{"GET": a.passwordPage}, open, "text/html"))
	a.mux.Handle("/portout", a.handler("/portout", methods{"GET": a.portoutPage}, open, "text/html"))
	a.public("/portouts/linked", methods{"POST": a.readLinkedPortout})
	a.public("/portouts/linked/decision", methods{"POST": a.decideLinkedPortout})
}

func (a *API) customerRoutes() {
	a.route("/customers", methods{"GET": a.findCustomers, "POST": a.createCustomer})
	a.route("/customers/{id}", methods{"GET": a.getCustomer, "PATCH": a.patchCustomer, "DELETE": a.removeCustomer})
	a.route("/customers/{id}/balance", methods{"GET": a.getBalance})
	a.route("/customers/{id}/balance/history", methods{"GET": a.balanceHistory})
	a.route("/balances", methods{"GET": a.findBalances})
	a.route("/customers/{id}/usage", methods{"GET": a.findUsage})
	a.route("/customers/{id}/ledger", methods{"GET": a.findLedger, "POST": a.createLedgerEntry})
	a.route("/customers/{id}/status", methods{"GET": a.getStatus, "PATCH": a.patchStatus})
	a.route("/customers/{id}/limits", methods{"GET": a.getLimits, "PATCH": a.patchLimits})
	a.route("/customers/{id}/ratedeck", methods{"GET": a.getCustomerDeck, "PUT": a.putCustomerDeck, "DELETE": a.removeCustomerDeck})
	a.route("/customers/{id}/retention", methods{"GET": a.getRetention, "PATCH": a.patchRetention})
	a.route("/customers/{id}/retention/preview", methods{"GET": a.previewRetention})
	a.route("/customers/{id}/porting", methods{"GET": a.getPorting, "PATCH": a.patchPorting})
	a.route("/customers/{id}/billing", methods{"GET": a.getBilling, "PATCH": a.patchBilling})
	a.route("/customers/{id}/refills", methods{"POST": a.createRefill})
	a.route("/customers/{id}/audit", methods{"GET": a.findAudit})

	a.route("/audit", methods{"GET": a.findTrail})
	const trail = "/audit/export"
	a.mux.Handle(trail, a.handler(trail, methods{"GET": a.exportTrail}, guarded, "application/x-ndjson"))

	a.route("/mails", methods{"GET": a.findMails})
}

func (a *API) userRoutes() {
	a.route("/users", methods{"GET": a.findUsers, "POST": a.createUser})
	a.route("/users/{id}", methods{"GET": a.getUser, "PATCH": a.patchUser, "DELETE": a.removeUser})

	a.route("/users/{id}/totp", methods{"GET": a.getTOTP, "POST": a.enrolTOTP, "DELETE": a.removeTOTP})
	a.route("/users/{id}/totp/confirm", methods{"POST": a.confirmTOTP})
	a.route("/users/{id}/totp/disable", methods{"POST": a.disableTOTP})

	a.route("/usertokens", methods{"GET": a.findTokens, "POST": a.createToken})
	a.route("/usertokens/{id}", methods{"GET": a.getToken, "PATCH": a.patchToken, "DELETE": a.removeToken})
}

func (a *API) numberRoutes() {
	a.route("/numbers", methods{"GET": a.findNumbers, "POST": a.createNumber})
	a.route("/numbers/import", methods{"POST": a.importNumbers})
	a.route("/numbers/{id}", methods{"GET": a.getNumber, "PATCH": a.patchNumber, "DELETE": a.removeNumber})
	a.route("/numbers/{id}/owners", methods{"GET": a.findOwners})
	a.route("/barrings", methods{"GET": a.findBarrings, "POST": a.createBarring})
	a.route("/barrings/plan", methods{"GET": a.findPlanBarrings})
	a.route("/barrings/import", methods{"POST": a.importBarrings})
	const table = "/barrings/export"
	a.mux.Handle(table, a.handler(table, methods{"GET": a.exportBarrings}, guarded, "text/csv"))
	a.route("/barrings/{id}", methods{"GET": a.getBarring, "PATCH": a.patchBarring, "DELETE": a.removeBarring})
	a.route("/portouts", methods{"GET": a.findPortouts, "POST": a.createPortout})
	a.route("/portouts/{id}", methods{"GET": a.getPortout, "PATCH": a.patchPortout})
	a.route("/portouts/{id}/decision", methods{"POST": a.decidePortout})
	a.route("/callernames", methods{"GET": a.findCallerNames, "PUT": a.importCallerNames})
	a.route("/digests/{user}", methods{"GET": a.getDigest})
	a.route("/servers", methods{"GET": a.findServers, "POST": a.createServer})
	a.route("/servers/{id}", methods{"GET": a.getServer, "PATCH": a.patchServer, "DELETE": a.removeServer})
}

func (a *API) deckRoutes() {
	a.route("/ratedecks", methods{"GET": a.findDecks})
	a.route("/ratedecks/{name}", methods{"GET": a.findDeckVersions, "PUT": a.importDeck, "DELETE": a.removeDeck})
	a.route("/ratedecks/{name}/rates", methods{"GET": a.findRates})
	a.route("/ratedecks/{name}/rollback", methods{"POST": a.rollBackDeck})
	const export = "/ratedecks/{name}/versions/{version}"
	a.mux.Handle(export, a.handler(export, methods{"GET": a.exportDeck}, guarded, "text/csv"))
}

func (a *API) paymentRoutes() {
	a.route("/paymentmethods", methods{"GET": a.findPaymentMethods, "POST": a.createPaymentMethod})
	a.route("/paymentmethods/setup", methods{"POST": a.setUpPaymentMethod})
	a.route("/paymentmethods/{id}", methods{"GET": a.getPaymentMethod, "PATCH": a.patchPaymentMethod, "DELETE": a.removePaymentMethod})
	a.public("/providers/{name}", methods{"POST": a.hearProvider})
	a.route("/payments", methods{"GET": a.findPayments})
	a.route("/payments/{id}", methods{"GET": a.getPayment})
	a.route("/payments/{id}/record", methods{"POST": a.recordPayment})
	a.route("/payments/{id}/cancel", methods{"POST": a.cancelPayment})
	a.route("/payments/{id}/refund", methods{"POST": a.refundPayment})
	a.route("/refunds", methods{"GET": a.findRefunds})
}

func (a *API) invoiceRoutes() {
	a.route("/invoices", methods{"GET": a.findInvoices})
	a.route("/invoices/{id}", methods{"GET": a.getInvoice, "PATCH": a.patchInvoice})
	a.route("/invoices/{id}/payments", methods{"POST": a.payInvoice})
	const pdf = "/invoices/{id}/pdf"
	a.mux.Handle(pdf, a.handler(pdf, methods{"GET": a.printInvoice}, guarded, "application/pdf"))
	a.route("/invoiceitems", methods{"GET": a.findInvoiceItems})
}

func (a *API) callRoutes() {
	a.route("/calls", methods{"GET": a.findCalls, "POST": a.authorizeCall})
	a.route("/calls/check", methods{"POST": a.checkCall})
	a.route("/calls/end", methods{"POST": a.endCalls})
	a.route("/calls/{callId}/answer", methods{"POST": a.answerCall})
	a.route("/calls/{callId}/extend", methods{"POST": a.extendCall})
	a.route("/calls/{callId}/end", methods{"POST": a.endCall})
	a.route("/calls/{callId}/recording", methods{"POST": a.markCall})
}

func (a *API) recordingRoutes() {
	a.route("/recordings", methods{"GET": a.findRecordings})
	a.route("/recordings/{id}", methods{"GET": a.getRecording, "DELETE": a.removeRecording})
	a.route("/recordings/{id}/link", methods{"POST": a.linkRecording})
	a.route("/recordings/{id}/fetch", methods{"POST": a.fetchRecording})
	const sound = "/recordings/{id}/audio"
	a.mux.Handle(sound, a.handler(sound, methods{"GET": a.playRecording}, guarded, anything))
	a.route("/transcripts", methods{"GET": a.findTranscripts})
	a.route("/transcripts/{id}", methods{"GET": a.getTranscript, "DELETE": a.removeTranscript})
	const linkedSound = "/media/recordings/{customer}/{id}"
	a.mux.Handle(linkedSound, a.handler(linkedSound, methods{"GET": a.playLinked, "PUT": a.uploadRecording, "POST": a.fetchLinked}, signed, anything))
}

func (a *API) recordRoutes() {
	a.route("/retention/preview", methods{"GET": a.previewPurge})
	a.route("/cdrs", methods{"GET": a.findCDRs})
	const records = "/cdrs/export"
	a.mux.Handle(records, a.handler(records, methods{"GET": a.exportCDRs}, guarded, anything))
	a.route("/cdrs/{id}", methods{"GET": a.getCDR, "DELETE": a.removeCDR})
}

func (a *API) eventRoutes() {
	a.route("/events", methods{"GET": a.findEvents})
	a.route("/activity", methods{"GET": a.findActivity})
	a.route("/decisions", methods{"GET": a.findDecisions})
	const live = "/decisions/live"
	a.mux.Handle(live, a.handler(live, methods{"GET": a.watchDecisions}, guarded, "text/event-stream"))
	a.route("/views", methods{"GET": a.findViews, "POST": a.createView})
	a.route("/views/{id}", methods{"DELETE": a.removeView})
}

// ServeHTTP answers one request. A path that the router would redirect, because
// it is not in its shortest form, is one that does not exist.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if p := r.URL.EscapedPath(); p == "" || p[0] != '/' || p != "/" && path.Clean(p) != p {
		a.unknown.ServeHTTP(w, r)
		return
	}
	a.mux.ServeHTTP(w, r)
}

func (a *API) public(pattern string, m methods) {
	a.mux.Handle(pattern, a.handler(pattern, m, open, "application/json"))
}

func (a *API) route(pattern string, m methods) {
	a.mux.Handle(pattern, a.handler(pattern, m, guarded, "application/json"))
}
