// Package payment talks to payment providers.
package payment

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/stripe/stripe-go/v85"

	"tollkeeper"
)

// StripeName is the provider's name.
const StripeName = "stripe"

// StripeKeys are those of one account.
type StripeKeys struct {
	Secret, Publishable, Webhook string
	URL                          string // of the API
	Currency                     string // ISO 4217
}

// Stripe charges cards and bank accounts by PaymentIntents, off session. Their numbers
// go from the customer's browser to Stripe and are never seen here.
type Stripe struct {
	keys   StripeKeys
	client *stripe.Client
}

const (
	requestTimeout = 20 * time.Second
	// networkRepeats are tried by the client itself, under the same idempotency key.
	networkRepeats = 2
	// Keys of our metadata, by which what Stripe tells is found again.
	metaPayment  = "tollkeeper_payment"
	metaRefund   = "tollkeeper_refund"
	metaCustomer = "tollkeeper_customer"
)

// NewStripe makes the provider of an account.
func NewStripe(keys StripeKeys) *Stripe {
	quiet := &stripe.LeveledLogger{Level: stripe.LevelNull}
	backends := stripe.NewBackendsWithConfig(&stripe.BackendConfig{
		URL: stripe.String(keys.URL), HTTPClient: &http.Client{Timeout: requestTimeout}, MaxNetworkRetries: stripe.Int64(networkRepeats),
		LeveledLogger: quiet, EnableTelemetry: stripe.Bool(false),
	})
	return &Stripe{keys: keys, client: stripe.NewClient(keys.Secret, stripe.WithBackends(backends))}
}

// Account makes Stripe's name of a customer.
func (s *Stripe) Account(ctx context.Context, c tollkeeper.Customer) (string, error) {
	params := &stripe.CustomerCreateParams{Name: stripe.String(c.Name), Metadata: map[string]string{metaCustomer: c.ID.String()}}
	params.SetIdempotencyKey("customer-" + c.ID.String())
	account, err := s.client.V1Customers.Create(ctx, params)
	if err != nil {
		return "", shown("make an account at Stripe", err)
	}
	return account.ID, nil
}

// SetUp begins to save a payment method: by a SetupIntent for a form in a page of others,
// or, with an address to return to, on a page of Stripe's.
func (s *Stripe) SetUp(ctx context.Context, customer tollkeeper.ID, account, returnTo string) (tollkeeper.SetUp, error) {
	if returnTo != "" {
		return s.checkout(ctx, customer, account, returnTo)
	}
	intent, err := s.client.V1SetupIntents.Create(ctx, &stripe.SetupIntentCreateParams{
		Customer: stripe.String(account), Usage: stripe.String("off_session"), Metadata: map[string]string{metaCustomer: customer.String()},
		AutomaticPaymentMethods: &stripe.SetupIntentCreateAutomaticPaymentMethodsParams{Enabled: stripe.Bool(true)},
	})
	if err != nil {
		return tollkeeper.SetUp{}, shown("begin a set-up at Stripe", err)
	}
	return tollkeeper.SetUp{Reference: intent.ID, ClientSecret: intent.ClientSecret, PublishableKey: s.keys.Publishable}, nil
}

// checkoutPrefix begins the names of Stripe's pages.
const checkoutPrefix = "cs_"

// checkout opens a page of Stripe's that saves a payment method and then leads back, with
// its name as the parameter setUp.
func (s *Stripe) checkout(ctx context.Context, customer tollkeeper.ID, account, returnTo string) (tollkeeper.SetUp, error) {
	join := "?"
	if strings.Contains(returnTo, "?") {
		join = "&"
	}
	ours := map[string]string{metaCustomer: customer.String()}
	page, err := s.client.V1CheckoutSessions.Create(ctx, &stripe.CheckoutSessionCreateParams{
		Mode: stripe.String(string(stripe.CheckoutSessionModeSetup)), Customer: stripe.String(account), Currency: stripe.String(strings.ToLower(s.keys.Currency)),
		SuccessURL: stripe.String(returnTo + join + "setUp={CHECKOUT_SESSION_ID}"), CancelURL: stripe.String(returnTo), Metadata: ours,
		SetupIntentData: &stripe.CheckoutSessionCreateSetupIntentDataParams{Metadata: ours},
	})
	if err != nil {
		return tollkeeper.SetUp{}, shown("open a page at Stripe", err)
	}
	return tollkeeper.SetUp{Reference: page.ID, URL: page.URL}, nil
}

