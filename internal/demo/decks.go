package demo

import (
	"bytes"
	"context"

	"tollkeeper"
	"tollkeeper/internal/rating"
	ratedemo "tollkeeper/internal/rating/demo"
)

// wholesale is the deck of those who buy many minutes.
const wholesale = "wholesale"

// putDecks imports the price lists.
func (h *history) putDecks(ctx context.Context) error {
	rates, err := rating.ParseCSV(bytes.NewReader(ratedemo.Deck), nil)
	if err != nil {
		return err
	}
	if err := h.putDeck(ctx, tollkeeper.DefaultDeck, rates); err != nil {
		return err
	}
	for i := range rates {
		if rates[i].PricePerMinute, err = wholesalePrice(rates[i].PricePerMinute); err != nil {
			return err
		}
	}
	return h.putDeck(ctx, wholesale, rates)
}

func (h *history) putDeck(ctx context.Context, name string, rates []rating.Rate) error {
	_, err := h.store.PutDeck(ctx, h.by(billingDesk), tollkeeper.DeckVersion{Deck: name}, rating.Compile(rates), nil)
	return err
}

// wholesalePrice is 78 percent of a price, in the four decimals of price lists.
func wholesalePrice(retail tollkeeper.Micros) (tollkeeper.Micros, error) {
	const tenThousandth = tollkeeper.Unit / 10_000
	steps, err := retail.MulDivUp(78, 100*int64(tenThousandth))
	return steps * tenThousandth, err
}
