package store

import (
	"context"
	"slices"
	"time"

	"tollkeeper"
	"tollkeeper/internal/rating"
)

// orphanAge is how old the chunks of an import that was cut off must be before
// the next import removes them.
const orphanAge = time.Hour

// PutDeck stores a compiled deck as a new version, in force from v.EffectiveFrom
// on. The chunks go in by short transactions of their own, so that calls are
// decided in between; the version appears with the last step.
func (s *Store) PutDeck(ctx context.Context, who tollkeeper.Principal, v DeckVersion, deck *rating.Deck, progress func(done, total int)) (DeckVersion, error) {
	body, err := deck.AppendBinary(nil)
	if err != nil {
		return DeckVersion{}, err
	}
	v.content, v.Rates = s.NewID(), int64(deck.Len())
	chunks := slices.Collect(slices.Chunk(body, chunkBytes))
	for i, chunk := range chunks {
		err := s.engine.write(ctx, func(t tx) error {
			_, err := t.exec("INSERT INTO deck_chunks (content, chunk, body) VALUES (?,?,?)", v.content, i+1, chunk)
			return err
		})
		if err != nil {
			return DeckVersion{}, err
		}
		if progress != nil {
			progress(i+1, len(chunks))
		}
	}
	s.decks.keep(v.content, deck)
	return s.addVersion(ctx, who, v, "ratedeck.import")
}

// addVersion gives a version its number and puts it in the list.
func (s *Store) addVersion(ctx context.Context, who tollkeeper.Principal, v DeckVersion, action string) (DeckVersion, error) {
	v.CreatedAt, v.CreatedBy = s.now(), who.Actor()
	if v.EffectiveFrom.IsZero() {
		v.EffectiveFrom = v.CreatedAt
	}
	err := s.engine.write(ctx, func(t tx) (err error) {
		if v.Version, err = count(t, "SELECT COALESCE(MAX(version), 0) + 1 FROM deck_versions WHERE deck = ?", v.Deck); err != nil {
			return err
		}
		_, err = t.exec("INSERT INTO deck_versions ("+deckVersionColumns+") VALUES (?,?,?,?,?,?,?)",
			v.Deck, v.Version, v.content, v.Rates, millis(v.EffectiveFrom), millis(v.CreatedAt), v.CreatedBy)
		if err != nil {
			return err
		}
		if err := s.deckChanged(t); err != nil {
			return err
		}
		return s.audited(t, who, tollkeeper.AuditEntry{Subject: "ratedeck:" + v.Deck, Action: action,
			Changes: []tollkeeper.Change{{Field: "version", To: itoa(v.Version)}}})
	})
	return v, err
}

// deckChanged tells every node that the list of versions is another, and removes
// the chunks that no version has used for a while.
func (s *Store) deckChanged(t tx) error {
	if _, err := t.exec("UPDATE deck_generation SET generation = generation + 1"); err != nil {
		return err
	}
	old := tollkeeper.IDAt(s.now().Add(-orphanAge))
	_, err := t.exec("DELETE FROM deck_chunks WHERE content < ? AND content NOT IN (SELECT content FROM deck_versions)", old)
	return err
}

// DeckVersions lists the versions of a deck, or of every deck for "", the newest
// first.
func (s *Store) DeckVersions(ctx context.Context, deck string) (versions []DeckVersion, err error) {
	err = s.engine.read(ctx, func(t tx) error {
		versions = nil
		return t.query(func(r row) error { versions = append(versions, scanDeckVersion(r)); return nil },
			"SELECT "+deckVersionColumns+" FROM deck_versions WHERE ? = '' OR deck = ? ORDER BY deck, version DESC", deck, deck)
	})
	if err == nil && deck != "" && len(versions) == 0 {
		err = notFound("rate deck", deck)
	}
	return versions, err
}

// DeckInForce returns the rates of a deck that apply at a time, and the version
// they come from.
func (s *Store) DeckInForce(ctx context.Context, deck string, at time.Time) (v DeckVersion, rates *rating.Deck, err error) {
	err = s.engine.read(ctx, func(t tx) error {
		list, err := s.decksInForce(t)
		if err != nil {
			return err
		}
		ok := false
		if v, ok = list.inForce(deck, at); !ok {
			return notFound("rate deck", deck)
		}
		rates, err = list.load(v)
		return err
	})
	return v, rates, err
}

// DeckAt returns the rates of one version of a deck.
func (s *Store) DeckAt(ctx context.Context, deck string, version int64) (v DeckVersion, rates *rating.Deck, err error) {
	err = s.engine.read(ctx, func(t tx) error {
		if v, err = deckVersion(t, deck, version); err != nil {
			return err
		}
		rates, err = s.decks.compiledDeck(t, v)
		return err
	})
	return v, rates, err
}

func deckVersion(t tx, deck string, version int64) (v DeckVersion, err error) {
	err = t.query(func(r row) error { v = scanDeckVersion(r); return nil },
		"SELECT "+deckVersionColumns+" FROM deck_versions WHERE deck = ? AND version = ?", deck, version)
	if err == nil && v.Version == 0 {
		err = notFound("version", itoa(version)+" of rate deck "+deck)
	}
	return v, err
}

// RollBackDeck puts an older version's rates in force again, as a new version.
func (s *Store) RollBackDeck(ctx context.Context, who tollkeeper.Principal, deck string, version int64) (DeckVersion, error) {
	var old DeckVersion
	err := s.engine.read(ctx, func(t tx) (err error) {
		old, err = deckVersion(t, deck, version)
		return err
	})
	if err != nil {
		return DeckVersion{}, err
	}
	return s.addVersion(ctx, who, DeckVersion{Deck: deck, content: old.content, Rates: old.Rates}, "ratedeck.rollback")
}

// DeleteDeck removes a deck with all its versions. A deck that customers use
// stays.
func (s *Store) DeleteDeck(ctx context.Context, who tollkeeper.Principal, deck string) error {
	return s.engine.write(ctx, func(t tx) error {
		users, err := count(t, "SELECT COUNT(*) FROM customers WHERE rate_deck = ? AND rate_deck <> ''", deck)
		if err != nil {
			return err
		}
		if users > 0 {
			return tollkeeper.Errorf(tollkeeper.CodeConflict, "rate deck %s is used by %d customers; give them another first", deck, users)
		}
		removed, err := t.exec("DELETE FROM deck_versions WHERE deck = ?", deck)
		if err != nil {
			return err
		}
		if removed == 0 {
			return notFound("rate deck", deck)
		}
		if err := s.deckChanged(t); err != nil {
			return err
		}
		return s.audited(t, who, tollkeeper.AuditEntry{Subject: "ratedeck:" + deck, Action: "ratedeck.delete"})
	})
}
