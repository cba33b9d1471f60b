package console

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"

	"tollkeeper/client"
)

// planned is what the numbering plan says of the numbers of a region.
type planned struct {
	Region string // ISO 3166-1 alpha-2; "" of none
	Name   string
	Effect string
	Rule   *client.Barring // everybody's about the region, which overrides it; nil for none
}

// barringPlan are the effects of all regions.
func (v *visit) barringPlan() list[planned] {
	l := list[planned]{
		Name: "barring-plan", Search: "Region", Find: v.findPlanned, All: paged(v.findPlanned),
		Columns: []column[planned]{
			{Key: "name", Title: "Numbers of", Fixed: true, Cell: func(_ *visit, p planned) cell { return plain(p.Name) }},
			{Key: "region", Title: "Region", Fixed: true, Cell: func(_ *visit, p planned) cell { return code(p.Region) }},
			{Key: "plan", Title: "Calls are", Fixed: true, Cell: func(v *visit, p planned) cell { return v.named(p.Effect, barringEffects, barringTones) }},
		},
		Filters: []filter{{Field: "plan", Title: "Calls are", Kind: oneOf, Choices: barringEffects[1:]}},
	}
	if v.staff() {
		l.Columns = append(l.Columns, column[planned]{Key: "rule", Title: "Rule for everybody", Fixed: true, Cell: (*visit).plannedRule})
	}
	return l
}

// plannedRule is the rule that overrides the plan, or the way to make one.
func (v *visit) plannedRule(p planned) cell {
	switch {
	case p.Rule != nil:
		c := v.named(string(p.Rule.Effect), barringEffects, barringTones)
		c.Link = barringLink(p.Rule.Id)
		return c
	case p.Region != "" && v.may("POST /barrings"):
		return link(v.t("New rule"), "/console/barrings/new?about="+p.Region)
	}
	return cell{}
}

// findPlanned finds regions by their letters or a part of their name, in the order of
// their names; what is of no region comes first.
func (v *visit) findPlanned(ctx context.Context, f client.Find) (*client.List[planned], error) {
	all, err := v.planned(ctx)
	if err != nil {
		return nil, err
	}
	search, effect := strings.ToLower(f.Search), v.r.URL.Query().Get("plan")
	all = slices.DeleteFunc(all, func(p planned) bool {
		return !strings.EqualFold(p.Region, search) && !strings.Contains(strings.ToLower(p.Name), search) || effect != "" && p.Effect != effect
	})
	from := min(f.Skip, len(all))
	return &client.List[planned]{Total: int64(len(all)), Data: all[from:min(from+f.Limit, len(all))]}, nil
}

func (v *visit) planned(ctx context.Context) ([]planned, error) {
	plan, err := v.api.Barrings.Plan(ctx)
	if err != nil {
		return nil, err
	}
	rules := map[string]*client.Barring{}
	if v.staff() {
		everybodys := client.Find{Where: []client.Condition{client.Absent("customer"), client.Present("region")}}
		for rule, err := range v.api.Barrings.All(ctx, everybodys) {
			if err != nil {
				return nil, err
			}
			rules[rule.Region] = &rule
		}
	}
	var regions []planned
	for region, effect := range plan.Regions {
		regions = append(regions, planned{region, v.regionName(region), effect, rules[region]})
	}
	slices.SortFunc(regions, func(a, b planned) int { return cmp.Compare(a.Name, b.Name) })
	return append([]planned{
		{Name: v.t("Premium rate of a domestic region"), Effect: plan.Premium},
		{Name: v.t("No region: satellite, international and unknown networks"), Effect: plan.Unknown},
	}, regions...), nil
}

// regionName is what a region is called in the language of the page.
func (v *visit) regionName(region string) string {
	r, err := language.ParseRegion(region)
	if err != nil {
		return region
	}
	return display.Regions(language.Make(v.locale.language)).Name(r)
}

// barringPlanPage shows what holds where no rule is.
func (v *visit) barringPlanPage() error {
	l := v.barringPlan()
	return showList(v, &l, listPage{Title: v.t("Numbering plan"), Back: crumb{v.t("Barring"), "/console/barrings"},
		Intro: v.t("What holds where no rule is. As abroad and as premium rate: let through with international calling only. A rule with a longer prefix, and a customer's own rules, come before those shown here.")})
}
