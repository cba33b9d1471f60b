// Package demo holds a rate deck to look at: the countries of the world with
// their mobile networks, their larger cities and the area codes of North America,
// at prices a wholesaler might ask. It knows no premium-rate prefixes. The
// numbering is real, the prices are invented.
package demo

import _ "embed" // for Deck

// Deck is a file as rating.ParseCSV reads it, prices in US dollars.
//
//go:embed deck.csv
var Deck []byte
