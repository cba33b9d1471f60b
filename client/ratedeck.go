package client

import "time"

// RateDeck is one version of a rate deck.
type RateDeck struct {
	Name          string    `json:"name"`
	Version       int64     `json:"version"` // from 1
	Rates         int       `json:"rates"`   // how many
	InForce       bool      `json:"inForce"`
	CreatedAt     time.Time `json:"createdAt"`
	EffectiveFrom time.Time `json:"effectiveFrom,omitzero"` // zero: at once
	RollbackOf    int64     `json:"rollbackOf,omitzero"`    // the version it brought back; 0 for none
}

// RateDeckList is a page of rate decks, or of the versions of one.
type RateDeckList = List[RateDeck]

// RateDeckRollback is the version to go back to.
type RateDeckRollback struct {
	Version int64 `json:"version"`
}

// RateDeckImport is what an import or a rollback did, or would do.
type RateDeckImport struct {
	Name          string             `json:"name"`
	Version       int64              `json:"version,omitzero"` // 0 on a dry run
	Rates         int                `json:"rates"`
	DryRun        bool               `json:"dryRun"`
	EffectiveFrom time.Time          `json:"effectiveFrom,omitzero"`
	RollbackOf    int64              `json:"rollbackOf,omitzero"`
	Difference    RateDeckDifference `json:"difference"`
}

// RateDeckDifference is the difference to the version in force. A prefix counts in
// one group only.
type RateDeckDifference struct {
	New       RateDeckDifferenceGroup `json:"new"`
	Dearer    RateDeckDifferenceGroup `json:"dearer"`
	Cheaper   RateDeckDifferenceGroup `json:"cheaper"`
	Changed   RateDeckDifferenceGroup `json:"changed"` // in minimum, increment or destination only
	Gone      RateDeckDifferenceGroup `json:"gone"`
	Unchanged int                     `json:"unchanged"`
}

// RateDeckDifferenceGroup is a number of prefixes, and the first of them.
type RateDeckDifferenceGroup struct {
	Count    int          `json:"count"`
	Examples []RateChange `json:"examples"` // at most 20
}

// RateChange is a prefix in two versions.
type RateChange struct {
	Prefix      string     `json:"prefix"`
	Destination string     `json:"destination"`
	Old         *RateTerms `json:"old,omitzero"` // nil where the prefix is new
	New         *RateTerms `json:"new,omitzero"` // nil where it is gone
}

// RateTerms is what one version says of a prefix.
type RateTerms struct {
	Destination          string `json:"destination"`
	PricePerMinuteMicros Micros `json:"pricePerMinuteMicros"`
	ConnectFeeMicros     Micros `json:"connectFeeMicros"`
	MinimumSeconds       int    `json:"minimumSeconds"`
	IncrementSeconds     int    `json:"incrementSeconds"`
}

// Rate is the price of a prefix.
type Rate struct {
	Prefix               string    `json:"prefix"`
	Destination          string    `json:"destination"`
	PricePerMinuteMicros Micros    `json:"pricePerMinuteMicros"`
	ConnectFeeMicros     Micros    `json:"connectFeeMicros"`
	MinimumSeconds       int       `json:"minimumSeconds"`
	IncrementSeconds     int       `json:"incrementSeconds"`
	EffectiveFrom        time.Time `json:"effectiveFrom,omitzero"` // zero: that of the version
	EffectiveTo          time.Time `json:"effectiveTo,omitzero"`   // not included; zero: no end
}

// RateList is a page of rates.
type RateList = List[Rate]
