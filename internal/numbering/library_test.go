package numbering_test

import (
	"fmt"
	"math/rand/v2"
	"regexp"
	"regexp/syntax"
	"strconv"
	"strings"
	"testing"

	"github.com/nyaruka/phonenumbers"

	"tollkeeper/internal/numbering"
)

// judge compares Parse with the library, number by number.
type judge struct {
	t        *testing.T
	plan     *numbering.Plan
	compared int
}

func newJudge(t *testing.T) *judge { return &judge{t: t, plan: newPlan(t, numbering.Options{})} }

// compare holds Parse to the library's region and type of a valid number, and to
// its region, if the library is sure of it, of any other.
func (j *judge) compare(code int, national string) {
	j.t.Helper()
	e164 := fmt.Sprintf("+%d%s", code, national)
	if len(e164) > 16 || code == 1 && len(national) != 10 {
		return
	}
	number := libraryNumber(code, national)
	region := phonenumbers.GetRegionCodeForNumber(number)
	kind := phonenumbers.GetNumberType(number)
	valid := region != "" && kind != phonenumbers.UNKNOWN
	got, err := j.plan.Parse(e164)
	switch {
	case err != nil && valid:
		j.t.Errorf("Parse(%s): %v; the library says it is valid in %s", e164, err, region)
	case err != nil || !valid && got.E164 != e164: // impossible, or a trunk prefix left in
	case valid:
		j.compared++
		want := numbering.Number{E164: e164, Region: region, Class: libraryClass(kind), Domestic: domestic[region]}
		if code == 1 && national[3:6] == "976" && want.Class == numbering.Ordinary {
			want.Class = numbering.Premium
		}
		if got != want {
			j.t.Errorf("Parse(%s) = %+v, the library says %+v", e164, got, want)
		}
	case region != "" && got.Region != region:
		j.t.Errorf("Parse(%s) = %+v, the library says the region is %s", e164, got, region)
	}
}

var domestic = map[string]bool{"US": true, "CA": true, "PR": true, "VI": true, "GU": true, "MP": true, "AS": true}

// libraryNumber avoids the library's parser, which would take trunk prefixes off.
func libraryNumber(code int, national string) *phonenumbers.PhoneNumber {
	country, zeros := int32(code), int32(len(national)-len(strings.TrimLeft(national, "0")))
	value, err := strconv.ParseUint(national, 10, 64)
	if err != nil {
		panic(err)
	}
	if value == 0 {
		zeros = int32(len(national) - 1)
	}
	leading := zeros > 0
	number := &phonenumbers.PhoneNumber{CountryCode: &country, NationalNumber: &value}
	if leading {
		number.ItalianLeadingZero, number.NumberOfLeadingZeros = &leading, &zeros
	}
	return number
}

func libraryClass(kind phonenumbers.PhoneNumberType) numbering.Class {
	switch kind {
	case phonenumbers.PREMIUM_RATE:
		return numbering.Premium
	case phonenumbers.TOLL_FREE:
		return numbering.TollFree
	case phonenumbers.SHARED_COST:
		return numbering.SharedCost
	case phonenumbers.PERSONAL_NUMBER:
		return numbering.Personal
	}
	return numbering.Ordinary
}

func metadata(t *testing.T) []*phonenumbers.PhoneMetadata {
	t.Helper()
	collection, err := phonenumbers.MetadataCollection()
	if err != nil {
		t.Fatal(err)
	}
	return collection.GetMetadata()
}

// kinds are the patterns of a region, by the library's name of the type.
func kinds(m *phonenumbers.PhoneMetadata) map[string]*phonenumbers.PhoneNumberDesc {
	return map[string]*phonenumbers.PhoneNumberDesc{
		"premium": m.GetPremiumRate(), "toll free": m.GetTollFree(), "shared cost": m.GetSharedCost(),
		"voip": m.GetVoip(), "personal": m.GetPersonalNumber(), "pager": m.GetPager(), "uan": m.GetUan(),
		"voicemail": m.GetVoicemail(), "fixed": m.GetFixedLine(), "mobile": m.GetMobile(),
	}
}

