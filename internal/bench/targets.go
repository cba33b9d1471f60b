package main

import "tollkeeper/internal/bench/report"

// targetsOn are the targets for an engine.
func targetsOn(database string) []report.Target {
	if database != "" {
		return sharedTargets
	}
	return targets
}

// sharedTargets are what is to be reached on two processors that the nodes, PostgreSQL
// and the load share.
var sharedTargets = []report.Target{
	{Name: "authorise and end, durable, cycles", Value: "call.perSecond", Bound: report.AtLeast, Limit: 2000, Unit: "/s"},
}

// targets are what the project wants to reach on two processors that the server
// shares with the load.
var targets = []report.Target{
	{Name: "authorise and end, durable, cycles", Value: "call.perSecond", Bound: report.AtLeast, Limit: 5000, Unit: "/s"},
	{Name: "authorise and end, p99 of a cycle", Value: "call.p99Millis", Bound: report.Under, Limit: 25, Unit: "ms"},
	{Name: "GET a customer, of the bare server", Value: "get.ofBare", Bound: report.AtLeast, Limit: 0.45},
	{Name: "POST a customer, durable", Value: "post.perSecond", Bound: report.AtLeast, Limit: 5000, Unit: "/s"},
	{Name: "PATCH a customer, durable", Value: "patch.perSecond", Bound: report.AtLeast, Limit: 5000, Unit: "/s"},
	{Name: "find 25, unfiltered", Value: "find.all.perSecond", Bound: report.AtLeast, Limit: 1500, Unit: "/s"},
	{Name: "find 25, by name", Value: "find.name.perSecond", Bound: report.AtLeast, Limit: 1500, Unit: "/s"},
	{Name: "find 25, by a flag that few have", Value: "find.flag.perSecond", Bound: report.AtLeast, Limit: 1500, Unit: "/s"},
	{Name: "find 25, $search with some hundred hits", Value: "search.rare.perSecond", Bound: report.AtLeast, Limit: 200, Unit: "/s"},
	{Name: "find 25, $search with many hits", Value: "search.common.perSecond", Bound: report.AtLeast, Limit: 200, Unit: "/s"},
	{Name: "RSS while searching", Value: "find.rssMegabytes", Bound: report.Under, Limit: 200, Unit: "MB"},
	{Name: "start on an empty folder", Value: "start.emptyMillis", Bound: report.Under, Limit: 150, Unit: "ms"},
	{Name: "start on the folder that is searched", Value: "start.fullMillis", Bound: report.Under, Limit: 500, Unit: "ms"},
}
