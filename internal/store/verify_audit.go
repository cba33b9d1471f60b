package store

import (
	"fmt"
	"strings"

	"tollkeeper"
)

// auditWalk follows the chains of the audit trail.
type auditWalk struct {
	*Verification
	ends   map[tollkeeper.ID]tollkeeper.AuditHead // how far each chain was followed
	claims map[chainPlace][]chainClaim            // not met yet
}

type chainPlace struct {
	chain    tollkeeper.ID
	sequence int64
}

// chainClaim is somebody's word for the hash of an entry.
type chainClaim struct {
	hash tollkeeper.AuditHash
	by   string
}

// verifyAudit recomputes the hash of every entry of the audit trail, follows the
// chains, and looks up every end of a chain that was noted: with the chains, by the
// entries that begin others, and by whoever asks.
func verifyAudit(anchors []tollkeeper.AuditHead) func(tx, *Verification) error {
	return func(t tx, v *Verification) error {
		w := &auditWalk{Verification: v, ends: map[tollkeeper.ID]tollkeeper.AuditHead{}, claims: map[chainPlace][]chainClaim{}}
		for _, anchor := range anchors {
			w.claim(anchor, "the head that was given")
		}
		if err := w.readLinks(t); err != nil {
			return err
		}
		err := t.query(func(r row) error { w.follow(scanSealed(r)); return nil }, "SELECT "+sealedColumns+" FROM audit ORDER BY id")
		if err != nil {
			return err
		}
		if err := w.compareEnds(t); err != nil {
			return err
		}
		w.unmet()
		v.AuditHeads, err = looseEnds(t)
		return err
	}
}

func (w *auditWalk) claim(head tollkeeper.AuditHead, by string) {
	place := chainPlace{head.Chain, head.Sequence}
	w.claims[place] = append(w.claims[place], chainClaim{head.Hash, by})
}

// readLinks collects what the first entries of chains say of others. An entry that
// cannot be read was altered, which follow finds.
func (w *auditWalk) readLinks(t tx) error {
	return t.query(func(r row) error {
		changes, _ := readChanges(r.text(1))
		for _, change := range changes {
			var head tollkeeper.AuditHead
			if head.UnmarshalText([]byte(strings.Trim(change.To, `"`))) == nil {
				w.claim(head, "audit entry "+r.id(0).String())
			}
		}
		return nil
	}, "SELECT id, changes FROM audit WHERE action = ?", auditLink)
}

// follow checks one entry against its content, the entry before it in its chain and
// what is claimed of it.
func (w *auditWalk) follow(e *tollkeeper.SealedEntry) {
	w.AuditEntries++
	end := w.ends[e.Chain]
	switch {
	case e.Sequence <= end.Sequence:
		w.fault("audit entry %s is a second entry %d of chain %s", e.ID, e.Sequence, e.Chain)
		return
	case e.Sequence > end.Sequence+1:
		w.fault("audit chain %s lacks %s", e.Chain, entriesBetween(end.Sequence+1, e.Sequence-1))
	case e.Previous != end.Hash:
		w.fault("audit entry %s does not continue the entry before it in chain %s", e.ID, e.Chain)
	}
	if e.Seal() != e.Hash {
		w.fault("audit entry %s was altered: its content does not have its hash", e.ID)
	}
	place := chainPlace{e.Chain, e.Sequence}
	for _, claim := range w.claims[place] {
		if claim.hash != e.Hash {
			w.fault("audit entry %s is not the entry %d of chain %s that %s names", e.ID, e.Sequence, e.Chain, claim.by)
		}
	}
	delete(w.claims, place)
	w.ends[e.Chain] = tollkeeper.AuditHead{Chain: e.Chain, Sequence: e.Sequence, Hash: e.Hash}
}

// compareEnds checks the end that is kept of each chain against where it was found.
func (w *auditWalk) compareEnds(t tx) error {
	err := t.query(func(r row) error {
		chain, sequence := r.id(0), r.int(1)
		end := w.ends[chain]
		delete(w.ends, chain)
		switch {
		case end.Sequence < sequence:
			w.fault("audit chain %s lacks %s", chain, entriesBetween(end.Sequence+1, sequence))
		case end.Sequence > sequence || string(r.blob(2)) != string(end.Hash[:]):
			w.fault("audit chain %s does not end with the entry that is kept as its end", chain)
		}
		return nil
	}, "SELECT chain, sequence, hash FROM audit_chains")
	for chain := range w.ends {
		w.fault("audit chain %s is not among the chains that were begun", chain)
	}
	return err
}

// unmet reports the entries that were named and are gone.
func (w *auditWalk) unmet() {
	for place, claims := range w.claims {
		for _, claim := range claims {
			w.fault("entry %d of audit chain %s is gone, which %s names", place.sequence, place.chain, claim.by)
		}
	}
}

func entriesBetween(first, last int64) string {
	if first == last {
		return fmt.Sprintf("entry %d", first)
	}
	return fmt.Sprintf("entries %d to %d", first, last)
}
