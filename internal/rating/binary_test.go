package rating_test

import (
	"bytes"
	"encoding"
	"encoding/binary"
	"hash/crc32"
	"math/rand/v2"
	"slices"
	"testing"

	"tollkeeper/internal/rating"
)

var _ encoding.BinaryAppender = (*rating.Deck)(nil)

func encode(t testing.TB, deck *rating.Deck) []byte {
	t.Helper()
	b, err := deck.AppendBinary(nil)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestBinaryIsReadBackEqual(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(9, 10))
	for _, rates := range [][]rating.Rate{nil, {rate("7", may, june)}, randomRates(random, 500), benchRates(2000)} {
		deck := rating.Compile(rates)
		got, err := rating.DecodeBinary(encode(t, deck))
		if err != nil || !slices.Equal(slices.Collect(got.All()), slices.Collect(deck.All())) {
			t.Fatalf("%d rates: %v", len(rates), err)
		}
		for _, r := range rates {
			want, wantOK := deck.Lookup(r.Prefix+"0", june)
			if found, ok := got.Lookup(r.Prefix+"0", june); found != want || ok != wantOK {
				t.Fatalf("%s0: got %+v, want %+v", r.Prefix, found, want)
			}
		}
	}
}

func TestBinaryDependsOnlyOnTheRates(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(11, 12))
	rates := randomRates(random, 500)
	want := encode(t, rating.Compile(rates))
	random.Shuffle(len(rates), func(i, j int) { rates[i], rates[j] = rates[j], rates[i] })
	if got := encode(t, rating.Compile(rates)); !bytes.Equal(got, want) {
		t.Error("another order of the rates gives other bytes")
	}
	appended, _ := rating.Compile(rates).AppendBinary([]byte("before"))
	if !bytes.Equal(appended, append([]byte("before"), want...)) {
		t.Error("appending differs from encoding")
	}
}

func TestDecodeBinaryRefusesDamage(t *testing.T) {
	t.Parallel()
	good := encode(t, rating.Compile(randomRates(rand.New(rand.NewPCG(13, 14)), 30)))
	for i := range good {
		damaged := bytes.Clone(good)
		damaged[i] ^= 1
		if _, err := rating.DecodeBinary(damaged); err == nil {
			t.Errorf("byte %d may be damaged", i)
		}
		if _, err := rating.DecodeBinary(good[:i]); err == nil {
			t.Errorf("may be cut at byte %d", i)
		}
	}
}

// sealed appends the checksum, so that the fuzzer gets past it.
func sealed(body []byte) []byte {
	return binary.LittleEndian.AppendUint32(bytes.Clone(body), crc32.Checksum(body, crc32.MakeTable(crc32.Castagnoli)))
}

func TestDecodeBinaryChecksWhatIsSealed(t *testing.T) {
	t.Parallel()
	const free = "\x01\x00\x00\x01\x01" // one terms: free, by the second
	for name, body := range map[string]string{
		"count beyond the end":  "\x01\xff\xff\xff\xff\x0f",
		"bytes left over":       "\x01\x00\x00\x00\x00\x00",
		"second not positive":   "\x01\x00\x01\x00\x00\x00\x01\x00\x00",
		"destination empty":     "\x01\x01\x00" + free + "\x00\x00",
		"period flags":          "\x01\x00\x00\x01\x04\x00",
		"row without tables":    "\x01\x00\x00\x00\x01\x01\x10\x00\x00\x00",
		"prefix begins with 0":  "\x01\x01\x01A" + free + "\x01\x00\x01\x01\x00\x00\x00\x00",
		"digit above 9":         "\x01\x01\x01A" + free + "\x01\x00\x01\x01\xa0\x00\x00\x00",
		"empty prefix":          "\x01\x01\x01A" + free + "\x01\x00\x01\x00\x00\x00\x00",
		"shares what is not":    "\x01\x01\x01A" + free + "\x01\x00\x01\x11\x10\x00\x00\x00",
		"rates not in order":    "\x01\x01\x01A" + free + "\x01\x00\x02\x01\x20\x00\x00\x00\x01\x10\x00\x00\x00",
		"destination not there": "\x01\x01\x01A" + free + "\x01\x00\x01\x01\x20\x02\x00\x00",
	} {
		if deck, err := rating.DecodeBinary(sealed([]byte(body))); err == nil {
			t.Errorf("%s: got %v", name, slices.Collect(deck.All()))
		}
	}
	const good = "\x01\x01\x01A" + free + "\x01\x00\x01\x01\x20\x00\x00\x00"
	deck, err := rating.DecodeBinary(sealed([]byte(good)))
	if err != nil || deck.Len() != 1 || !bytes.Equal(encode(t, deck), sealed([]byte(good))) {
		t.Errorf("the form changed: %v", err)
	}
}

func FuzzDecodeBinary(f *testing.F) {
	for _, n := range []int{0, 1, 40} {
		b := encode(f, rating.Compile(randomRates(rand.New(rand.NewPCG(15, 16)), n)))
		f.Add(b[:len(b)-4])
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		deck, err := rating.DecodeBinary(sealed(body))
		if err != nil {
			return
		}
		rates := slices.Collect(deck.All())
		for _, r := range rates {
			if err := r.Validate(); err != nil {
				t.Fatalf("decoded an invalid rate: %v", err)
			}
		}
		again, err := rating.DecodeBinary(encode(t, deck))
		if err != nil || !slices.Equal(slices.Collect(again.All()), rates) {
			t.Fatalf("not read back equal: %v", err)
		}
	})
}
