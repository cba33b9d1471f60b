package radius

import (
	"context"
	"fmt"
	"strings"
	"time"

	"tollkeeper"
)

// Values of Acct-Status-Type (RFC 2866, section 5.1; 15 is Failed of Kamailio's acc_radius).
const (
	statusStart   = 1
	statusStop    = 2
	statusInterim = 3
	statusOn      = 7
	statusOff     = 8
	statusFailed  = 15
)

// account answers an Accounting-Request. Answering it says that it is durable (RFC 2866,
// section 2): what could not be stored is not answered, and comes again.
func (d *Door) account(ctx context.Context, c *Client, p *packet) (*reply, error) {
	status, _ := p.number(acctStatusType)
	if status == statusOn || status == statusOff {
		// The calls that the switch has lost are ended by silence, each by its own grant.
		d.Log.Info("radius", "operation", "restart", "client", c.Name, "status", status)
		return newReply(accountingResponse, p), nil
	}
	q, err := read(p)
	if err == nil && q.CallID == "" {
		err = tollkeeper.Invalid("call id: is required")
	}
	if err == nil {
		err = d.tell(ctx, c, status, q, p)
	}
	if err != nil && !rejections[tollkeeper.ErrorCode(err)] {
		return nil, err
	}
	return newReply(accountingResponse, p), err // what is wrong with it would be wrong again
}

// tell reports to the ledger what the packet says of its call.
func (d *Door) tell(ctx context.Context, c *Client, status uint32, q question, p *packet) error {
	r := q.report(c)
	switch status {
	case statusStart:
		if c.Setup {
			return nil
		}
		_, err := d.Calls.Answer(ctx, r)
		return err
	case statusInterim:
		decision, err := d.Calls.Extend(ctx, r)
		if err == nil {
			d.Observe("extend", decision)
		}
		return err
	case statusStop, statusFailed:
		r.Cause = cause(p)
		if status == statusFailed {
			r.Used = new(time.Duration) // it was never answered
		}
		record, err := d.Calls.End(ctx, r)
		if status == statusFailed && tollkeeper.ErrorCode(err) == tollkeeper.CodeNotFound {
			return nil // it was refused, and some switches tell of that too
		}
		if err == nil {
			d.Log.Info("radius", "operation", "end", "client", c.Name, "callId", q.CallID, "customer", record.Customer.String(), "chargeMicros", int64(record.Charge))
		}
		return err
	}
	return nil // RFC 2866 has more, none of them about calls
}

// terminateCauses are the names of RFC 2866, section 5.10, as call records have them.
var terminateCauses = [...]string{
	1: "normal_clearing", 2: "lost_carrier", 3: "lost_service", 4: "idle_timeout", 5: "session_timeout", 6: "admin_reset",
	7: "admin_reboot", 8: "port_error", 9: "nas_error", 10: "nas_request", 11: "nas_reboot", 12: "port_unneeded",
	13: "port_preempted", 14: "port_suspended", 15: "service_unavailable", 16: "callback", 17: "user_error", 18: "host_request",
}

// cause is why a call ended, by what tells most: a SIP status, a cause of Q.850, a
// cause of RADIUS. "" where the packet says nothing.
func cause(p *packet) string {
	if status, given := p.number(sipResponseCode); given && status >= 300 && status <= 699 {
		return fmt.Sprintf("sip_%d", status)
	}
	for kind, v := range p.ciscoAttributes() {
		if kind == h323DisconnectCause {
			var q850 uint8
			if _, err := fmt.Sscanf(strings.TrimPrefix(string(v), "h323-disconnect-cause="), "%x", &q850); err == nil && q850 != 16 {
				return fmt.Sprintf("q850_%d", q850)
			}
		}
	}
	if n, _ := p.number(acctTerminateCause); n > 0 && int(n) < len(terminateCauses) {
		return terminateCauses[n]
	}
	return ""
}
