package tollkeeper

import (
	"fmt"
	"strings"
)

// Consent is what must happen before a call is recorded.
type Consent int

// The rules, from the most lenient to the strictest.
const (
	ConsentNone     Consent = iota
	ConsentAnnounce         // the parties are told
	ConsentAsk              // the parties are told, and one who refuses is not recorded
)

// consentNames are the rules' names.
var consentNames = []string{"none", "announce", "ask"}

func (c Consent) String() string { return consentNames[c] }

// ConsentNames lists the names of the rules.
func ConsentNames() []string { return consentNames }

// ParseConsent reads a rule's name.
func ParseConsent(name string) (Consent, bool) {
	for i, n := range consentNames {
		if n == name {
			return Consent(i), true
		}
	}
	return 0, false
}

// ConsentRules are what regions ask for. A key is a region (ISO 3166-1), the beginning
// of numbers in E.164, or "*" for whatever else there is.
type ConsentRules map[string]Consent

// ParseConsentRule reads a rule such as US=announce or +1415=ask.
func ParseConsentRule(text string) (key string, rule Consent, err error) {
	key, name, _ := strings.Cut(text, "=")
	rule, ok := ParseConsent(name)
	switch {
	case !ok:
		return "", 0, fmt.Errorf("must end with =%s", strings.Join(consentNames, " or ="))
	case key == "*", isRegion(key), isPrefix(key):
		return key, rule, nil
	}
	return "", 0, fmt.Errorf("must begin with a region such as US, the beginning of a number such as +1415, or *")
}

func isRegion(key string) bool {
	return len(key) == 2 && strings.Trim(key, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == ""
}

func isPrefix(key string) bool {
	digits, plus := strings.CutPrefix(key, "+")
	return plus && digits != "" && len(digits) <= 15 && strings.Trim(digits, "0123456789") == ""
}

// For returns what the region of one party asks for. The longest beginning of the
// number counts, else its region.
func (r ConsentRules) For(e164, region string) Consent {
	if strings.HasPrefix(e164, "+") {
		for n := len(e164); n > 1; n-- {
			if rule, known := r[e164[:n]]; known {
				return rule
			}
		}
	}
	if rule, known := r[region]; known {
		return rule
	}
	return r["*"]
}
