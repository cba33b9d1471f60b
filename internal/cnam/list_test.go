package cnam_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"tollkeeper"
	"tollkeeper/internal/cnam"
	"tollkeeper/internal/numbering"
)

func TestParseCSV(t *testing.T) {
	t.Parallel()
	plan, err := numbering.NewPlan(numbering.Options{})
	if err != nil {
		t.Fatal(err)
	}
	parse := func(number string) (string, error) { n, err := plan.Parse(number); return n.E164, err }
	for _, row := range []struct {
		what, csv string
		want      []tollkeeper.ListedName
		faults    []string
	}{
		{"two names", "number,name\n+12125550100,Müller & Söhne GmbH\n+442071838750,\"Acme, Inc.\"\n",
			[]tollkeeper.ListedName{{Number: "+12125550100", Name: "Müller & Söhne GmbH"}, {Number: "+442071838750", Name: "Acme, Inc."}}, nil},
		{"as it is dialled, columns in another order", "Name;Note;Number\n Acme ;x;(212) 555-0100\n", []tollkeeper.ListedName{{Number: "+12125550100", Name: "Acme"}}, nil},
		{"no names", "number,name\n", nil, nil},
		{"nothing", "", nil, []string{`line 1: there is no column "number"`, `line 1: there is no column "name"`}},
		{"faults", "number,name\n12,Acme\n+12125550100,?!\n+12125550101," + strings.Repeat("a", 101) + "\n+12125550102,Acme\n2125550102,Acme\n911,Police\nanonymous,X\n", nil,
			[]string{"line 2, column \"number\":", "line 3, column \"name\":", "line 4, column \"name\":", "line 6, column \"number\":", "line 7, column \"number\":", "line 8, column \"number\":"}},
	} {
		got, err := cnam.ParseCSV(strings.NewReader(row.csv), parse)
		if row.faults == nil {
			if err != nil || !slices.Equal(got, row.want) {
				t.Errorf("%s: %+v, %v", row.what, got, err)
			}
			continue
		}
		var refused *tollkeeper.Error
		if !errors.As(err, &refused) || len(refused.Faults) != len(row.faults) {
			t.Errorf("%s: %v", row.what, err)
			continue
		}
		for i, fault := range row.faults {
			if !strings.HasPrefix(refused.Faults[i], fault) {
				t.Errorf("%s: %q, not %q", row.what, refused.Faults[i], fault)
			}
		}
	}
	lost := errors.New("the line was cut")
	if _, err := cnam.ParseCSV(iotest.ErrReader(lost), parse); !errors.Is(err, lost) {
		t.Errorf("a reader that fails: %v", err)
	}
}