// setupIntent reads a SetupIntent, by its own name or by that of the page it belongs to.
func (s *Stripe) setupIntent(ctx context.Context, name string) (*stripe.SetupIntent, error) {
	if !strings.HasPrefix(name, checkoutPrefix) {
		params := &stripe.SetupIntentRetrieveParams{}
		params.AddExpand("payment_method")
		return s.client.V1SetupIntents.Retrieve(ctx, name, params)
	}
	params := &stripe.CheckoutSessionRetrieveParams{}
	params.AddExpand("setup_intent.payment_method")
	page, err := s.client.V1CheckoutSessions.Retrieve(ctx, name, params)
	if err != nil {
		return nil, err
	}
	if page.SetupIntent == nil { // nobody has begun to type
		return &stripe.SetupIntent{Status: stripe.SetupIntentStatusRequiresPaymentMethod, Metadata: page.Metadata}, nil
	}
	return page.SetupIntent, nil
}

// Saved returns what a SetupIntent has saved.
func (s *Stripe) Saved(ctx context.Context, setUp string) (m tollkeeper.PaymentMethod, err error) {
	intent, err := s.setupIntent(ctx, setUp)
	if err != nil {
		return m, shown("read a set-up at Stripe", err)
	}
	if m.Customer, err = tollkeeper.ParseID(intent.Metadata[metaCustomer]); err != nil {
		return m, tollkeeper.Invalid("setUp: must be one that this server began")
	}
	if intent.Status != stripe.SetupIntentStatusSucceeded || intent.PaymentMethod == nil || intent.Customer == nil {
		return m, tollkeeper.Errorf(tollkeeper.CodeConflict, "the set-up is %s; let the customer finish it first", intent.Status)
	}
	describe(&m, intent.PaymentMethod)
	m.Account = intent.Customer.ID
	return m, nil
}

// describe takes over what tells a method from others.
func describe(m *tollkeeper.PaymentMethod, from *stripe.PaymentMethod) {
	m.Reference, m.Kind, m.Label = from.ID, string(from.Type), string(from.Type)
	switch {
	case from.Card != nil:
		m.Label, m.Last4, m.ExpMonth, m.ExpYear = string(from.Card.Brand), from.Card.Last4, from.Card.ExpMonth, from.Card.ExpYear
	case from.USBankAccount != nil:
		m.Label, m.Last4 = from.USBankAccount.BankName, from.USBankAccount.Last4
	case from.SEPADebit != nil:
		m.Last4 = from.SEPADebit.Last4
	}
	if m.Label == "" {
		m.Label = m.Kind
	}
}

// Forget detaches a payment method. One that is detached already is fine.
func (s *Stripe) Forget(ctx context.Context, reference string) error {
	_, err := s.client.V1PaymentMethods.Detach(ctx, reference, nil)
	var known *stripe.Error
	if errors.As(err, &known) && (known.HTTPStatusCode == http.StatusNotFound || known.HTTPStatusCode == http.StatusBadRequest) {
		return nil
	}
	return shown("detach a payment method at Stripe", err)
}

// Charge charges a payment, once: by its id as the idempotency key and, because
// Stripe forgets keys after a day and repeats its own failures under them, by looking
// first for the PaymentIntent of an earlier attempt.
func (s *Stripe) Charge(ctx context.Context, p tollkeeper.Payment, m tollkeeper.PaymentMethod) (tollkeeper.Outcome, error) {
	if p.Attempts > 0 || p.Reference != "" {
		known, err := s.find(ctx, p, m)
		if err != nil {
			return tollkeeper.Outcome{}, err
		}
		if known != nil {
			return intentOutcome(known), nil
		}
	}
	params := &stripe.PaymentIntentCreateParams{
		Amount: stripe.Int64(p.Amount), Currency: stripe.String(strings.ToLower(s.keys.Currency)), Customer: stripe.String(m.Account),
		PaymentMethod: stripe.String(m.Reference), PaymentMethodTypes: []*string{stripe.String(m.Kind)}, Confirm: stripe.Bool(true), OffSession: stripe.Bool(true),
		Description: stripe.String(string(p.Purpose)), Metadata: map[string]string{metaPayment: p.ID.String()},
	}
	params.SetIdempotencyKey("payment-" + p.ID.String())
	intent, err := s.client.V1PaymentIntents.Create(ctx, params)
	if err == nil {
		return intentOutcome(intent), nil
	}
	var known *stripe.Error
	if !errors.As(err, &known) || !decided(known) {
		return tollkeeper.Outcome{}, err
	}
	outcome := tollkeeper.Outcome{State: tollkeeper.PaymentFailed, Failure: reasonOf(known)}
	if known.PaymentIntent != nil {
		outcome.Reference = known.PaymentIntent.ID
	}
	return outcome, nil
}

// decided reports whether an error says that no money moved: a card was declined or
// the request cannot be. Everything else leaves it open.
func decided(err *stripe.Error) bool {
	switch {
	case err.Type == stripe.ErrorTypeCard:
		return true
	case err.Type == stripe.ErrorTypeInvalidRequest:
		return err.HTTPStatusCode == http.StatusBadRequest || err.HTTPStatusCode == http.StatusPaymentRequired || err.HTTPStatusCode == http.StatusNotFound
	}
	return false
}

