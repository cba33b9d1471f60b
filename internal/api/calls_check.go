package api

import "tollkeeper"

// checkCall says what would become of a call, rule by rule, without placing it.
func (a *API) checkCall(x *exchange) error {
	o, err := x.object(callersText)
	if err != nil {
		return err
	}
	q := x.attempt(o)
	if err := o.done(); err != nil {
		return err
	}
	check, err := a.Calls.Check(x.r.Context(), q)
	if err != nil {
		return err
	}
	return x.answer(checkBody(&check))
}

func checkBody(c *tollkeeper.Check) []byte {
	w := newWire(nil)
	w.decision(&c.Decision)
	w.optional("region", c.Called.Region)
	w.bool("domestic", c.Called.Domestic)
	w.bool("premium", c.Called.Premium)
	if c.Decision.Tariff.Prefix != "" {
		w.text("deck", c.Decision.Tariff.Deck)
		w.int("deckVersion", c.Decision.Tariff.DeckVersion)
		w.int("minimumSeconds", int64(c.Decision.Tariff.MinimumSeconds))
		w.int("incrementSeconds", int64(c.Decision.Tariff.IncrementSeconds))
	}
	w.raw("rules", array(c.Rules, func(rule tollkeeper.CheckedRule) []byte {
		one := newWire(nil)
		one.text("rule", string(rule.Rule))
		one.text("outcome", string(rule.Outcome))
		one.optional("detail", rule.Detail)
		return one.end()
	}))
	return w.end()
}
