package tollkeeper

import "time"

// DeckVersion is one version of a rate deck.
type DeckVersion struct {
	Deck          string
	Version       int64
	Rates         int64
	EffectiveFrom time.Time
	CreatedAt     time.Time
	CreatedBy     string
	RollbackOf    int64 // the version whose rates it brought back; 0: none

	Content ID // names the compiled rates; versions of the same rates share it
}
