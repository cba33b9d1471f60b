package main

import (
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
)

// terms are words to search for.
type terms struct {
	rare, common         []string
	rareHits, commonHits int64 // of the first of each
}

const (
	rareTerms   = 16 // so many, since a server might remember the last answers
	commonTerms = 4
	maxProbes   = 2000 // tries to find them
)

// findTerms tries parts of customers' names until it has terms that few
// customers have, about 200 to 1,000 in a million, and terms that one in fifty
// has at least.
func (f *finds) findTerms(names []string) (found terms, err error) {
	population := int64(f.settings.customers)
	random := rand.New(rand.NewPCG(3, 3)) // any fixed seed
	for range maxProbes {
		if len(found.rare) == rareTerms && len(found.common) == commonTerms {
			return found, nil
		}
		term := partOf(names[random.IntN(len(names))], random)
		if slices.Contains(found.rare, term) || slices.Contains(found.common, term) {
			continue
		}
		hits, err := f.session.total("/customers?$limit=0&$search=" + url.QueryEscape(term))
		if err != nil {
			return found, err
		}
		switch {
		case hits >= max(2, population/5000) && hits <= population/1000 && len(found.rare) < rareTerms:
			found.add(&found.rare, &found.rareHits, term, hits)
		case hits >= population/50 && len(found.common) < commonTerms:
			found.add(&found.common, &found.commonHits, term, hits)
		}
	}
	return found, fmt.Errorf("of %d parts of names, %d were rare and %d common enough to search for", maxProbes, len(found.rare), len(found.common))
}

func (*terms) add(list *[]string, hits *int64, term string, n int64) {
	*list = append(*list, term)
	if len(*list) == 1 {
		*hits = n
	}
}

// partOf is 3 to 7 letters from somewhere in the name.
func partOf(name string, random *rand.Rand) string {
	letters := []rune(name)
	length := min(len(letters), 3+random.IntN(5))
	from := random.IntN(len(letters) - length + 1)
	return string(letters[from : from+length])
}

// sampleNames reads names of customers from all over the table.
func (f *finds) sampleNames() ([]string, error) {
	const pages, pageSize = 4, 64
	var names []string
	for i := range pages {
		var page struct{ Data []struct{ Name string } }
		target := fmt.Sprintf("/customers?$select=name&$limit=%d&$skip=%d", pageSize, i*(f.settings.customers-pageSize)/pages)
		if err := f.session.fetch(f.session.request("GET", target, ""), &page); err != nil {
			return nil, err
		}
		for _, customer := range page.Data {
			names = append(names, customer.Name)
		}
	}
	if len(names) != pages*pageSize {
		return nil, fmt.Errorf("%d names on %d pages of %d", len(names), pages, pageSize)
	}
	return names, nil
}
