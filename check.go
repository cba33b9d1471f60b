package tollkeeper

// Check is what would become of a call, and why. Nothing of it was placed or held.
type Check struct {
	Decision Decision
	Called   CalledNumber
	Rules    []CheckedRule // in the order in which they are checked
}

// CheckedRule is what one rule says of a call. A rule is named by the reason that it
// refuses calls with.
type CheckedRule struct {
	Rule    Reason
	Outcome RuleOutcome
	Detail  string // what it was decided by, in English
}

// RuleOutcome is what a rule did to a call.
type RuleOutcome string

// The outcomes.
const (
	OutcomePassed     RuleOutcome = "passed"
	OutcomeRefused    RuleOutcome = "refused"
	OutcomeNotReached RuleOutcome = "not_reached" // a rule before it has refused the call
	OutcomeExempt     RuleOutcome = "exempt"      // the rule is not about such calls
)

// RuleOutcomes lists every outcome of a rule.
var RuleOutcomes = []RuleOutcome{OutcomePassed, OutcomeRefused, OutcomeNotReached, OutcomeExempt}
