package store

import "sync"

// searchTotals remembers how many customers a search finds, because counting them
// costs as much as there are, for every page anew. What it knows holds for one
// generation of the index, which the database counts: another node's write makes
// it forget too.
type searchTotals struct {
	mu         sync.Mutex // guards all below
	generation int64
	totals     map[string]int64
}

// maxSearchTotals bounds the searches remembered; beyond it all are forgotten.
const maxSearchTotals = 10_000

// searchGeneration is the tally that rises whenever a searchable text changes.
const searchGeneration = "search"

func (s *Store) searchTotal(t tx, text string) (int64, error) {
	generation, err := count(t, "SELECT total FROM customer_tallies WHERE field = ? AND value = ''", searchGeneration)
	if err != nil {
		return 0, err
	}
	if total, known := s.totals.look(generation, text); known {
		return total, nil
	}
	index := s.engine.customers().indexed
	total, err := count(t, "SELECT COUNT(*) FROM customers_search WHERE "+index.match, index.pattern(text))
	if err == nil {
		s.totals.keep(generation, text, total)
	}
	return total, err
}

func (c *searchTotals) look(generation int64, text string) (total int64, known bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if generation == c.generation {
		total, known = c.totals[text]
	}
	return total, known
}

func (c *searchTotals) keep(generation int64, text string, total int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case generation < c.generation:
		return
	case generation > c.generation, c.totals == nil, len(c.totals) >= maxSearchTotals:
		c.generation, c.totals = generation, map[string]int64{}
	}
	c.totals[text] = total
}
