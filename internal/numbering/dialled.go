package numbering

import (
	"net/url"
	"strings"
)

// Limits on what is read, so that nothing sent to us costs much: a SIP URI of a
// telephone number is shorter than mostDialled, and an international prefix, a
// carrier code and a number together have fewer digits than mostDialledDigits.
const (
	mostDialled       = 512
	mostDialledDigits = 32
)

// user is the part of a URI that holds the number.
type user struct {
	number  string
	context string // digits of a global phone-context (RFC 3966 section 5.1.5)
}

// userPart takes the number out of a sip, sips or tel URI, or returns what was
// dialled as it is.
func userPart(dialled string) (user, error) {
	if len(dialled) > mostDialled {
		return user{}, invalidf("is longer than %d bytes", mostDialled)
	}
	rest := strings.TrimSpace(dialled)
	if scheme, after, ok := strings.Cut(rest, ":"); ok {
		switch strings.ToLower(scheme) {
		case "tel":
			rest = after
		case "sip", "sips":
			if !strings.Contains(after, "@") {
				return user{}, invalidf("the SIP URI has no user part")
			}
			rest = after
		default:
			return user{}, invalidf("only sip, sips and tel URIs and urn:service:sos hold a number")
		}
	}
	rest, _, _ = strings.Cut(rest, "@")
	if strings.Contains(rest, "%") {
		unescaped, err := url.PathUnescape(rest)
		if err != nil {
			return user{}, invalidf("the URI has a malformed escape")
		}
		rest = unescaped
	}
	number, parameters, _ := strings.Cut(rest, ";")
	number, _, _ = strings.Cut(number, ":") // a password, RFC 3261 section 19.1.1
	return user{number: number, context: phoneContext(parameters)}, nil
}

// phoneContext returns the digits of a global phone-context among a URI's
// parameters; "" for none or a domain name, which says nothing of the number.
func phoneContext(parameters string) string {
	for parameter := range strings.SplitSeq(parameters, ";") {
		name, value, _ := strings.Cut(parameter, "=")
		if !strings.EqualFold(name, "phone-context") {
			continue
		}
		if digits, plus, err := readDigits(value); err == nil && plus {
			return digits
		}
	}
	return ""
}

// readDigits drops visual separators. plus tells whether a plus sign precedes
// the digits.
func readDigits(s string) (digits string, plus bool, err error) {
	var buffer [mostDialledDigits]byte
	n := 0
	for _, c := range s {
		switch {
		case c >= '0' && c <= '9':
			if n == len(buffer) {
				return "", false, invalidf("has more than %d digits", len(buffer))
			}
			buffer[n] = byte(c)
			n++
		case c == '+' && n == 0 && !plus:
			plus = true
		case !separator(c):
			return "", false, invalidf("%q is neither a digit nor a separator", c)
		}
	}
	if n == 0 {
		return "", false, invalidf("has no digits")
	}
	return string(buffer[:n]), plus, nil
}

// separator reports whether c only makes a number easier to read: the visual
// separators of RFC 3966 section 5.1.1, and the spaces, slashes and dashes
// people copy.
func separator(c rune) bool {
	switch c {
	case ' ', '-', '.', '(', ')', '/', '\t', '\u00a0', '\u202f':
		return true
	}
	return '\u2010' <= c && c <= '\u2015' // hyphens and dashes
}

// emergencyURN recognises the emergency service URNs, urn:service:sos and its
// sub-services (RFC 5031 section 4.2), and urn:service:test.sos (RFC 6881
// section 17), which like 933 must get through to be of use.
func emergencyURN(dialled string) (urn string, ok bool) {
	if len(dialled) > mostDialled || len(dialled) < 4 || !strings.EqualFold(dialled[:4], "urn:") {
		return "", false
	}
	urn = strings.ToLower(dialled)
	service, ok := strings.CutPrefix(urn, "urn:service:")
	if !ok {
		return "", false
	}
	service = strings.TrimPrefix(service, "test.")
	labels := strings.Split(service, ".")
	if labels[0] != "sos" {
		return "", false
	}
	for _, label := range labels {
		if label == "" || strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-") != "" {
			return "", false
		}
	}
	return urn, true
}

// allDigits reports whether s is digits and nothing else, and at least one.
func allDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}
