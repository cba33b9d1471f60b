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
func (s *Store) PutDeck(ctx context.Context, w tollkeeper.Write, v tollkeeper.DeckVersion, deck *rating.Deck, progress func(done, total int)) (tollkeeper.DeckVersion, error) {
	body, err := deck.AppendBinary(nil)
	if err != nil {
		return tollkeeper.DeckVersion{}, err
	}
	v.Content, v.Rates = s.NewID(), int64(deck.Len())
	chunks := slices.Collect(slices.Chunk(body, chunkBytes))
	for i, chunk := range chunks {
		err := s.engine.write(ctx, func(t tx) error {
			_, err := t.exec("INSERT INTO deck_chunks (content, chunk, body) VALUES (?,?,?)", v.Content, i+1, chunk)
			return err
		})
		if err != nil {
			return tollkeeper.DeckVersion{}, err
		}
		if progress != nil {
			progress(i+1, len(chunks))
		}
	}
	s.decks.keep(v.Content, deck)
	return s.addVersion(ctx, w, v, "ratedeck.import")
}

// addVersion gives a version its number and puts it in the list.
func (s *Store) addVersion(ctx context.Context, w tollkeeper.Write, v tollkeeper.DeckVersion, action string) (tollkeeper.DeckVersion, error) {
	v.CreatedAt, v.CreatedBy = s.now(), w.Actor()
	if v.EffectiveFrom.IsZero() {
		v.EffectiveFrom = v.CreatedAt
	}
	err := s.write(ctx, w, func(t tx) (_ any, err error) {
		if v.Version, err = count(t, "SELECT COALESCE(MAX(version), 0) + 1 FROM deck_versions WHERE deck = ?", v.Deck); err != nil {
			return nil, err
		}
		_, err = t.exec("INSERT INTO deck_versions ("+deckVersionColumns+") VALUES (?,?,?,?,?,?,?,?)",
			v.Deck, v.Version, v.Content, v.RollbackOf, v.Rates, millis(v.EffectiveFrom), millis(v.CreatedAt), v.CreatedBy)
		if err != nil {
			return nil, err
		}
		if err := s.deckChanged(t); err != nil {
			return nil, err
		}
		return v, s.audited(t, w, tollkeeper.AuditEntry{Subject: v.Deck, Action: action,
			Changes: []tollkeeper.Change{{Field: "version", To: itoa(v.Version)}}})
	})
	return v, err
}

// deckChanged tells every node that the list of versions is another, and removes
// the chunks that no version has used for a while.
func (s *Store) deckChanged(t tx) error {
	if _, err := t.exec("UPDATE deck_generation SET generation = ? WHERE id = 1", newMark()); err != nil {
		return err
	}
	old := tollkeeper.IDAt(s.now().Add(-orphanAge))
	_, err := t.exec("DELETE FROM deck_chunks WHERE content < ? AND content NOT IN (SELECT content FROM deck_versions)", old)
	return err
}

// DeckVersions lists the versions of a deck, or of every deck for "", the newest
// first.
func (s *Store) DeckVersions(ctx context.Context, deck string) (versions []tollkeeper.DeckVersion, err error) {
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
func (s *Store) DeckInForce(ctx context.Context, deck string, at time.Time) (v tollkeeper.DeckVersion, rates *rating.Deck, err error) {
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
func (s *Store) DeckAt(ctx context.Context, deck string, version int64) (v tollkeeper.DeckVersion, rates *rating.Deck, err error) {
	err = s.engine.read(ctx, func(t tx) error {
		if v, err = deckVersion(t, deck, version); err != nil {
			return err
		}
		rates, err = s.decks.compiledDeck(t, v)
		return err
	})
	return v, rates, err
}

func deckVersion(t tx, deck string, version int64) (v tollkeeper.DeckVersion, err error) {
	err = t.query(func(r row) error { v = scanDeckVersion(r); return nil },
		"SELECT "+deckVersionColumns+" FROM deck_versions WHERE deck = ? AND version = ?", deck, version)
	if err == nil && v.Version == 0 {
		err = notFound("version", itoa(version)+" of rate deck "+deck)
	}
	return v, err
}

// RollBackDeck puts an older version's rates in force again, as a new version.
func (s *Store) RollBackDeck(ctx context.Context, w tollkeeper.Write, deck string, version int64) (tollkeeper.DeckVersion, error) {
	var old tollkeeper.DeckVersion
	err := s.engine.read(ctx, func(t tx) (err error) {
		old, err = deckVersion(t, deck, version)
		return err
	})
	if err != nil {
		return tollkeeper.DeckVersion{}, err
	}
	return s.addVersion(ctx, w, tollkeeper.DeckVersion{Deck: deck, Content: old.Content, Rates: old.Rates, RollbackOf: version}, "ratedeck.rollback")
}

// DeleteDeck removes a deck with all its versions, and returns the one that was
// in force. A deck that customers use stays.
func (s *Store) DeleteDeck(ctx context.Context, w tollkeeper.Write, deck string) (v tollkeeper.DeckVersion, err error) {
	err = s.engine.write(ctx, func(t tx) error {
		users, err := deckUsers(t, deck)
		if err != nil {
			return err
		}
		if users > 0 {
			return tollkeeper.Errorf(tollkeeper.CodeConflict, "rate deck %s has customers (%d); give them another first", deck, users)
		}
		list, err := s.decksInForce(t)
		if err != nil {
			return err
		}
		versions := list.versions[deck]
		if len(versions) == 0 {
			return notFound("rate deck", deck)
		}
		ok := false
		if v, ok = list.inForce(deck, s.now()); !ok {
			v = versions[len(versions)-1]
		}
		if _, err := t.exec("DELETE FROM deck_versions WHERE deck = ?", deck); err != nil {
			return err
		}
		if err := s.deckChanged(t); err != nil {
			return err
		}
		return s.audited(t, w, tollkeeper.AuditEntry{Subject: deck, Action: "ratedeck.remove"})
	})
	return v, err
}

// deckUsers counts the customers whose calls a deck prices.
func deckUsers(t tx, deck string) (int64, error) {
	assigned, err := count(t, "SELECT COUNT(*) FROM customers WHERE rate_deck = ? AND rate_deck <> ''", deck)
	if err != nil || deck != tollkeeper.DefaultDeck {
		return assigned, err
	}
	all, err := count(t, "SELECT total FROM customer_tallies WHERE field = ? AND value = ''", tallyAll)
	if err != nil {
		return 0, err
	}
	others, err := count(t, "SELECT COUNT(*) FROM customers WHERE rate_deck <> '' AND rate_deck <> ?", deck)
	return all - others, err
}
