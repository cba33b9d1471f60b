package rating_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"
	"unicode/utf16"

	"tollkeeper"
	"tollkeeper/internal/rating"
	"tollkeeper/internal/sheet"
)

func london(change func(*rating.Rate)) []rating.Rate {
	r := rating.Rate{Prefix: "4420", Destination: "United Kingdom, London", PricePerMinute: 12_000, MinimumSeconds: 1, IncrementSeconds: 1}
	if change != nil {
		change(&r)
	}
	return []rating.Rate{r}
}

func day(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

func toUTF16(text string, order binary.AppendByteOrder) string {
	var b []byte
	for _, unit := range utf16.Encode([]rune("\ufeff" + text)) {
		b = order.AppendUint16(b, unit)
	}
	return string(b)
}

func TestParseCSVReadsWhatCarriersSend(t *testing.T) {
	t.Parallel()
	const plain = "prefix,destination,price\n4420,\"United Kingdom, London\",0.012\n"
	full := london(func(r *rating.Rate) {
		r.ConnectFee, r.MinimumSeconds, r.IncrementSeconds = 5_000, 30, 6
		r.EffectiveFrom, r.EffectiveTo = day(2026, 1, 31), day(2027, 1, 1).Add(-2*time.Hour)
	})
	for _, row := range []struct {
		name, text string
		want       []rating.Rate
	}{
		{"plain", plain, london(nil)},
		{"no header", "4420,\"United Kingdom, London\",0.012", london(nil)},
		{"CRLF", strings.ReplaceAll(plain, "\n", "\r\n"), london(nil)},
		{"UTF-8 mark", "\ufeff" + plain, london(nil)},
		{"UTF-16 little-endian", toUTF16(plain, binary.LittleEndian), london(nil)},
		{"UTF-16 big-endian", toUTF16(plain, binary.BigEndian), london(nil)},
		{"semicolon and decimal comma", "Code;Country;Rate\n4420;United Kingdom, London;0,012", london(nil)},
		{"tab", "DIAL CODE\tDescription\tPrice per minute\n4420\tUnited Kingdom, London\t.01200000", london(nil)},
		{"pipe", "area code|name|rate_per_min\n4420|United Kingdom, London|0.012", london(nil)},
		{"no header, pipe and commas", "4420|United Kingdom, London|0,012", london(nil)},
		{"grouped prefix", "prefix,name,cost\n+44-2 0,\"United Kingdom, London\", 0.012 ", london(nil)},
		{"any order, unknown columns", "Comment,Price (USD),Destination,Prefix\nhi,0.012,\"United Kingdom, London\",4420", london(nil)},
		{"country beside destination", "Country,Destination,Prefix,Price\nUK,\"United Kingdom, London\",4420,0.012", london(nil)},
		{"destination beside country", "Destination,Country,Prefix,Price\n\"United Kingdom, London\",UK,4420,0.012", london(nil)},
		{"blank rows and empty tails", "prefix;destination;price;;\n;;;;\n\n4420;United Kingdom, London;0.012;;\n;;\n", london(nil)},
		{"broken name", "prefix,destination,price\n4420,\"United Kingdom,\r\nLondon\",0.012", london(nil)},
		{"every column", "prefix,destination,price,Setup,Billing Increment,Valid from,Valid to\n" +
			"4420,\"United Kingdom, London\",0.012,0.005,30/6,2026-01-31,2027-01-01T00:00:00+02:00", full},
		{"two rounding columns", "prefix,destination,price,Connect Fee,Min,Interval,Effective Date,End\n" +
			"4420,\"United Kingdom, London\",0.012,0.005,30,6,2026-01-31,2026-12-31T22:00:00Z", full},
		{"finer than a micro-unit", "4420,\"United Kingdom, London\",0.01200001",
			london(func(r *rating.Rate) { r.PricePerMinute = 12_001 })},
		{"increment alone is the minimum", "prefix,destination,price,rounding\n4420,\"United Kingdom, London\",0.012,60",
			london(func(r *rating.Rate) { r.MinimumSeconds, r.IncrementSeconds = 60, 60 })},
		{"minimum alone", "prefix,destination,price,minimum\n4420,\"United Kingdom, London\",0.012,60",
			london(func(r *rating.Rate) { r.MinimumSeconds = 60 })},
	} {
		got, err := rating.ParseCSV(strings.NewReader(row.text), nil)
		if err != nil || !reflect.DeepEqual(got, row.want) {
			t.Errorf("%s: got %+v, %v; want %+v", row.name, got, err, row.want)
		}
	}
}

func TestParseCSVNamesEveryFault(t *testing.T) {
	t.Parallel()
	const head = "prefix,destination,price\n"
	for _, row := range []struct {
		name, text string
		faults     []string // each the begin of a fault
	}{
		{"empty", "", []string{"line 1: the file holds no rates"}},
		{"mark alone", "\ufeff", []string{"line 1: the file holds no rates"}},
		{"header alone", head, []string{"line 1: the file holds no rates"}},
		{"no columns", "hello,world\n1,2\n", []string{
			`line 1: there is no column "prefix"`, `line 1: there is no column "destination"`, `line 1: there is no column "price"`}},
		{"two prices", "prefix,destination,price,cost\n", []string{`line 1, column "cost": says the same as column "price"`}},
		{"a price nobody reads", "prefix,destination,price,peak rate\n", []string{`line 1, column "peak rate": is not a known name`}},
		{"split prefix", "country code,area code,name,rate\n44,20,London,1", []string{`line 1, column "area code": must hold the whole prefix`}},
		{"price", head + "1,A,abc\n2,B,-1\n3,C,1000.01\n4,D,99999999999999999999\n5,E,\n6,F", []string{
			`line 2, column "price": must be a decimal number with at most 8 decimals, such as 0.0125; got "abc"`,
			`line 3, column "price": must be 0 to 1000; got "-1"`,
			`line 4, column "price": must be 0 to 1000; got "1000.01"`,
			`line 5, column "price": must be 0 to 1000; got`,
			`line 6, column "price": must be a decimal number`,
			`line 7, column "price": must be a decimal number`}},
		{"decimal comma between commas", head + "1,A,\"0,5\"\n", []string{`line 2, column "price": must be a decimal`}},
		{"prefix", head + "12x,A,1\n,B,1\n1234567890123456,C,1\n0044,D,1\n", []string{
			`line 2, column "prefix": must be 1 to 15 digits that begin with a country code, such as 4420; got "12x"`,
			`line 3, column "prefix": must be 1 to 15 digits`, `line 4, column "prefix": must`, `line 5, column "prefix": must`}},
		{"destination", head + "1,,1\n2," + strings.Repeat("é", 256) + ",1\n3,a\xffb,1\n4,a\x00b,1\n", []string{
			`line 2, column "destination": must be 1 to 255`, `line 3, column "destination": must be 1 to 255`,
			`line 4, column "destination": must be valid UTF-8`, `line 5, column "destination": must not hold control`}},
		{"seconds", "prefix,destination,price,minimum,increment\n1,A,1,0,1\n2,B,1,1,3601\n3,C,1,30,60/60\n4,D,1,,6/x\n", []string{
			`line 2, column "minimum": must be whole seconds from 1 to 3600; got "0"`, `line 3, column "increment": must be whole`,
			`line 4, column "increment": must name the same minimum as column "minimum"; got "60/60"`,
			`line 5, column "increment": must be a minimum and an increment`}},
		{"dates", "prefix,destination,price,from,to\n1,A,1,31.01.2026,\n2,B,1,2026-02-30,\n3,C,1,2026-01-02,2026-01-02\n", []string{
			`line 2, column "from": must be a date`, `line 3, column "from": must be a date`,
			`line 4, column "to": must be later than the begin`}},
		{"too many fields", head + "1,Korea, South,1\n", []string{`line 2: has 4 fields where 3 are expected`}},
		{"several in a row, a bad quotation between", head + "x,,y\n1,a\"b,1\n2,B,z\n", []string{
			`line 2, column "prefix"`, `line 2, column "destination"`, `line 2, column "price"`,
			`line 3: a quotation mark stands inside`, `line 4, column "price"`}},
		{"open quotation", head + "1,\"A,1\n", []string{`line `}},
		{"lines behind a broken name", head + "1,\"A\n\nB\",1\n2,C,x\n", []string{`line 5, column "price"`}},
		{"line of a cell in a broken row", head + "1,\"A\nB\",x\n", []string{`line 3, column "price"`}},
		{"duplicates", head + "1,A,1\n2,B,1\n1,C,1\n+1,D,1\n", []string{
			`line 4, column "prefix": 1 is already on line 2, for a time that overlaps`, `line 5, column "prefix": 1 is already on line 2`}},
		{"overlap", "prefix,destination,price,from,to\n1,A,1,2026-01-01,2026-03-01\n1,B,1,2026-01-05,2026-01-10\n1,C,1,2026-02-28,\n", []string{
			`line 3, column "prefix": 1 is already on line 2`, `line 4, column "prefix": 1 is already on line 2`}},
	} {
		rates, err := rating.ParseCSV(strings.NewReader(row.text), nil)
		refused, ok := errors.AsType[*tollkeeper.Error](err)
		if !ok || refused.Code != tollkeeper.CodeInvalid || rates != nil {
			t.Errorf("%s: got %v, %v", row.name, rates, err)
			continue
		}
		if !slices.EqualFunc(refused.Faults, row.faults, strings.HasPrefix) {
			t.Errorf("%s: got\n%s\nwant\n%s", row.name, strings.Join(refused.Faults, "\n"), strings.Join(row.faults, "\n"))
		}
	}
}

func TestParseCSVTakesPeriodsThatTouch(t *testing.T) {
	t.Parallel()
	const text = "prefix,destination,price,from,to\n1,B,2,2026-02-01,\n1,A,1,,2026-01-01\n1,C,1,2026-01-01,2026-02-01\n"
	if rates, err := rating.ParseCSV(strings.NewReader(text), nil); len(rates) != 3 || err != nil {
		t.Errorf("got %v, %v", rates, err)
	}
}

func TestParseCSVCountsTheFaultsItDoesNotList(t *testing.T) {
	t.Parallel()
	text := "prefix,destination,price\n" + strings.Repeat("x,A,1\n", sheet.MaxFaults+7)
	_, err := rating.ParseCSV(strings.NewReader(text), nil)
	refused, ok := errors.AsType[*tollkeeper.Error](err)
	if !ok || len(refused.Faults) != sheet.MaxFaults+1 || refused.Faults[sheet.MaxFaults] != "and 7 more" {
		t.Fatalf("got %d faults", len(refused.Faults))
	}
}

func TestParseCSVReportsProgress(t *testing.T) {
	t.Parallel()
	var text strings.Builder
	for i := range rating.ProgressRows + 5 {
		fmt.Fprintf(&text, "1%d,A,1\n", i+1_000_000)
	}
	var heard []int
	if _, err := rating.ParseCSV(strings.NewReader(text.String()), func(rows int) { heard = append(heard, rows) }); err != nil {
		t.Fatal(err)
	}
	if want := []int{rating.ProgressRows, rating.ProgressRows + 5}; !slices.Equal(heard, want) {
		t.Errorf("got %v, want %v", heard, want)
	}
}

func TestParseCSVPassesOnErrorsOfTheReader(t *testing.T) {
	t.Parallel()
	broken := errors.New("connection reset")
	for _, start := range []string{"", "prefix,destination,price\n1,A,1\n", strings.Repeat("1,A,1\n", 20_000)} {
		r := iotest.TimeoutReader(strings.NewReader(start))
		if start == "" {
			r = iotest.ErrReader(broken)
		}
		if _, err := rating.ParseCSV(r, nil); !errors.Is(err, broken) && !errors.Is(err, iotest.ErrTimeout) {
			t.Errorf("got %v", err)
		}
	}
}

func TestWriteCSVIsReadBackEqual(t *testing.T) {
	t.Parallel()
	want := append(london(nil), rating.Rate{
		Prefix: "1", Destination: "\"quoted\"; odd | name,  two spaces", PricePerMinute: 1_000_000_000, ConnectFee: 1,
		MinimumSeconds: 3600, IncrementSeconds: 3600, EffectiveFrom: day(1, 1, 2), EffectiveTo: day(9999, 12, 31).Add(time.Nanosecond),
	})
	var text bytes.Buffer
	if err := rating.WriteCSV(&text, want); err != nil {
		t.Fatal(err)
	}
	got, err := rating.ParseCSV(&text, nil)
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, %v; want %+v", got, err, want)
	}
}