func TestAgreesOnEveryAreaCode(t *testing.T) {
	t.Parallel()
	j := newJudge(t)
	for area := 200; area <= 999; area++ {
		for _, line := range []string{"2345678", "5550123", "6060123", "9761234", "7112345", "2812345"} {
			j.compare(1, strconv.Itoa(area)+line)
		}
	}
	if j.compared < 2000 {
		t.Errorf("only %d numbers were valid", j.compared)
	}
}

func TestAgreesOnEveryExample(t *testing.T) {
	t.Parallel()
	j := newJudge(t)
	for _, m := range metadata(t) {
		for _, desc := range kinds(m) {
			if example := desc.GetExampleNumber(); example != "" {
				j.compare(int(m.GetCountryCode()), example)
			}
		}
	}
	if j.compared < 1000 {
		t.Errorf("only %d examples", j.compared)
	}
}

// Any digits at all, under every calling code and under every one that is spare.
func TestAgreesOnAnyDigits(t *testing.T) {
	t.Parallel()
	j := newJudge(t)
	random := rand.New(rand.NewPCG(1, 1))
	for code := 1; code <= 999; code++ {
		assigned := len(phonenumbers.GetRegionCodesForCountryCode(code)) > 0
		for n := 4; assigned && n <= 12; n++ {
			j.compare(code, randomDigits(random, n))
		}
		if e164 := fmt.Sprintf("+%d%s", code, randomDigits(random, 9)); !assigned && code >= 100 && spare(code) {
			if got, err := j.plan.Parse(e164); err != nil || got.Region != numbering.RegionUnknown || got.Domestic {
				t.Errorf("Parse(%s) = %+v, %v; the calling code is spare", e164, got, err)
			}
		}
	}
}

// spare reports that no calling code begins the three digits.
func spare(code int) bool {
	return len(phonenumbers.GetRegionCodesForCountryCode(code/10)) == 0 && len(phonenumbers.GetRegionCodesForCountryCode(code/100)) == 0
}

func randomDigits(random *rand.Rand, n int) string {
	digits := make([]byte, n)
	for i := range digits {
		digits[i] = byte('0' + random.IntN(10))
	}
	return string(digits)
}

// Ten thousand numbers of every type, made from the patterns of all regions, and
// as many with one digit changed, one added and one lost.
func TestAgreesOnRandomNumbers(t *testing.T) {
	t.Parallel()
	const perType = 10_000
	regions := metadata(t)
	for name := range kinds(regions[0]) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			j := newJudge(t)
			random := rand.New(rand.NewPCG(2, 2))
			var with []*phonenumbers.PhoneMetadata
			for _, m := range regions {
				if p := kinds(m)[name].GetNationalNumberPattern(); p != "" && p != "NA" {
					with = append(with, m)
				}
			}
			for _, m := range with {
				numbers := newMaker(kinds(m)[name].GetNationalNumberPattern(), random)
				for range perType/len(with) + 1 {
					national := numbers.next()
					j.compare(int(m.GetCountryCode()), national)
					if random.IntN(4) == 0 {
						j.compare(int(m.GetCountryCode()), damaged(random, national))
					}
				}
			}
			t.Logf("%d valid numbers of %d regions", j.compared, len(with))
			if j.compared < perType*3/4 {
				t.Errorf("only %d numbers were valid", j.compared)
			}
		})
	}
}

func damaged(random *rand.Rand, national string) string {
	at, digit := random.IntN(len(national)), strconv.Itoa(random.IntN(10))
	switch random.IntN(3) {
	case 0:
		return national[:at] + digit + national[at+1:]
	case 1:
		return national + digit
	}
	return national[:len(national)-1]
}

// maker makes random strings that match an expression.
type maker struct {
	tree   *syntax.Regexp
	random *rand.Rand
}

func newMaker(expression string, random *rand.Rand) maker {
	tree, err := syntax.Parse(expression, syntax.Perl)
	if err != nil {
		panic(err)
	}
	return maker{tree, random}
}

