package rating

import (
	"encoding/binary"
	"hash/crc32"
	"time"
)

// binaryVersion is the first byte of the binary form. A change of the form gets
// a new number, and the old one stays readable.
const binaryVersion = 1

// Bits that say which ends of a period follow.
const (
	hasFrom = 1 << iota
	hasTo
)

// checksumBytes is the size of the CRC-32C that ends the binary form: a flipped
// bit in a stored price must not become a charge.
const checksumBytes = 4

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// The binary form is, with counts and numbers as varints of encoding/binary:
//
//	version byte
//	count, then each destination: length, bytes
//	count, then each terms: price, connect fee (micro-units), minimum, increment (seconds)
//	count, then each period: flags byte, then for each end it has: signed Unix seconds, nanoseconds
//	count, then each rate in deck order: a byte of 16 * digits shared with the
//	  prefix before + further digits, these digits two a byte, then the signed
//	  steps from the destination and terms before, and the period (signed too)
//	CRC-32C of all before, little-endian
//
// Equal rates give equal bytes: the tables are in the order of their first use.

// AppendBinary appends the deck in its binary form, a fifth of the size of the
// CSV and far faster to read. It implements encoding.BinaryAppender and never
// fails.
func (d *Deck) AppendBinary(b []byte) ([]byte, error) {
	start := len(b)
	b = append(b, binaryVersion)
	b = binary.AppendUvarint(b, uint64(len(d.destinations)))
	for _, name := range d.destinations {
		b = binary.AppendUvarint(b, uint64(len(name)))
		b = append(b, name...)
	}
	b = binary.AppendUvarint(b, uint64(len(d.terms)))
	for _, t := range d.terms {
		b = binary.AppendUvarint(b, uint64(t.pricePerMinute))
		b = binary.AppendUvarint(b, uint64(t.connectFee))
		b = binary.AppendUvarint(b, uint64(t.minimumSeconds))
		b = binary.AppendUvarint(b, uint64(t.incrementSeconds))
	}
	b = binary.AppendUvarint(b, uint64(len(d.periods)))
	for _, p := range d.periods {
		b = appendPeriod(b, p)
	}
	b = d.appendRows(b)
	return binary.LittleEndian.AppendUint32(b, crc32.Checksum(b[start:], castagnoli)), nil
}

func appendPeriod(b []byte, p period) []byte {
	var flags byte
	if !p.from.IsZero() {
		flags |= hasFrom
	}
	if !p.to.IsZero() {
		flags |= hasTo
	}
	b = append(b, flags)
	for _, end := range []time.Time{p.from, p.to} {
		if !end.IsZero() {
			b = binary.AppendVarint(b, end.Unix())
			b = binary.AppendUvarint(b, uint64(end.Nanosecond()))
		}
	}
	return b
}

func (d *Deck) appendRows(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(d.rows)))
	var key prefixKey
	var last row
	for i, row := range d.rows {
		b = appendKey(b, key, d.keys[i])
		b = binary.AppendVarint(b, int64(row.destination)-int64(last.destination))
		b = binary.AppendVarint(b, int64(row.terms)-int64(last.terms))
		b = binary.AppendVarint(b, int64(row.period))
		key, last = d.keys[i], row
	}
	return b
}

func appendKey(b []byte, before, key prefixKey) []byte {
	shared, digits := 0, key.digits()
	for shared < digits && shared < before.digits() && key.digit(shared) == before.digit(shared) {
		shared++
	}
	b = append(b, byte(shared<<4|(digits-shared)))
	for i := shared; i < digits; i += 2 {
		pair := key.digit(i) << 4
		if i+1 < digits {
			pair |= key.digit(i + 1)
		}
		b = append(b, pair)
	}
	return b
}
