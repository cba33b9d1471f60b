package main

import (
	"context"
	"strconv"
	"time"

	"tollkeeper"
	"tollkeeper/client"
)

type usageCommand struct {
	remote  `embed:""`
	listing `embed:""`
	ID      string    `arg:"" help:"The customer's id."`
	Since   time.Time `help:"Only this day (UTC) and later ones." env:"-" placeholder:"DAY"`
	Before  time.Time `help:"Only days before this one." env:"-" placeholder:"DAY"`
}

var usageColumns = []column[client.Usage]{
	{"DAY", func(u client.Usage) string { return u.Day.Format(time.DateOnly) }},
	{"DIRECTION", func(u client.Usage) string { return string(u.Direction) }},
	{"DESTINATION", func(u client.Usage) string { return u.Destination }},
	{"CALLS", func(u client.Usage) string { return strconv.FormatInt(u.Calls, 10) }},
	{"ANSWERED", func(u client.Usage) string { return strconv.FormatInt(u.Answered, 10) }},
	{"SECONDS", func(u client.Usage) string { return strconv.FormatInt(u.BilledSeconds, 10) }},
	{"CHARGE", func(u client.Usage) string { return tollkeeper.Micros(u.ChargeMicros).String() }},
}

// Run lists what a customer's calls came to.
func (c *usageCommand) Run(ctx context.Context) error {
	find := c.find()
	if !c.Since.IsZero() {
		find.Where = append(find.Where, client.Gte("day", c.Since))
	}
	if !c.Before.IsZero() {
		find.Where = append(find.Where, client.Lt("day", c.Before))
	}
	return list(c.remote, c.listing, usageColumns, func(s *client.Client) (*client.UsageList, error) { return s.Usage.Find(ctx, c.ID, find) })
}
