package admission

import "strings"

// Hidden reports whether a Privacy header asks that nobody be told who calls: by the
// value user (RFC 3323, section 4.2) or id (RFC 3325, section 9.3).
func Hidden(privacy string) bool {
	for value := range strings.SplitSeq(privacy, ";") {
		switch strings.ToLower(strings.TrimSpace(value)) {
		case "id", "user":
			return true
		}
	}
	return false
}

// unavailable is what gateways send for a number they do not know: the word on the keys
// of a telephone, with a plus sign. Its like, such as +266696687 for anonymous, have too
// few digits for the countries they seem to be of.
const unavailable = "+86282452253"

// mayHaveName reports whether a caller is known by a number: one who hides it, or whose
// number cannot be, has no name.
func (m *Admission) mayHaveName(caller string) bool {
	if _, err := m.Plan.Parse(caller); err != nil {
		return false
	}
	return strings.HasPrefix(caller, "+") && caller != unavailable && !isFiller(caller)
}

// isFiller reports whether a number of the North American plan is none that there can
// be, such as +1 000 000 0000: area codes and exchanges begin with 2 to 9.
func isFiller(e164 string) bool {
	const areaCode, exchange = len("+1"), len("+1212")
	return strings.HasPrefix(e164, "+1") && len(e164) > exchange && (e164[areaCode] < '2' || e164[exchange] < '2')
}
