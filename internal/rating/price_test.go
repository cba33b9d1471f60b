package rating_test

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
	"time"

	"tollkeeper"
	"tollkeeper/internal/rating"
)

func TestPrice(t *testing.T) {
	t.Parallel()
	for _, row := range []struct {
		name     string
		rate     rating.Rate
		duration time.Duration
		billed   int64
		charge   tollkeeper.Micros
	}{
		{"no duration", rating.Rate{PricePerMinute: 12_000, ConnectFee: 500}, 0, 0, 0},
		{"a nanosecond is a second", rating.Rate{PricePerMinute: 12_000}, 1, 1, 200},
		{"connect fee", rating.Rate{PricePerMinute: 12_000, ConnectFee: 500}, time.Second, 1, 700},
		{"63 s by 60/60", rating.Rate{PricePerMinute: 12_000, MinimumSeconds: 60, IncrementSeconds: 60}, 63 * time.Second, 120, 24_000},
		{"exactly the minimum", rating.Rate{PricePerMinute: 6_000, MinimumSeconds: 30, IncrementSeconds: 6}, 30 * time.Second, 30, 3_000},
		{"just above the minimum", rating.Rate{PricePerMinute: 6_000, MinimumSeconds: 30, IncrementSeconds: 6}, 30*time.Second + 1, 36, 3_600},
		{"rounded up to a micro-unit", rating.Rate{PricePerMinute: 1}, 61 * time.Second, 61, 2},
		{"free", rating.Rate{}, time.Hour, 3600, 0},
	} {
		billed, charge, err := row.rate.Price(row.duration)
		if billed != row.billed || charge != row.charge || err != nil {
			t.Errorf("%s: got %d s, %d, %v; want %d s, %d", row.name, billed, charge, err, row.billed, row.charge)
		}
	}
}

func TestPriceRefuses(t *testing.T) {
	t.Parallel()
	if _, _, err := (rating.Rate{}).Price(-1); tollkeeper.ErrorCode(err) != tollkeeper.CodeInvalid {
		t.Errorf("negative duration: got %v", err)
	}
	dear := rating.Rate{PricePerMinute: tollkeeper.MaxMicros}
	if _, _, err := dear.Price(2 * time.Minute); err != tollkeeper.ErrOverflow {
		t.Errorf("price out of range: got %v", err)
	}
	dear.ConnectFee = 1
	if _, _, err := dear.Price(time.Minute); err != tollkeeper.ErrOverflow {
		t.Errorf("connect fee out of range: got %v", err)
	}
}

func TestAffordable(t *testing.T) {
	t.Parallel()
	by60 := rating.Rate{PricePerMinute: 12_000, ConnectFee: 1_000, MinimumSeconds: 60, IncrementSeconds: 60}
	for _, row := range []struct {
		name      string
		rate      rating.Rate
		available tollkeeper.Micros
		seconds   int64
	}{
		{"less than the connect fee", by60, 999, 0},
		{"a micro-unit short of the minimum", by60, 12_999, 0},
		{"the minimum", by60, 13_000, 60},
		{"a micro-unit short of a step", by60, 24_999, 60},
		{"a step", by60, 25_000, 120},
		{"in debt", by60, -1, 0},
		{"free", rating.Rate{}, 0, rating.MaxAffordableSeconds},
		{"free but in debt", rating.Rate{}, -1, 0},
		{"free behind the connect fee", rating.Rate{ConnectFee: 5}, 4, 0},
		{"free, in minutes", rating.Rate{MinimumSeconds: 60, IncrementSeconds: 60}, 0, rating.MaxAffordableSeconds / 60 * 60},
		{"all money there is", rating.Rate{PricePerMinute: 1}, tollkeeper.MaxMicros, rating.MaxAffordableSeconds},
	} {
		if seconds := row.rate.Affordable(row.available); seconds != row.seconds {
			t.Errorf("%s: got %d s, want %d s", row.name, seconds, row.seconds)
		}
	}
}

// exactCharge is the definition of a charge in unbounded arithmetic.
func exactCharge(r rating.Rate, billed int64) *big.Int {
	total := new(big.Int).Mul(big.NewInt(int64(r.PricePerMinute)), big.NewInt(billed))
	total.Add(total, big.NewInt(59)).Div(total, big.NewInt(60))
	return total.Add(total, big.NewInt(int64(r.ConnectFee)))
}

func randomTerms(random *rand.Rand) rating.Rate {
	return rating.Rate{
		PricePerMinute:   tollkeeper.Micros(random.Int64N(1 << random.IntN(30))),
		ConnectFee:       tollkeeper.Micros(random.Int64N(1 << random.IntN(30))),
		MinimumSeconds:   1 + random.Int32N(120),
		IncrementSeconds: 1 + random.Int32N(90),
	}
}

func TestPriceLaws(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0))
	for range 50_000 {
		r := randomTerms(random)
		duration := time.Duration(1 + random.Int64N(int64(3*time.Hour)))
		billed, charge, err := r.Price(duration)
		if err != nil {
			t.Fatalf("seed %d: %+v for %s: %v", seed, r, duration, err)
		}
		beyond := billed - int64(r.MinimumSeconds)
		if time.Duration(billed)*time.Second < duration || beyond < 0 || beyond%int64(r.IncrementSeconds) != 0 {
			t.Fatalf("seed %d: %+v for %s is billed %d s", seed, r, duration, billed)
		}
		if beyond > 0 && time.Duration(billed-int64(r.IncrementSeconds))*time.Second >= duration {
			t.Fatalf("seed %d: %+v for %s is billed a step too much: %d s", seed, r, duration, billed)
		}
		if exactCharge(r, billed).Cmp(big.NewInt(int64(charge))) != 0 {
			t.Fatalf("seed %d: %+v for %s costs %d, want %s", seed, r, duration, charge, exactCharge(r, billed))
		}
		longerBilled, longerCharge, _ := r.Price(duration + time.Duration(random.Int64N(int64(time.Minute))))
		if longerBilled < billed || longerCharge < charge {
			t.Fatalf("seed %d: %+v for %s: a longer call costs less", seed, r, duration)
		}
	}
}

func TestAffordableIsTheInverseOfPrice(t *testing.T) {
	t.Parallel()
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0))
	for range 50_000 {
		r := randomTerms(random)
		available := tollkeeper.Micros(random.Int64N(math.MaxInt64) >> random.IntN(63))
		seconds := r.Affordable(available)
		if seconds > 0 {
			billed, charge, err := r.Price(time.Duration(seconds) * time.Second)
			if err != nil || billed != seconds || charge > available {
				t.Fatalf("seed %d: %+v with %d: %d s are billed %d s at %d, %v", seed, r, available, seconds, billed, charge, err)
			}
		}
		next := seconds + int64(r.IncrementSeconds)
		if seconds == 0 {
			next = int64(r.MinimumSeconds)
		}
		if next <= rating.MaxAffordableSeconds && exactCharge(r, next).Cmp(big.NewInt(int64(available))) <= 0 {
			t.Fatalf("seed %d: %+v with %d: %d s, though %d s can be paid", seed, r, available, seconds, next)
		}
	}
}