// reasonOf says why a payment failed, as may be shown to whoever pays.
func reasonOf(err *stripe.Error) string {
	reason := err.Msg
	if err.DeclineCode != "" {
		reason += " (" + string(err.DeclineCode) + ")"
	}
	return tollkeeper.Shortened(reason, maxReason)
}

// maxReason bounds what is kept of Stripe's words, in bytes.
const maxReason = 255

// find looks for the PaymentIntent of an earlier attempt. Lists show what was written
// before at once, unlike searches.
func (s *Stripe) find(ctx context.Context, p tollkeeper.Payment, m tollkeeper.PaymentMethod) (*stripe.PaymentIntent, error) {
	if p.Reference != "" {
		return s.client.V1PaymentIntents.Retrieve(ctx, p.Reference, nil)
	}
	params := &stripe.PaymentIntentListParams{Customer: stripe.String(m.Account), CreatedRange: &stripe.RangeQueryParams{
		GreaterThanOrEqual: p.CreatedAt.Add(-clockSlack).Unix(),
	}}
	for intent, err := range s.client.V1PaymentIntents.List(ctx, params).All(ctx) {
		if err != nil {
			return nil, err
		}
		if intent.Metadata[metaPayment] == p.ID.String() {
			return intent, nil
		}
	}
	return nil, nil
}

// clockSlack is how far this server's clock and Stripe's may be apart.
const clockSlack = time.Hour

// intentOutcome is what the status of a PaymentIntent means.
func intentOutcome(i *stripe.PaymentIntent) tollkeeper.Outcome {
	outcome := tollkeeper.Outcome{State: tollkeeper.PaymentPending, Reference: i.ID}
	switch i.Status {
	case stripe.PaymentIntentStatusSucceeded:
		outcome.State = tollkeeper.PaymentSucceeded
	case stripe.PaymentIntentStatusProcessing, stripe.PaymentIntentStatusRequiresCapture:
		outcome.Failure = "the bank has not decided yet"
	default:
		outcome.State, outcome.Failure = tollkeeper.PaymentFailed, "the bank asks the customer to confirm, or for another payment method"
		if i.LastPaymentError != nil {
			outcome.Failure = reasonOf(i.LastPaymentError)
		}
	}
	return outcome
}

// Refund gives a payment back, or a part of it, once: by the refund's id.
func (s *Stripe) Refund(ctx context.Context, r tollkeeper.Refund, p tollkeeper.Payment) (tollkeeper.Outcome, error) {
	if r.Attempts > 0 {
		for known, err := range s.client.V1Refunds.List(ctx, &stripe.RefundListParams{PaymentIntent: stripe.String(p.Reference)}).All(ctx) {
			if err != nil {
				return tollkeeper.Outcome{}, err
			}
			if known.Metadata[metaRefund] == r.ID.String() {
				return refundOutcome(known), nil
			}
		}
	}
	params := &stripe.RefundCreateParams{PaymentIntent: stripe.String(p.Reference), Amount: stripe.Int64(r.Amount),
		Metadata: map[string]string{metaRefund: r.ID.String(), metaPayment: p.ID.String()}}
	params.SetIdempotencyKey("refund-" + r.ID.String())
	made, err := s.client.V1Refunds.Create(ctx, params)
	if err == nil {
		return refundOutcome(made), nil
	}
	var known *stripe.Error
	if !errors.As(err, &known) || !decided(known) {
		return tollkeeper.Outcome{}, err
	}
	return tollkeeper.Outcome{State: tollkeeper.PaymentFailed, Failure: reasonOf(known)}, nil
}

func refundOutcome(r *stripe.Refund) tollkeeper.Outcome {
	outcome := tollkeeper.Outcome{State: tollkeeper.PaymentPending, Reference: r.ID}
	switch r.Status {
	case stripe.RefundStatusSucceeded:
		outcome.State = tollkeeper.PaymentSucceeded
	case stripe.RefundStatusFailed, stripe.RefundStatusCanceled:
		outcome.State, outcome.Failure = tollkeeper.PaymentFailed, tollkeeper.Shortened(string(r.FailureReason), maxReason)
	}
	return outcome
}

// shown makes an error that may be answered of Stripe's.
func shown(what string, err error) error {
	if err == nil {
		return nil
	}
	var known *stripe.Error
	if errors.As(err, &known) && slices.Contains([]int{http.StatusBadRequest, http.StatusPaymentRequired, http.StatusNotFound}, known.HTTPStatusCode) {
		return &tollkeeper.Error{Code: tollkeeper.CodeInvalid, Message: "Stripe refused to " + strings.TrimSuffix(what, " at Stripe"), Err: err}
	}
	return &tollkeeper.Error{Code: tollkeeper.CodeUnavailable, Message: "Stripe cannot be reached; try again", Err: err}
}
