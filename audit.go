package tollkeeper

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strconv"
	"strings"
	"time"
)

// AuditEntry is one write, or another thing worth knowing: who did what, when, and
// from where.
type AuditEntry struct {
	ID        ID
	Customer  ID // whose account it concerns; zero for the carrier's own matters
	Subject   string
	Action    string // "customer.create", "limits.patch" ...
	Actor     string
	Address   string
	UserAgent string
	Changes   []Change
	CreatedAt time.Time
}

// ActorAnonymous is the actor of an entry about somebody who did not prove who they
// are.
const ActorAnonymous = "anonymous"

// ActorLink is the actor of an entry about somebody who came by a signed link.
const ActorLink = "link"

// SealedEntry is an entry of the audit trail in its place in a chain. Its hash
// covers all of it and the hash of the entry before, so that none can be changed,
// taken out or put in without all that follow being written anew.
type SealedEntry struct {
	AuditEntry            // without its Changes
	ChangesJSON string    // they are kept as AppendChanges wrote them
	Chain       ID        // whoever writes to the database has a chain of its own
	Sequence    int64     // place in the chain, from 1
	Previous    AuditHash // of the entry before; zero for the first
	Hash        AuditHash
}

// AuditHash is the SHA-256 of an entry's line.
type AuditHash [sha256.Size]byte

func (h AuditHash) String() string { return hex.EncodeToString(h[:]) }

// Seal computes the entry's hash.
func (e *SealedEntry) Seal() AuditHash { return sha256.Sum256(e.appendSealed(make([]byte, 0, 1024))) }

// AppendLine appends the entry as the line of JSON that is exported. The hash is
// that of the line up to `,"hash"`, so that a copy can be checked with any tool.
func (e *SealedEntry) AppendLine(dst []byte) []byte {
	dst = append(e.appendSealed(dst), `,"hash":"`...)
	return append(hex.AppendEncode(dst, e.Hash[:]), "\"}\n"...)
}

// appendSealed appends what the hash is made of. Another order, key or spelling
// would break every chain there is.
func (e *SealedEntry) appendSealed(dst []byte) []byte {
	id := func(key string, v ID) {
		if !v.IsZero() {
			dst = append(append(append(dst, key...), v.String()...), '"')
		}
	}
	text := func(key, v string) {
		if v != "" {
			dst = appendText(append(dst, key...), v)
		}
	}
	id(`{"_id":"`, e.ID)
	id(`,"chain":"`, e.Chain)
	dst = strconv.AppendInt(append(dst, `,"sequence":`...), e.Sequence, 10)
	id(`,"customer":"`, e.Customer)
	text(`,"subject":`, e.Subject)
	text(`,"actor":`, e.Actor)
	text(`,"action":`, e.Action)
	text(`,"address":`, e.Address)
	text(`,"userAgent":`, e.UserAgent)
	dst = AppendTime(append(dst, `,"createdAt":`...), e.CreatedAt)
	dst = append(append(dst, `,"changes":`...), e.ChangesJSON...)
	dst = hex.AppendEncode(append(dst, `,"previous":"`...), e.Previous[:])
	return append(dst, '"')
}

// AuditHead is the newest entry of a chain. Kept where nobody who can write to the
// database can write, it proves later that nothing before it was altered or cut off.
type AuditHead struct {
	Chain    ID
	Sequence int64
	Hash     AuditHash
}

func (h AuditHead) String() string {
	return h.Chain.String() + ":" + strconv.FormatInt(h.Sequence, 10) + ":" + h.Hash.String()
}

var errAuditHead = errors.New("must be CHAIN:SEQUENCE:HASH, as verify prints it")

// UnmarshalText reads what String writes.
func (h *AuditHead) UnmarshalText(text []byte) (err error) {
	chain, rest, _ := strings.Cut(string(text), ":")
	sequence, hash, _ := strings.Cut(rest, ":")
	if h.Chain, err = ParseID(chain); err != nil {
		return errAuditHead
	}
	if h.Sequence, err = strconv.ParseInt(sequence, 10, 64); err != nil || h.Sequence < 1 {
		return errAuditHead
	}
	if len(hash) != hex.EncodedLen(len(h.Hash)) {
		return errAuditHead
	}
	if _, err := hex.Decode(h.Hash[:], []byte(hash)); err != nil {
		return errAuditHead
	}
	return nil
}