func (m maker) next() string {
	var b strings.Builder
	m.write(&b, m.tree)
	return b.String()
}

func (m maker) write(b *strings.Builder, re *syntax.Regexp) {
	switch re.Op {
	case syntax.OpLiteral:
		b.WriteString(string(re.Rune))
	case syntax.OpCharClass:
		pair := 2 * m.random.IntN(len(re.Rune)/2)
		low, high := re.Rune[pair], re.Rune[pair+1]
		b.WriteRune(low + m.random.Int32N(high-low+1))
	case syntax.OpConcat:
		for _, sub := range re.Sub {
			m.write(b, sub)
		}
	case syntax.OpAlternate:
		m.write(b, re.Sub[m.random.IntN(len(re.Sub))])
	case syntax.OpCapture:
		m.write(b, re.Sub[0])
	case syntax.OpQuest:
		m.repeat(b, re.Sub[0], 0, 1)
	case syntax.OpRepeat:
		m.repeat(b, re.Sub[0], re.Min, re.Max)
	case syntax.OpEmptyMatch:
	default:
		panic("no numbers are made from " + re.String())
	}
}

func (m maker) repeat(b *strings.Builder, re *syntax.Regexp, least, most int) {
	for range least + m.random.IntN(most-least+1) {
		m.write(b, re)
	}
}

// The emergency numbers of a region are those the library knows.
func TestAgreesOnEmergencyNumbers(t *testing.T) {
	t.Parallel()
	collection, err := phonenumbers.ShortNumberMetadataCollection()
	if err != nil {
		t.Fatal(err)
	}
	everywhere := regexp.MustCompile("^(?:911|933|112|999|988)$")
	local := map[string]*regexp.Regexp{}
	for _, m := range collection.GetMetadata() {
		local[m.GetId()] = regexp.MustCompile("^(?:" + m.GetEmergency().GetNationalNumberPattern() + ")$")
	}
	somewhere := []string{"100", "123", "411", "555", "611", "000", "01", "16"}
	for n := range 1000 {
		for _, pattern := range local {
			if short := fmt.Sprintf("%02d", n); pattern.MatchString(short) {
				somewhere = append(somewhere, short)
				break
			}
		}
	}
	for region, pattern := range local {
		plan := newPlan(t, numbering.Options{DomesticRegions: []string{region}})
		for _, short := range somewhere {
			want := everywhere.MatchString(short) || pattern.MatchString(short)
			if got, err := plan.Parse(short); (err == nil && got.Class == numbering.Emergency) != want {
				t.Errorf("in %s Parse(%s) = %+v, %v; emergency: %v", region, short, got, err, want)
			}
		}
	}
}

// A number written as it is dialled in its own region is read there as the
// library reads it.
func TestAgreesOnNationalFormat(t *testing.T) {
	t.Parallel()
	compared := 0
	for _, m := range metadata(t) {
		if m.GetId() == numbering.RegionWorld {
			continue
		}
		plan := newPlan(t, numbering.Options{DomesticRegions: []string{m.GetId()}})
		for _, desc := range kinds(m) {
			if desc.GetExampleNumber() == "" || m.GetCountryCode() == 1 && len(desc.GetExampleNumber()) != 10 {
				continue
			}
			number := libraryNumber(int(m.GetCountryCode()), desc.GetExampleNumber())
			dialled := phonenumbers.Format(number, phonenumbers.NATIONAL)
			again, err := phonenumbers.Parse(dialled, m.GetId())
			if err != nil || !phonenumbers.IsValidNumber(again) {
				continue
			}
			compared++
			want := phonenumbers.Format(again, phonenumbers.E164)
			if got, err := plan.Parse(dialled); err != nil || got.E164 != want {
				t.Errorf("in %s Parse(%q) = %+v, %v; the library says %s", m.GetId(), dialled, got, err, want)
			}
		}
	}
	if compared < 1000 {
		t.Errorf("only %d numbers", compared)
	}
}
