package rating

// table keeps equal values once and numbers them in the order they first came.
type table[T comparable] struct {
	ids    map[T]uint32
	values []T
	last   uint32 // neighbours in a file are often equal
}

func newTable[T comparable]() *table[T] { return &table[T]{ids: make(map[T]uint32)} }

func (t *table[T]) id(value T) uint32 {
	if len(t.values) > 0 && t.values[t.last] == value {
		return t.last
	}
	id, known := t.ids[value]
	if !known {
		id = uint32(len(t.values))
		t.ids[value] = id
		t.values = append(t.values, value)
	}
	t.last = id
	return id
}

// tabulate fills the tables in the order of the rates as given, which is the
// order they lie in memory: in the order of the deck it takes twice as long.
func tabulate(rates []Rate) (rows []row, destinations []string, allTerms []terms, periods []period) {
	rows = make([]row, len(rates))
	destinationTable, termsTable, periodTable := newTable[string](), newTable[terms](), newTable[period]()
	for i := range rates {
		r := &rates[i]
		rows[i] = row{
			destination: destinationTable.id(r.Destination),
			terms:       termsTable.id(terms{r.PricePerMinute, r.ConnectFee, r.MinimumSeconds, r.IncrementSeconds}),
			period:      periodTable.id(r.period().utc()),
		}
	}
	return rows, destinationTable.values, termsTable.values, periodTable.values
}

// renumbering gives the values of a table new numbers in the order of the deck,
// so that equal rates make equal decks, whatever order they came in.
type renumbering struct {
	ids   []uint32 // by old number; 0: none yet, else the new number plus one
	count uint32
}

// id returns the new number of a value in a table of a size.
func (r *renumbering) id(old uint32, size int) uint32 {
	if r.ids == nil {
		r.ids = make([]uint32, size)
	}
	if r.ids[old] == 0 {
		r.count++
		r.ids[old] = r.count
	}
	return r.ids[old] - 1
}

// permute copies a table into its new order, without spare capacity: a deck
// lives long.
func permute[T any](values []T, order renumbering) []T {
	permuted := make([]T, len(values))
	for old, id := range order.ids {
		permuted[id-1] = values[old]
	}
	return permuted
}
