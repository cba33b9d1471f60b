package api

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"sync"

	"github.com/go-json-experiment/json/jsontext"

	"tollkeeper"
)

// Limits of a batch of ended calls.
const (
	maxBatch    = 1000 // calls; they fit a body, and are answered within seconds
	batchAtOnce = 64   // reports that wait for one commit; more would crowd out new calls
)

// outcome is what became of one call of a batch.
type outcome struct {
	report tollkeeper.Report
	record tollkeeper.CDR
	err    error
}

// endCalls ends the calls of one upload. Each stands for itself: what is wrong with
// one is told in its place, and does not keep the others from being charged. Only a
// batch that cannot be read is refused whole.
func (a *API) endCalls(x *exchange) error {
	o, err := x.object()
	if err != nil {
		return err
	}
	reports := x.reports(o)
	if err := o.done(); err != nil {
		return err
	}
	outcomes := make([]outcome, len(reports))
	var working sync.WaitGroup
	turns := make(chan struct{}, batchAtOnce)
	for i, r := range reports {
		turns <- struct{}{}
		working.Go(func() {
			outcomes[i] = a.endOne(x, r)
			<-turns
		})
	}
	working.Wait()
	return x.answer(batchBody(outcomes, x))
}

func (a *API) endOne(x *exchange, r tollkeeper.Report) outcome {
	if !x.mine(r.Customer) {
		return outcome{report: r, err: unknownCall(r)}
	}
	record, err := a.Calls.End(x.r.Context(), r)
	return outcome{report: r, record: record, err: err}
}

// reports reads the calls of a batch. A fault names its call by its place.
func (x *exchange) reports(o *object) (reports []tollkeeper.Report) {
	list, given := o.value("calls")
	if !given || list.Kind != tollkeeper.ArrayValue {
		o.fault("calls", "must be a list of ended calls")
		return nil
	}
	decoder := jsontext.NewDecoder(bytes.NewBufferString(list.Text))
	decoder.ReadToken() // the bracket; the list has been read as JSON before
	for decoder.PeekKind() != ']' {
		if len(reports) == maxBatch {
			o.fault("calls", fmt.Sprintf("must have at most %d calls", maxBatch))
			return nil
		}
		where := fmt.Sprintf("calls[%d]", len(reports))
		raw, _ := decoder.ReadValue()
		fields, err := parseObject(raw)
		if err != nil {
			o.fault(where, "must be a JSON object")
		}
		call := &object{fields: fields}
		r := x.reportIn(call, "durationSeconds", "durationMillis")
		r.CallID = call.visible("callId", 1, 255)
		reports = append(reports, r)
		var known *tollkeeper.Error
		if err == nil && errors.As(call.done(), &known) {
			for _, fault := range known.Faults {
				o.faults = append(o.faults, where+"."+fault)
			}
		}
	}
	if len(reports) == 0 {
		o.fault("calls", "must have at least 1 call")
	}
	return reports
}

// batchBody writes the outcomes in the order of the calls.
func batchBody(outcomes []outcome, x *exchange) []byte {
	w := newWire(nil)
	ended := 0
	for _, done := range outcomes {
		if done.err == nil {
			ended++
		}
	}
	w.int("ended", int64(ended))
	w.int("failed", int64(len(outcomes)-ended))
	w.raw("data", array(outcomes, outcomeBody))
	x.notes = append(x.notes, slog.Int("ended", ended), slog.Int("failed", len(outcomes)-ended))
	return w.end()
}

func outcomeBody(done outcome) []byte {
	w := newWire(nil)
	w.text("callId", done.report.CallID)
	w.text("leg", done.report.Leg)
	if done.err == nil {
		w.id("cdr", done.record.ID)
		w.int("billedSeconds", done.record.Billed)
		w.micros("chargeMicros", done.record.Charge)
		return w.end()
	}
	var known *tollkeeper.Error
	if !errors.As(done.err, &known) {
		known = tollkeeper.Internal("end a call", done.err)
	}
	w.int("code", int64(statuses[known.Code].status))
	w.text("message", known.Message)
	return w.end()
}
