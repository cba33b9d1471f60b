package transcription

import (
	"strings"

	"tollkeeper"
)

// Card numbers have 12 to 19 digits, of which the last checks the others (ISO/IEC
// 7812-1, annex B: the formula of Luhn); those of payment cards begin with 2 to 6.
const (
	shortestCard = 12
	longestCard  = 19
	redacted     = "[card number]"
)

// redactSegments takes card numbers out of a transcript, also those that are said over
// several segments of one speaker.
func redactSegments(t *tollkeeper.Transcript) {
	for channel := int64(0); channel <= 2; channel++ {
		var texts []string
		var places []int
		for i := range t.Segments {
			if t.Segments[i].Channel == channel {
				texts, places = append(texts, t.Segments[i].Text), append(places, i)
			}
		}
		clean, found := Redact(texts)
		for i, place := range places {
			t.Segments[place].Text = clean[i]
		}
		t.Redacted += int64(found)
	}
}

// digit is one digit of a text, written or spoken.
type digit struct {
	value      byte
	text       int // which of the texts
	start, end int // bytes in it
}

// spoken are the words for digits, as engines write down what is read out slowly.
var spoken = map[string]byte{
	"zero": 0, "oh": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9,
}

// Redact takes card numbers out of texts that follow each other, and says how many. A
// number may go on from one text to the next; between its digits there is nothing but
// spaces and punctuation. Where digits can be read as a card number, they are: a
// telephone number that happens to pass the check is lost too.
func Redact(texts []string) (clean []string, found int) {
	var run []digit
	var cuts []digit // spans to take out; value says that a mark goes in
	flush := func() {
		for i := 0; i+shortestCard <= len(run); {
			n := cardLength(run[i:])
			if n == 0 {
				i++
				continue
			}
			found++
			cuts = append(cuts, spans(run[i:i+n])...)
			i += n
		}
		run = run[:0]
	}
	for at, text := range texts {
		for start := 0; start < len(text); {
			end := start + 1
			switch c := text[start]; {
			case c >= '0' && c <= '9':
				run = append(run, digit{c - '0', at, start, end})
			case letter(c):
				for end < len(text) && letter(text[end]) {
					end++
				}
				if value, known := spoken[strings.ToLower(text[start:end])]; known {
					run = append(run, digit{value, at, start, end})
				} else {
					flush()
				}
			}
			start = end
		}
	}
	flush()
	return cut(texts, cuts), found
}

func letter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' || c >= 0x80 }

// cardLength is how many digits at the beginning are a card number, the most that are;
// 0 for none.
func cardLength(digits []digit) int {
	if digits[0].value < 2 || digits[0].value > 6 {
		return 0
	}
	for n := min(longestCard, len(digits)); n >= shortestCard; n-- {
		if luhn(digits[:n]) {
			return n
		}
	}
	return 0
}

func luhn(digits []digit) bool {
	sum, same := 0, true
	for i, d := range digits {
		v := int(d.value)
		same = same && d.value == digits[0].value
		if (len(digits)-i)%2 == 0 {
			if v *= 2; v > 9 {
				v -= 9
			}
		}
		sum += v
	}
	return sum%10 == 0 && !same
}

// spans are the pieces of texts that digits stand in, one for each text.
func spans(digits []digit) (all []digit) {
	for _, d := range digits {
		if n := len(all); n > 0 && all[n-1].text == d.text {
			all[n-1].end = d.end
		} else {
			all = append(all, digit{0, d.text, d.start, d.end})
		}
	}
	all[0].value = 1
	return all
}

func cut(texts []string, cuts []digit) []string {
	clean := append([]string{}, texts...)
	for i := len(cuts) - 1; i >= 0; i-- {
		c, mark := cuts[i], ""
		if c.value == 1 {
			mark = redacted
		}
		clean[c.text] = clean[c.text][:c.start] + mark + clean[c.text][c.end:]
	}
	return clean
}
