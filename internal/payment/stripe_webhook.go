package payment

import (
	"encoding/json"

	"github.com/stripe/stripe-go/v85"

	"tollkeeper"
)

// Hear checks Stripe's signature of a message, which must be fresh, and reads it. What
// is of no interest is not found.
func (s *Stripe) Hear(body []byte, signature string) (m tollkeeper.Message, found bool, err error) {
	event, err := s.client.ConstructEvent(body, signature, s.keys.Webhook, stripe.WithIgnoreAPIVersionMismatch())
	if err != nil {
		return m, false, &tollkeeper.Error{Code: tollkeeper.CodeInvalid, Message: "the signature of the message is not valid", Err: err}
	}
	m.ID = event.ID
	switch event.Type {
	case "payment_intent.succeeded", "payment_intent.payment_failed", "payment_intent.canceled":
		err = heardIntent(&m, event.Data.Raw)
	case "refund.created", "refund.updated", "refund.failed":
		err = heardRefund(&m, event.Data.Raw)
	case "charge.dispute.funds_withdrawn", "charge.dispute.funds_reinstated":
		err = heardDispute(&m, event.Data.Raw)
		m.ID += "/" + string(event.Type)
		m.Returned = event.Type == "charge.dispute.funds_reinstated"
	case "setup_intent.succeeded":
		var intent stripe.SetupIntent
		err = json.Unmarshal(event.Data.Raw, &intent)
		m.Kind, m.Reference = tollkeeper.MessageMethod, intent.ID
		if intent.Metadata[metaCustomer] == "" {
			return m, false, err
		}
	default:
		return m, false, nil
	}
	if err != nil {
		return m, false, &tollkeeper.Error{Code: tollkeeper.CodeInvalid, Message: "the message cannot be read", Err: err}
	}
	return m, true, nil
}

// ours reads an id of ours out of metadata; zero when there is none.
func ours(metadata map[string]string, key string) tollkeeper.ID {
	id, _ := tollkeeper.ParseID(metadata[key])
	return id
}

func heardIntent(m *tollkeeper.Message, raw []byte) error {
	var intent stripe.PaymentIntent
	if err := json.Unmarshal(raw, &intent); err != nil {
		return err
	}
	m.Kind, m.Payment, m.Reference, m.Outcome = tollkeeper.MessagePayment, ours(intent.Metadata, metaPayment), intent.ID, intentOutcome(&intent)
	return nil
}

func heardRefund(m *tollkeeper.Message, raw []byte) error {
	var refund stripe.Refund
	if err := json.Unmarshal(raw, &refund); err != nil {
		return err
	}
	m.Kind, m.Payment, m.Refund = tollkeeper.MessageRefund, ours(refund.Metadata, metaPayment), ours(refund.Metadata, metaRefund)
	m.Amount, m.Outcome = refund.Amount, refundOutcome(&refund)
	if refund.PaymentIntent != nil {
		m.Reference = refund.PaymentIntent.ID
	}
	return nil
}

// heardDispute names the message by the dispute: Stripe may tell of one thing by two
// events, and unlike a payment or a refund it would be booked twice.
func heardDispute(m *tollkeeper.Message, raw []byte) error {
	var dispute stripe.Dispute
	if err := json.Unmarshal(raw, &dispute); err != nil {
		return err
	}
	m.Kind, m.ID, m.Amount = tollkeeper.MessageDispute, dispute.ID, dispute.Amount
	if dispute.PaymentIntent != nil {
		m.Reference = dispute.PaymentIntent.ID
	}
	return nil
}
