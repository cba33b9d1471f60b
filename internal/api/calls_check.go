package api

import "tollkeeper"

// checkCall says what would become of a call, rule by rule, without placing it.
func (a *API) checkCall(x *exchange) error {
	o, err := x.object()
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
	w.key("rules")
	w.b = append(w.b, '[')
	for i, rule := range c.Rules {
		if i > 0 {
			w.b = append(w.b, ',')
		}
		r := newWire(nil)
		r.text("rule", string(rule.Rule))
		r.text("outcome", string(rule.Outcome))
		r.optional("detail", rule.Detail)
		w.b = append(w.b, r.end()...)
	}
	w.b = append(w.b, ']')
	return w.end()
}
