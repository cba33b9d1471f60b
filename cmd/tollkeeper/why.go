package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"text/tabwriter"

	"tollkeeper"
	"tollkeeper/client"
)

type whyCommand struct {
	remote    `embed:""`
	Customer  string `help:"Customer whose call it would be; its trunk or number tells when absent." env:"-" placeholder:"ID"`
	From      string `help:"Calling number." env:"-" placeholder:"NUMBER"`
	Trunk     string `help:"Name of the trunk that the call would come by." env:"-" placeholder:"NAME"`
	Source    string `help:"Address that it would come from." env:"-" placeholder:"ADDRESS"`
	Inbound   bool   `help:"A call to the customer instead of one that the customer places." env:"-"`
	WholeCall bool   `help:"Ask for one grant for the whole call." env:"-"`
	JSON      bool   `name:"json" help:"Print JSON for scripts." env:"-"`
	To        string `arg:"" help:"Called number."`
}

// Run asks the server and shows the rules in their order.
func (c *whyCommand) Run(ctx context.Context) error {
	server, err := c.client()
	if err != nil {
		return err
	}
	call := client.CallCheck{
		Customer: c.Customer, Direction: client.Outbound, From: c.From, To: c.To, WholeCall: c.WholeCall, Trunk: c.Trunk, Source: c.Source,
	}
	if c.Inbound {
		call.Direction = client.Inbound
	}
	checked, err := server.Calls.Check(ctx, call)
	if err != nil {
		return err
	}
	if c.JSON {
		return printJSON(os.Stdout, checked)
	}
	return printChecked(os.Stdout, checked)
}

// outcomeMarks make the rule that refused stand out.
var outcomeMarks = map[client.RuleOutcome]string{
	client.OutcomePassed: "ok", client.OutcomeRefused: "REFUSED", client.OutcomeNotReached: "-", client.OutcomeExempt: "exempt",
}

func printChecked(to io.Writer, c *client.CallChecked) error {
	table := tabwriter.NewWriter(to, 0, 0, 2, ' ', 0)
	for _, rule := range c.Rules {
		fmt.Fprintf(table, "%s\t%s\t%s\n", rule.Rule, outcomeMarks[rule.Outcome], printable(rule.Detail))
	}
	if err := table.Flush(); err != nil {
		return err
	}
	if c.Decision != client.Allow {
		_, err := fmt.Fprintf(to, "\n%s is refused: %s (SIP %d)\n", printable(c.To), c.Reason, c.SipCode)
		return err
	}
	price := "no price"
	if c.Prefix != "" {
		price = fmt.Sprintf("%s a minute to %s", tollkeeper.Micros(c.PricePerMinuteMicros), printable(c.Destination))
	}
	_, err := fmt.Fprintf(to, "\n%s is let through: %d seconds, %s held, %s\n", printable(c.To), c.GrantedSeconds, tollkeeper.Micros(c.HeldMicros), price)
	return err
}
