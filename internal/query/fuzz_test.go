package query_test

import (
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"tollkeeper"
	"tollkeeper/internal/query"
)

func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"", "$limit=25", "%24limit=1e2&$skip=3", "name=a&name[]=b&name[0]=c", "credit[$gt]=5&credit[$ne]=null",
		`$or={"name":"x"}&$or=[{"credit":{"$in":[1,null]}}]`, "$or[0][name]=x&$or[1][credit][$lt]=3", nested(5), nested(6),
		"$sort={name=1, credit=-1}", `$sort={"name":1}`, "$sort=-name,credit", "$select=name,credit&$select[]=_id",
		"$search=%E1%BA%9E", "createdAt[$gte]=2024-01-01T00:00:00.0001+02:00", "adminUserId[$nin]=" + idA,
		`name={"$in":["a","\u0000"]}`, "$and[name", "=&[]&%", `$or=[[[[[[[[[[[[[[[`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		find, err := query.Parse(text, customers)
		if err != nil {
			checkError(t, err)
			return
		}
		if find.Limit < 0 || find.Limit > query.MaxLimit || find.Skip < 0 || find.Skip > query.MaxSkip {
			t.Errorf("limit %d, skip %d", find.Limit, find.Skip)
		}
		if last := find.Sort[len(find.Sort)-1]; last.Field != "_id" {
			t.Errorf("sort %v does not end with _id", find.Sort)
		}
		if find.Search != query.Fold(find.Search) {
			t.Errorf("search %q is not folded", find.Search)
		}
		if find.Where != nil {
			checkNode(t, find.Where, 0)
		}
		find.Match(row{}.field)
	})
}

func checkError(t *testing.T, err error) {
	t.Helper()
	e, ok := errors.AsType[*tollkeeper.Error](err)
	if !ok || e.Code != tollkeeper.CodeInvalid || len(e.Faults) == 0 || len(e.Faults) > 100 {
		t.Fatalf("not a bad request that lists its faults: %v", err)
	}
	for _, fault := range e.Faults {
		if !utf8.ValidString(fault) || strings.ContainsAny(fault, "\x00\n") {
			t.Errorf("fault %q is not fit to show", fault)
		}
	}
}

// checkNode checks what the documentation of Node promises.
func checkNode(t *testing.T, node query.Node, depth int) {
	t.Helper()
	// A level of $or or $and adds itself and an object of several conditions;
	// null in a list adds one node.
	if depth > 2*query.MaxNesting+2 {
		t.Fatalf("nested %d deep", depth)
	}
	switch n := node.(type) {
	case query.And:
		checkJoined(t, n, func(child query.Node) bool { _, same := child.(query.And); return same }, depth)
	case query.Or:
		checkJoined(t, n, func(child query.Node) bool { _, same := child.(query.Or); return same }, depth)
	case query.Compare:
		checkCompare(t, n)
	default:
		t.Fatalf("node of type %T", node)
	}
}

func checkJoined(t *testing.T, nodes []query.Node, sameType func(query.Node) bool, depth int) {
	t.Helper()
	if len(nodes) < 2 {
		t.Errorf("a group of %d", len(nodes))
	}
	for _, child := range nodes {
		if sameType(child) {
			t.Errorf("group in a group of the same type")
		}
		checkNode(t, child, depth+1)
	}
}

func checkCompare(t *testing.T, c query.Compare) {
	t.Helper()
	kinds := map[string]query.Kind{"_id": query.ID, "adminUserId": query.ID, "credit": query.Integer,
		"callRecording": query.Integer, "createdAt": query.Time}
	fewest, most := 1, 1
	switch c.Op {
	case query.Absent, query.Present:
		fewest, most = 0, 0
	case query.In:
		fewest, most = 0, query.MaxList
	case query.Nin:
		fewest, most = 2, query.MaxList
	}
	if len(c.Values) < fewest || len(c.Values) > most || c.Op == query.In && len(c.Values) == 1 {
		t.Errorf("%s with %d values", c, len(c.Values))
	}
	for _, value := range c.Values {
		if value.Kind() != kinds[c.Field] || !utf8.ValidString(value.Text()) || strings.Contains(value.Text(), "\x00") {
			t.Errorf("%s: bad value %v", c, value)
		}
	}
}
