package client_test

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"tollkeeper/client"
)

func TestFindQuery(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	for _, row := range []struct {
		name string
		find client.Find
		want string
	}{
		{"nothing", client.Find{}, ""},
		{"page", client.Find{Limit: 2, Skip: 4}, "$limit=2&$skip=4"},
		{"count", client.Find{Limit: client.CountOnly}, "$limit=0"},
		{"the order of sort keys stays", client.Find{Sort: []client.Order{client.Desc("name"), client.Asc("credit")}}, "$sort[name]=-1&$sort[credit]=1"},
		{"select", client.Find{Select: []string{"name", "credit"}}, "$select=name&$select=credit"},
		{"search is escaped", client.Find{Search: "a&b=c"}, "$search=a%26b%3Dc"},
		{"equality", where(client.Eq("defaultBillMethod", client.BillCredit)), "defaultBillMethod=credit"},
		{"money is a number", where(client.Gte("amountMicros", 3*client.Cent)), "amountMicros[$gte]=30000"},
		{"time", where(client.Gte("startedAt", at)), "startedAt[$gte]=2026-03-01T00:00:00Z"},
		{"range", where(client.Gt("credit", 1), client.Lt("credit", 9)), "credit[$gt]=1&credit[$lt]=9"},
		{"two of one kind", where(client.Ne("name", "a"), client.Ne("name", "b"), client.Ne("name", "c")), "name[$ne]=a&$and[0][name][$ne]=b&$and[1][name][$ne]=c"},
		{"equality beside an operator", where(client.Eq("credit", 1), client.Gt("credit", 0)), "credit=1&$and[0][credit][$gt]=0"},
		{"in", where(client.In("name", "a,b", "c")), "name[$in][0]=a,b&name[$in][1]=c"},
		{"in nothing", where(client.In[string]("name")), "name[$in]=[]"},
		{"not in", where(client.NotIn("credit", 0)), "credit[$nin][0]=0"},
		{"or", where(client.Or(client.Eq("name", "x"), client.Lt("credit", 0))), "$or[0][name]=x&$or[1][credit][$lt]=0"},
		{"and within or", where(client.Or(client.And(client.Gt("credit", 0), client.Eq("name", "x")), client.Eq("name", "y"))), "$or[0][credit][$gt]=0&$or[0][name]=x&$or[1][name]=y"},
		{"two ors", where(client.Or(client.Eq("name", "x")), client.Or(client.Eq("name", "y"))), "$or[0][name]=x&$and[0][$or][0][name]=y"},
		{"absent", where(client.Absent("logo")), `$and[0]={"logo":null}`},
		{"present", where(client.Present("logo")), `$and[0]={"logo":{"$ne":null}}`},
		{"nothing in particular", where(client.And(), client.Condition{}, client.Or()), ""},
		{"a value never turns into operators", where(client.Eq("name", `{"$ne":""}`)), `name[$in][0]={"$ne":""}`},
	} {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			var got string
			c := serve(t, func(w http.ResponseWriter, r *http.Request) {
				got = r.URL.RawQuery
				answer(w, `{"total":0,"limit":25,"skip":0,"data":[]}`)
			})
			if _, err := c.Customers.Find(t.Context(), row.find); err != nil {
				t.Fatal(err)
			}
			if got != escaped(row.want) {
				plain, _ := url.QueryUnescape(got)
				t.Errorf("the query is %s, want %s", plain, row.want)
			}
		})
	}
}

func where(conditions ...client.Condition) client.Find { return client.Find{Where: conditions} }

// escaped writes a readable query as it goes over the wire.
func escaped(query string) string {
	var pairs []string
	for pair := range strings.SplitSeq(query, "&") {
		if key, value, ok := strings.Cut(pair, "="); ok {
			value, _ = url.QueryUnescape(value)
			pairs = append(pairs, url.QueryEscape(key)+"="+url.QueryEscape(value))
		}
	}
	return strings.Join(pairs, "&")
}

// customers is a server of 7 customers, one of which is deleted after the first
// page: counting pages off would then miss another.
func customers(t *testing.T, queries *[]string) *client.Client {
	ids := []string{"01", "02", "03", "04", "05", "06", "07"}
	return serve(t, func(w http.ResponseWriter, r *http.Request) {
		q := r.URL.Query()
		plain, _ := url.QueryUnescape(r.URL.RawQuery)
		*queries = append(*queries, plain)
		limit, _ := strconv.Atoi(q.Get("$limit"))
		skip, _ := strconv.Atoi(q.Get("$skip"))
		left := ids[skip:]
		if after := q.Get("_id[$gt]"); after != "" {
			left = slices.DeleteFunc(slices.Clone(left), func(id string) bool { return id <= after })
		}
		data, page := "", left[:min(limit, len(left))]
		for i, id := range page {
			if i > 0 {
				data += ","
			}
			data += fmt.Sprintf(`{"_id":%q,"name":"n","defaultBillMethod":"credit"}`, id)
		}
		answer(w, fmt.Sprintf(`{"total":%d,"limit":%d,"skip":%d,"data":[%s]}`, skip+len(left), limit, skip, data))
		if len(ids) == 7 {
			ids = ids[1:]
		}
	})
}

func TestAllWalksByID(t *testing.T) {
	t.Parallel()
	var queries, got []string
	c := customers(t, &queries)
	for customer, err := range c.Customers.All(t.Context(), client.Find{Limit: 3, Where: []client.Condition{client.Ne("name", "x")}}) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, customer.Id)
	}
	if want := []string{"01", "02", "03", "04", "05", "06", "07"}; !slices.Equal(got, want) {
		t.Errorf("walked %v, want %v", got, want)
	}
	want := []string{
		"$limit=3&$sort[_id]=1&name[$ne]=x",
		"$limit=3&$sort[_id]=1&name[$ne]=x&_id[$gt]=03",
		"$limit=3&$sort[_id]=1&name[$ne]=x&_id[$gt]=06",
	}
	if !slices.Equal(queries, want) {
		t.Errorf("asked %q, want %q", queries, want)
	}
}

func TestAllCountsOffOtherOrders(t *testing.T) {
	t.Parallel()
	var queries []string
	c := customers(t, &queries)
	count := 0
	for _, err := range c.Customers.All(t.Context(), client.Find{Limit: 4, Skip: 1, Sort: []client.Order{client.Asc("name")}}) {
		if err != nil {
			t.Fatal(err)
		}
		count++
	}
	if want := []string{"$limit=4&$skip=1&$sort[name]=1", "$limit=4&$skip=5&$sort[name]=1"}; !slices.Equal(queries, want) {
		t.Errorf("asked %q, want %q", queries, want)
	}
	if count != 5 {
		t.Errorf("walked %d records, want 5", count)
	}
}

func TestAllStops(t *testing.T) {
	t.Parallel()
	var queries []string
	c := customers(t, &queries)
	for range c.Customers.All(t.Context(), client.Find{Limit: 2}) {
		break
	}
	if len(queries) != 1 {
		t.Errorf("asked %d times after the loop was left", len(queries))
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	errs := 0
	for _, err := range c.Customers.All(ctx, client.Find{}) {
		if err != nil {
			errs++
		}
	}
	if errs != 1 {
		t.Errorf("yielded %d errors of an ended context, want 1", errs)
	}
}
