package store

import (
	"tollkeeper"
	"tollkeeper/internal/ledger"
)

// loadTrunks reads the limits and counters of the trunks that a batch touches. Their
// customers' accounts are locked by then, and nobody changes them without that lock.
// A batch without limited trunks asks for nothing.
func loadTrunks(t tx, touch ledger.Touch, book *ledger.Book) error {
	wanted := map[ledger.TrunkKey]bool{}
	for _, key := range touch.Trunks {
		wanted[key] = true
	}
	for _, known := range book.Calls {
		if known.Live != nil && known.Live.TrunkCounted {
			wanted[ledger.TrunkKey{Customer: known.Live.Customer, Trunk: known.Live.Trunk}] = true
		}
	}
	ask := t.later
	for key := range wanted {
		if delete(wanted, key); len(wanted) == 0 {
			ask = t.query // and wait for the answers to all
		}
		if err := ask(readLoad(book, key), trunkLoad, key.Customer, key.Trunk); err != nil {
			return err
		}
	}
	return nil
}

const trunkLoad = "SELECT max_concurrent_calls, max_outbound_call_rate, live_calls, rate_window FROM trunk_loads WHERE customer = ? AND trunk = ?"

func readLoad(book *ledger.Book, key ledger.TrunkKey) func(row) error {
	return func(r row) error {
		book.Trunks[key] = &ledger.Trunk{
			MaxConcurrentCalls: r.int(0), MaxOutboundCallRate: int32(r.int(1)), LiveCalls: r.int(2), RateWindow: r.blob(3),
		}
		return nil
	}
}

func saveLoads(t tx, trunks map[ledger.TrunkKey]*ledger.Trunk) error {
	for key, trunk := range trunks {
		if !trunk.Changed {
			continue
		}
		err := t.later(nil, "UPDATE trunk_loads SET live_calls = ?, rate_window = ? WHERE customer = ? AND trunk = ?",
			trunk.LiveCalls, []byte(trunk.RateWindow), key.Customer, key.Trunk)
		if err != nil {
			return err
		}
	}
	return nil
}

// limitTrunk brings a trunk's counters in step with its limits. A trunk that gets its
// first limit is counted from then on with the calls that are in progress; its
// customer's account is locked, so that none of them ends meanwhile.
func limitTrunk(t tx, trunk *tollkeeper.Trunk) error {
	if !trunk.Limited() {
		return deleteLoad(t, trunk)
	}
	changed, err := t.exec("UPDATE trunk_loads SET max_concurrent_calls = ?, max_outbound_call_rate = ? WHERE customer = ? AND trunk = ?",
		trunk.MaxConcurrentCalls, trunk.MaxOutboundCallRate, trunk.Customer, trunk.ID)
	if err != nil || changed > 0 {
		return err
	}
	live, err := t.exec("UPDATE calls SET flags = flags | ? WHERE customer = ? AND trunk = ? AND flags & ? = 0",
		flagTrunkCounted, trunk.Customer, trunk.ID, flagEmergency)
	if err != nil {
		return err
	}
	_, err = t.exec("INSERT INTO trunk_loads (customer, trunk, max_concurrent_calls, max_outbound_call_rate, live_calls) VALUES (?,?,?,?,?)",
		trunk.Customer, trunk.ID, trunk.MaxConcurrentCalls, trunk.MaxOutboundCallRate, live)
	return err
}

func deleteLoad(t tx, trunk *tollkeeper.Trunk) error {
	_, err := t.exec("DELETE FROM trunk_loads WHERE customer = ? AND trunk = ?", trunk.Customer, trunk.ID)
	return err
}
