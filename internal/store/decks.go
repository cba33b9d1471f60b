package store

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"tollkeeper"
	"tollkeeper/internal/rating"
)

// chunkBytes keeps the transactions that store a deck so short that calls are
// decided in between.
const chunkBytes = 256 << 10

// deckCache keeps compiled decks, which are immutable. The generation in the
// database tells every node when the list of versions has changed.
type deckCache struct {
	mu         sync.Mutex // guards all below
	loaded     bool
	generation int64
	versions   map[string][]tollkeeper.DeckVersion // by deck; the version in force later first
	compiled   map[tollkeeper.ID]*rating.Deck
}

// priceList is the decks as one transaction sees them.
type priceList struct {
	versions map[string][]tollkeeper.DeckVersion
	load     func(v tollkeeper.DeckVersion) (*rating.Deck, error)
	err      error // of a look-up; it must fail the transaction, for no price was found out
}

// inForce returns the version of a deck that applies at a time: of those already
// effective the one that became so last.
func (p *priceList) inForce(deck string, at time.Time) (tollkeeper.DeckVersion, bool) {
	for _, v := range p.versions[deck] {
		if !v.EffectiveFrom.After(at) {
			return v, true
		}
	}
	return tollkeeper.DeckVersion{}, false
}

func (p *priceList) tariff(deck, number string, at time.Time) (tollkeeper.Tariff, bool) {
	v, ok := p.inForce(deck, at)
	if !ok {
		return tollkeeper.Tariff{}, false
	}
	compiled, err := p.load(v)
	if err != nil {
		p.err = err
		return tollkeeper.Tariff{}, false
	}
	rate, ok := compiled.Lookup(number, at)
	if !ok {
		return tollkeeper.Tariff{}, false
	}
	return tollkeeper.Tariff{
		Prefix: rate.Prefix, Destination: rate.Destination, PricePerMinute: rate.PricePerMinute, ConnectFee: rate.ConnectFee,
		MinimumSeconds: rate.MinimumSeconds, IncrementSeconds: rate.IncrementSeconds, Deck: deck, DeckVersion: v.Version,
	}, true
}

// decksInForce returns the decks as the transaction sees them.
func (s *Store) decksInForce(t tx) (*priceList, error) {
	generation, err := count(t, deckGeneration)
	if err != nil {
		return nil, err
	}
	return s.decksOf(t, generation)
}

// newMark makes a number by which caches know that what they hold is another. It never was
// before: a transaction that has seen one, and filled a cache, may yet be rolled back.
func newMark() int64 { return rand.Int64() }

// deckGeneration asks for the numbers that are others whenever a version of a deck, a
// listener, or a row of the barring table comes or goes; and for the horizon of terms.
const deckGeneration = "SELECT generation, listeners, barrings, terms_horizon FROM deck_generation WHERE id = 1"

func (s *Store) decksOf(t tx, generation int64) (*priceList, error) {
	s.decks.mu.Lock()
	defer s.decks.mu.Unlock()
	if !s.decks.loaded || s.decks.generation != generation {
		if err := s.decks.refresh(t, generation); err != nil {
			return nil, err
		}
	}
	return &priceList{
		versions: s.decks.versions,
		load:     func(v tollkeeper.DeckVersion) (*rating.Deck, error) { return s.decks.compiledDeck(t, v) },
	}, nil
}

// refresh reads the versions anew and forgets compiled decks nobody can use any
// more. Called with the lock held.
func (c *deckCache) refresh(t tx, generation int64) error {
	versions := map[string][]tollkeeper.DeckVersion{}
	used := map[tollkeeper.ID]bool{}
	err := t.query(func(r row) error {
		v := scanDeckVersion(r)
		versions[v.Deck] = append(versions[v.Deck], v)
		used[v.Content] = true
		return nil
	}, "SELECT "+deckVersionColumns+" FROM deck_versions ORDER BY deck, effective_from DESC, version DESC")
	if err != nil {
		return err
	}
	for content := range c.compiled {
		if !used[content] {
			delete(c.compiled, content)
		}
	}
	c.versions, c.generation, c.loaded = versions, generation, true
	return nil
}

const deckVersionColumns = `deck, version, content, rollback_of, rates, effective_from, created_at, created_by`

func scanDeckVersion(r row) tollkeeper.DeckVersion {
	return tollkeeper.DeckVersion{
		Deck: r.text(0), Version: r.int(1), Content: r.id(2), RollbackOf: r.int(3), Rates: r.int(4),
		EffectiveFrom: fromMillis(r.int(5)), CreatedAt: fromMillis(r.int(6)), CreatedBy: r.text(7),
	}
}

func (c *deckCache) compiledDeck(t tx, v tollkeeper.DeckVersion) (*rating.Deck, error) {
	c.mu.Lock()
	deck := c.compiled[v.Content]
	c.mu.Unlock()
	if deck != nil {
		return deck, nil
	}
	var body []byte
	err := t.query(func(r row) error { body = append(body, r.blob(0)...); return nil },
		"SELECT body FROM deck_chunks WHERE content = ? ORDER BY chunk", v.Content)
	if err != nil {
		return nil, err
	}
	deck, err = rating.DecodeBinary(body)
	if err != nil {
		return nil, fmt.Errorf("deck %q version %d: %w", v.Deck, v.Version, err)
	}
	c.keep(v.Content, deck)
	return deck, nil
}

func (c *deckCache) keep(content tollkeeper.ID, deck *rating.Deck) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.compiled == nil {
		c.compiled = map[tollkeeper.ID]*rating.Deck{}
	}
	c.compiled[content] = deck
}