func TestWriteCSVRefusesWhatItCouldNotReadBack(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*rating.Rate){
		"prefix":      func(r *rating.Rate) { r.Prefix = "+44" },
		"destination": func(r *rating.Rate) { r.Destination = " London" },
		"price":       func(r *rating.Rate) { r.PricePerMinute = rating.MaxPricePerMinute + 1 },
		"connectFee":  func(r *rating.Rate) { r.ConnectFee = -1 },
		"minimum":     func(r *rating.Rate) { r.MinimumSeconds = 0 },
		"increment":   func(r *rating.Rate) { r.IncrementSeconds = 3601 },
		"from":        func(r *rating.Rate) { r.EffectiveFrom = day(10_000, 1, 1) },
		"to":          func(r *rating.Rate) { r.EffectiveFrom, r.EffectiveTo = day(2026, 1, 2), day(2026, 1, 1) },
	} {
		err := rating.WriteCSV(&bytes.Buffer{}, london(change))
		if tollkeeper.ErrorCode(errors.Unwrap(err)) != tollkeeper.CodeInvalid {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if err := rating.WriteCSV(failingWriter{}, london(nil)); err == nil {
		t.Error("an error of the writer is lost")
	}
}

type failingWriter struct{}

func (failingWriter) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func FuzzParseCSV(f *testing.F) {
	f.Add([]byte("prefix,destination,price\n4420,London,0.012\n"))
	f.Add([]byte("\xff\xfe1\x00,\x00"))
	f.Add([]byte("code;name;rate;rounding;from;to\n+44 20;\"Lon\ndon\";0,01200001;60/6;2026-01-01;2026-02-01T00:00:00.5Z\n44;UK;1;1;;\n"))
	f.Add([]byte("1|A|0\n1|B|0\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		rates, err := rating.ParseCSV(bytes.NewReader(text), nil)
		if err != nil {
			if refused, ok := errors.AsType[*tollkeeper.Error](err); !ok || len(refused.Faults) == 0 {
				t.Fatalf("refused without a fault: %v", err)
			}
			return
		}
		var canonical bytes.Buffer
		if err := rating.WriteCSV(&canonical, rates); err != nil {
			t.Fatalf("parsed an invalid rate: %v", err)
		}
		again, err := rating.ParseCSV(&canonical, nil)
		if err != nil || !reflect.DeepEqual(again, rates) {
			t.Fatalf("got %+v, %v; want %+v", again, err, rates)
		}
	})
}
