package rating

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"time"

	"tollkeeper"
)

// DecodeBinary reads a deck that AppendBinary wrote. The deck keeps nothing of
// b. Whatever the bytes are, it returns a deck of valid rates or an error.
func DecodeBinary(b []byte) (*Deck, error) {
	if len(b) == 0 || b[0] != binaryVersion {
		return nil, errors.New("decode rate deck: unknown version")
	}
	body := len(b) - checksumBytes
	if body < 1 || crc32.Checksum(b[:body], castagnoli) != binary.LittleEndian.Uint32(b[body:]) {
		return nil, errors.New("decode rate deck: the checksum does not match")
	}
	r := &binaryReader{rest: b[1:body]}
	d := &Deck{destinations: r.destinations(), terms: r.terms(), periods: r.periods()}
	d.keys, d.rows = r.rows(d)
	if len(r.rest) > 0 {
		r.fail(errors.New("bytes are left over"))
	}
	if r.err != nil {
		return nil, fmt.Errorf("decode rate deck: %w", r.err)
	}
	d.index = indexKeys(d.keys)
	return d, nil
}

// binaryReader reads on from rest until the first error, after which every read
// answers zero.
type binaryReader struct {
	rest []byte
	err  error
}

var errTruncated = errors.New("a value is cut off or out of range")

func (r *binaryReader) fail(err error) {
	if r.err == nil && err != nil {
		r.err = err
	}
	if r.err != nil {
		r.rest = nil
	}
}

func (r *binaryReader) uvarint() uint64 {
	value, n := binary.Uvarint(r.rest)
	if n <= 0 {
		r.fail(errTruncated)
		return 0
	}
	r.rest = r.rest[n:]
	return value
}

func (r *binaryReader) varint() int64 {
	value, n := binary.Varint(r.rest)
	if n <= 0 {
		r.fail(errTruncated)
		return 0
	}
	r.rest = r.rest[n:]
	return value
}

func (r *binaryReader) bytes(n uint64) []byte {
	if n > uint64(len(r.rest)) {
		r.fail(errTruncated)
		return nil
	}
	taken := r.rest[:n]
	r.rest = r.rest[n:]
	return taken
}

func (r *binaryReader) byte() byte {
	if taken := r.bytes(1); taken != nil {
		return taken[0]
	}
	return 0
}

// upTo reads a number of at most limit.
func (r *binaryReader) upTo(limit uint64) uint64 {
	value := r.uvarint()
	if value > limit {
		r.fail(errTruncated)
		return 0
	}
	return value
}

// count reads how many items follow, none of them shorter than itemBytes, so
// that a false count cannot make the decoder allocate.
func (r *binaryReader) count(itemBytes int) int {
	return int(r.upTo(uint64(len(r.rest) / itemBytes)))
}

func (r *binaryReader) destinations() []string {
	names := make([]string, r.count(2))
	for i := range names {
		names[i] = string(r.bytes(r.uvarint()))
		r.fail(checkDestination(names[i]))
	}
	return names
}

func (r *binaryReader) terms() []terms {
	all := make([]terms, r.count(4))
	for i := range all {
		all[i] = terms{
			pricePerMinute:   tollkeeper.Micros(r.upTo(uint64(MaxPricePerMinute))),
			connectFee:       tollkeeper.Micros(r.upTo(uint64(MaxConnectFee))),
			minimumSeconds:   int32(r.upTo(MaxSeconds)),
			incrementSeconds: int32(r.upTo(MaxSeconds)),
		}
		r.fail(checkSeconds(all[i].minimumSeconds))
		r.fail(checkSeconds(all[i].incrementSeconds))
	}
	return all
}

func (r *binaryReader) periods() []period {
	periods := make([]period, r.count(1))
	for i := range periods {
		flags := r.byte()
		if flags&hasFrom != 0 {
			periods[i].from = r.time()
		}
		if flags&hasTo != 0 {
			periods[i].to = r.time()
		}
		if flags > hasFrom|hasTo {
			r.fail(errTruncated)
		}
		r.fail(checkPeriod(periods[i]))
	}
	return periods
}

func (r *binaryReader) time() time.Time {
	seconds := r.varint()
	t := time.Unix(seconds, int64(r.upTo(uint64(time.Second-1)))).UTC()
	r.fail(checkTime(t))
	return t
}

// rows needs the tables of the deck to check what the rows refer to.
func (r *binaryReader) rows(d *Deck) ([]prefixKey, []row) {
	const rowBytes = 4 // the first one; a rate of the prefix before needs no digits, but its byte
	n := r.count(rowBytes)
	if n > MaxRows {
		r.fail(fmt.Errorf("more than %d rates", MaxRows))
		return nil, nil
	}
	keys, rows := make([]prefixKey, n), make([]row, n)
	var key prefixKey
	var last row
	for i := range rows {
		key = r.key(key)
		last = row{
			destination: r.step(last.destination, len(d.destinations)),
			terms:       r.step(last.terms, len(d.terms)),
			period:      r.step(0, len(d.periods)),
		}
		if r.err != nil {
			return nil, nil
		}
		if i > 0 && !inOrder(keys[i-1], key, d.periods[rows[i-1].period], d.periods[last.period]) {
			r.fail(errors.New("the rates are not in order"))
			return nil, nil
		}
		keys[i], rows[i] = key, last
	}
	return keys, rows
}

func inOrder(before, key prefixKey, periodBefore, period period) bool {
	return before < key || before == key && !period.from.Before(periodBefore.from)
}

func (r *binaryReader) key(before prefixKey) prefixKey {
	lengths := r.byte()
	shared, added := int(lengths>>4), int(lengths&0xF)
	if shared > before.digits() || shared+added > MaxPrefixDigits {
		r.fail(errPrefix)
		return 0
	}
	key := before.first(shared)
	pairs := r.bytes(uint64(added+1) / 2)
	for i := range pairs {
		high, low := pairs[i]>>4, pairs[i]&0xF
		position := shared + 2*i
		key |= packDigit(high, position)
		if 2*i+1 < added {
			key |= packDigit(low, position+1)
		} else if low != 0 {
			r.fail(errPrefix)
		}
		if high > 9 || low > 9 {
			r.fail(errPrefix)
		}
	}
	if key == 0 || key.digit(0) == 0 {
		r.fail(errPrefix)
	}
	return key
}

// step reads an index below count as the signed distance from another.
func (r *binaryReader) step(from uint32, count int) uint32 {
	distance := r.varint()
	if distance < -int64(from) || distance >= int64(count)-int64(from) {
		r.fail(errTruncated)
		return 0
	}
	return uint32(int64(from) + distance)
}
