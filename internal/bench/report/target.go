package report

// Target is a number that is to be reached.
type Target struct {
	Name  string
	Value string // which of Report.Values
	Bound Bound
	Limit float64
	Unit  string
}

// Bound says on which side of the limit a target lies.
type Bound string

// The bounds.
const (
	AtLeast Bound = "at least"
	Under   Bound = "under"
)

// Verdict is a target beside what was measured.
type Verdict struct {
	Name     string  `json:"name"`
	Bound    Bound   `json:"bound"`
	Limit    float64 `json:"limit"`
	Unit     string  `json:"unit"`
	Measured float64 `json:"measured"`
	Outcome  Outcome `json:"outcome"`
}

// Outcome is whether a target was reached.
type Outcome string

// The outcomes.
const (
	Reached     Outcome = "reached"
	Missed      Outcome = "missed"
	NotMeasured Outcome = "not measured"
)

// Judge holds the report against the targets.
func (r *Report) Judge(targets []Target) {
	values := r.Values()
	r.Verdict = make([]Verdict, 0, len(targets))
	for _, t := range targets {
		measured, known := values[t.Value]
		r.Verdict = append(r.Verdict, Verdict{
			Name: t.Name, Bound: t.Bound, Limit: t.Limit, Unit: t.Unit, Measured: measured, Outcome: t.outcome(measured, known),
		})
	}
}

func (t *Target) outcome(measured float64, known bool) Outcome {
	switch {
	case !known:
		return NotMeasured
	case t.Bound == AtLeast && measured >= t.Limit, t.Bound == Under && measured < t.Limit:
		return Reached
	default:
		return Missed
	}
}
