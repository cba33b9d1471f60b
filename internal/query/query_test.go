package query_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"tollkeeper"
	"tollkeeper/internal/query"
)

var customers = query.NewSchema(query.Definition{
	Fields: []query.Field{
		{Name: "_id", Kind: query.ID}, {Name: "name", Kind: query.String}, {Name: "websiteUrl", Kind: query.String},
		{Name: "credit", Kind: query.Integer}, {Name: "callRecording", Kind: query.Integer},
		{Name: "adminUserId", Kind: query.ID}, {Name: "createdAt", Kind: query.Time},
		{Name: "defaultBillMethod", Kind: query.String}, {Name: "expired", Kind: query.Bool},
	},
	Search: []string{"name", "websiteUrl"},
	Always: []string{"_id", "name", "defaultBillMethod"},
})

var ledger = query.NewSchema(query.Definition{
	Fields: []query.Field{{Name: "_id", Kind: query.ID}, {Name: "amountMicros", Kind: query.Integer}},
	Sort:   []query.Order{{Field: "_id", Descending: true}},
})

// describe writes a find with what differs from the default.
func describe(f *query.Find) string {
	var parts []string
	if f.Where != nil {
		parts = append(parts, f.Where.String())
	}
	if f.Search != "" {
		parts = append(parts, fmt.Sprintf("search %q in %s", f.Search, strings.Join(f.SearchIn, ",")))
	}
	var keys []string
	for _, key := range f.Sort {
		if key.Descending {
			keys = append(keys, "-"+key.Field)
		} else {
			keys = append(keys, key.Field)
		}
	}
	if sort := strings.Join(keys, ","); sort != "_id" {
		parts = append(parts, "sort "+sort)
	}
	if f.Select != nil {
		parts = append(parts, "select "+strings.Join(f.Select, ","))
	}
	if f.Limit != query.DefaultLimit {
		parts = append(parts, fmt.Sprintf("limit %d", f.Limit))
	}
	if f.Skip != 0 {
		parts = append(parts, fmt.Sprintf("skip %d", f.Skip))
	}
	return strings.Join(parts, "; ")
}

const (
	idA = "0123456789abcdef01234567"
	idB = "ffffffffffffffffffffffff"
)

func TestParse(t *testing.T) {
	t.Parallel()
	const (
		xOrBig = `(name = "x" or credit > 3)`
		basic  = "select _id,name,credit,defaultBillMethod"
	)
	tests := []struct{ query, want string }{
		// Paging.
		{"", ""},
		{"&&", ""},
		{"$limit=25", ""},
		{"$limit=10", "limit 10"},
		{"%24limit=10", "limit 10"},
		{"$limit=0", "limit 0"},
		{"$limit=1000", "limit 1000"},
		{"$limit=1e1", "limit 10"},
		{"$skip=2147483647", "skip 2147483647"},
		{"$limit=1&$skip=2", "limit 1; skip 2"},

		// Equality.
		{"name=x", `name = "x"`},
		{"name", `name = ""`},
		{"name=", `name = ""`},
		{"name=a+b%20c%2Bd", `name = "a b c+d"`},
		{"name=a=b", `name = "a=b"`},
		{"name=a,b", `name = "a,b"`},
		{"name=null", `name = "null"`},
		{"name=5", `name = "5"`},
		{"name=%7Bx%7D", `name = "{x}"`},
		{"name={}", `name = "{}"`},
		{"name=[x]", `name = "[x]"`},
		{`name="x"`, `name = "\"x\""`},
		{"n%61me=x", `name = "x"`},
		{"name=%C3%A9", `name = "é"`},
		{"credit=5", "credit = 5"},
		{"expired=true", `expired = "true"`},
		{`$or={"expired":false}`, `expired = "false"`},
		{"credit=-5", "credit = -5"},
		{"credit=1.0", "credit = 1"},
		{"credit=1e2", "credit = 100"},
		{"credit=100E-2", "credit = 1"},
		{"credit=1.50e%2B1", "credit = 15"},
		{"credit=-0", "credit = 0"},
		{"credit=0e99999999999999999999", "credit = 0"},
		{"credit=9223372036854775807", "credit = 9223372036854775807"},
		{"credit=-9223372036854775808", "credit = -9223372036854775808"},
		{"credit=null", "credit absent"},
		{"adminUserId=0123456789ABCDEF01234567", "adminUserId = " + idA},
		{"adminUserId=null", "adminUserId absent"},
		{"createdAt=2024-02-29", "createdAt = 2024-02-29T00:00:00.000Z"},
		{"createdAt=2024-01-01T12:00:00Z", "createdAt = 2024-01-01T12:00:00.000Z"},
		{"createdAt=2024-01-01T12:00:00.120000-05:30", "createdAt = 2024-01-01T17:30:00.120Z"},
		{"createdAt=2024-01-01T12:00:00%2B02:00", "createdAt = 2024-01-01T10:00:00.000Z"},
		{"createdAt=2024-01-01T12:00:00+02:00", "createdAt = 2024-01-01T10:00:00.000Z"},
		{"createdAt=null", "createdAt absent"},
		{"name=x&credit=5", `(name = "x" and credit = 5)`},

		// Times between two milliseconds.
		{"createdAt=2024-01-01T00:00:00.0005Z", "createdAt in []"},
		{"createdAt[$ne]=2024-01-01T00:00:00.0005Z", ""},
		{"createdAt[$gt]=2024-01-01T00:00:00.0005Z", "createdAt > 2024-01-01T00:00:00.000Z"},
		{"createdAt[$gte]=2024-01-01T00:00:00.0005Z", "createdAt > 2024-01-01T00:00:00.000Z"},
		{"createdAt[$lt]=2024-01-01T00:00:00.0005Z", "createdAt <= 2024-01-01T00:00:00.000Z"},
		{"createdAt[$lte]=2024-01-01T00:00:00.0005Z", "createdAt <= 2024-01-01T00:00:00.000Z"},
		{"createdAt[$in]=2024-01-01T00:00:00.0005Z&createdAt[$in]=2024-01-01", "createdAt = 2024-01-01T00:00:00.000Z"},
		{"createdAt[$nin]=2024-01-01T00:00:00.0005Z", ""},

		// Operators.
		{"credit[$gt]=5", "credit > 5"},
		{"credit%5B%24gt%5D=5", "credit > 5"},
		{"credit[$gte]=5&credit[$lt]=9", "(credit >= 5 and credit < 9)"},
		{"credit[$lte]=5", "credit <= 5"},
		{"credit[$ne]=5", "credit != 5"},
		{"credit[$ne]=null", "credit present"},
		{"name[$ne]=null", `name != "null"`},
		{`name={"$ne":null}`, "name present"},
		{`credit={"$gt":5,"$lt":9}`, "(credit > 5 and credit < 9)"},
		{`credit=+{+"$gt"+:+5+}+`, "credit > 5"},
		{`credit={"$gt":"5"}`, "credit > 5"},
		{`credit={"$gt":5}&credit[$lt]=9`, "(credit < 9 and credit > 5)"},
		{`credit[$ne]=7&credit=8`, "(credit = 8 and credit != 7)"},
		{"name[$gt]=[x", `name > "[x"`},

		// Lists.
		{"name=a&name=b", `name in ["a" "b"]`},
		{"name[]=a&name[]=b", `name in ["a" "b"]`},
		{"name[1]=b&name[0]=a", `name in ["a" "b"]`},
		{"name[]=a", `name = "a"`},
		{`name=["a","b"]`, `name in ["a" "b"]`},
		{"credit=[1,2]", "credit in [1 2]"},
		{"name[$in]=a", `name = "a"`},
		{"name[$in]=a,b", `name = "a,b"`},
		{"name[$in]=a&name[$in]=b", `name in ["a" "b"]`},
		{"name[$in][]=a&name[$in][]=b", `name in ["a" "b"]`},
		{"name[$in][0]=a&name[$in][1]=b", `name in ["a" "b"]`},
		{"name[$in][90]=c&name[$in][7]=b&name[$in][]=d&name[$in][0]=a", `name in ["a" "b" "c" "d"]`},
		{`name[$in]=["a","b"]`, `name in ["a" "b"]`},
		{`name={"$in":["a","b"]}`, `name in ["a" "b"]`},
		{`name={"$in":["{\"x"]}`, `name = "{\"x"`},
		{`name={"$in":"a"}`, `name = "a"`},
		{`name[$in]=[]`, `name in []`},
		{`name[$nin]=[]`, ``},
		{`name={"$in":[null,"a"]}`, `(name absent or name = "a")`},
		{`name={"$in":[null,"a","b"]}`, `(name absent or name in ["a" "b"])`},
		{`name={"$in":[null]}`, `name absent`},
		{`name={"$nin":[null,"a","b"]}`, `(name present and name not in ["a" "b"])`},
		{`name={"$nin":[null]}`, `name present`},
		{"credit[$nin]=1&credit[$nin]=null", "(credit present and credit != 1)"},
		{"credit[$nin][]=1&credit[$nin][]=2", "credit not in [1 2]"},
		{"adminUserId[$in]=" + idA + "&adminUserId[$in]=" + strings.ToUpper(idB), "adminUserId in [" + idA + " " + idB + "]"},

		// $or and $and.
		{`$or={"name":"x"}&$or={"credit":{"$gt":3}}`, xOrBig},
		{`$or=[{"name":"x"},{"credit":{"$gt":3}}]`, xOrBig},
		{`%24or=%5B%7B%22name%22%3A%22x%22%7D%2C%7B%22credit%22%3A%7B%22%24gt%22%3A3%7D%7D%5D`, xOrBig},
		{`$or[0][name]=x&$or[1][credit][$gt]=3`, xOrBig},
		{`$or[9][credit][$gt]=3&$or[2][name]=x`, xOrBig},
		{`$or[][name]=x&$or[][credit][$gt]=3`, xOrBig},
		{`$or[]={"name":"x"}&$or[]={"credit":{"$gt":3}}`, xOrBig},
		{`$or[0]={"name":"x"}&$or[1][credit]={"$gt":3}`, xOrBig},
		{`$or[0][name]=x&$or[0][credit][$gt]=3&$or[1][name]=y`, `((name = "x" and credit > 3) or name = "y")`},
		{`$or[name]=x&$or[credit]=3`, `(name = "x" and credit = 3)`},
		{`$or={"websiteUrl":null}`, "websiteUrl absent"},
		{`$or=[{"name":"x"},{}]`, ""},
		{`$or[0][name]=x&$or[1][$or][0][credit]=1&$or[1][$or][1][credit]=2`, `(name = "x" or credit = 1 or credit = 2)`},
		{`$and[0][name]=x&$and[1][credit]=1`, `(name = "x" and credit = 1)`},
		{`$and=[{"name":"x"},{"$or":[{"credit":1},{"credit":2}]}]`, `(name = "x" and (credit = 1 or credit = 2))`},
		{`$and[0][$or]={"name":"x"}`, `name = "x"`},
		{`credit=1&$or={"name":"x"}&$or={"name":"y"}`, `(credit = 1 and (name = "x" or name = "y"))`},
		{`$or={"name":["a","b"]}`, `name in ["a" "b"]`},
		{nested(5), `name = "x"`},
		{`$or=` + strings.Repeat(`[{"$or":`, 4) + `[{"name":{"$in":["x"]}}]` + strings.Repeat(`}]`, 4), `name = "x"`},

		// $sort.
		{"$sort=name", "sort name,_id"},
		{"$sort=-name,credit", "sort -name,credit,_id"},
		{"$sort=-name&$sort=credit", "sort -name,credit,_id"},
		{"$sort[]=-name&$sort[]=credit", "sort -name,credit,_id"},
		{"$sort[1]=credit&$sort[0]=-name", "sort -name,credit,_id"},
		{"$sort[name]=1", "sort name,_id"},
		{"$sort[name]=-1&$sort[credit]=1", "sort -name,credit,_id"},
		{"$sort[credit]=1&$sort[name]=-1", "sort credit,-name,_id"},
		{"$sort[name]=desc&$sort[credit]=asc", "sort -name,credit,_id"},
		{"$sort[name]=-1.0", "sort -name,_id"},
		{"$sort[0][name]=-1&$sort[1][credit]=1", "sort -name,credit,_id"},
		{`$sort={"name":-1,"credit":1}`, "sort -name,credit,_id"},
		{`$sort={"credit":1,"name":"-1"}`, "sort credit,-name,_id"},
		{`$sort=["-name","credit"]`, "sort -name,credit,_id"},
		{`$sort=[{"name":-1},{"credit":1}]`, "sort -name,credit,_id"},
		{"$sort={name=1, credit=-1}", "sort name,-credit,_id"},
		{"%24sort=%7Bname%3D1%2C+credit%3D-1%7D", "sort name,-credit,_id"},
		{"$sort={'name': -1}", "sort -name,_id"},
		{"$sort={:name=>-1}", "sort -name,_id"},
		{`$sort={"name"+=>+-1}`, "sort -name,_id"},
		{"$sort={}", ""},
		{"$sort=", ""},
		{"$sort[_id]=-1", "sort -_id"},
		{"$sort=credit,_id,name", "sort credit,_id"},

		// $select.
		{"$select=credit", basic},
		{"$select=credit&$select=name", basic},
		{"$select[]=credit&$select[]=name", basic},
		{"$select[0]=credit&$select[1]=name", basic},
		{"$select=name,+credit", basic},
		{`$select=["name","credit"]`, basic},
		{"$select=_id", "select _id,name,defaultBillMethod"},
		{"$select=", ""},

		// $search.
		{"$search=ACME+Inc", `search "acme inc" in name,websiteUrl`},
		{"$search=", ""},
		{"$search=+x", `search " x" in name,websiteUrl`},
		{"$search=" + strings.Repeat("%C3%89", 255), `search "` + query.Fold(strings.Repeat("é", 255)) + `" in name,websiteUrl`},
	}
	for _, test := range tests {
		find, err := query.Parse(test.query, customers)
		if err != nil {
			t.Errorf("%s: %v", test.query, err)
		} else if got := describe(find); got != test.want {
			t.Errorf("%s\n got %s\nwant %s", test.query, got, test.want)
		}
	}
}

// nested asks for a name within levels of $or.
func nested(levels int) string {
	return "$or[0]" + strings.Repeat("[$or][0]", levels-1) + "[name]=x"
}

func TestParseFaults(t *testing.T) {
	t.Parallel()
	const (
		limit     = "$limit: must be an integer from 0 to 1000"
		integer   = "must be an integer"
		objectID  = "must be an ObjectId of 24 hex digits"
		time      = "must be a time such as 2006-01-02T15:04:05.000Z or a day such as 2006-01-02"
		direction = "must be 1 or -1"
		deep      = "nested deeper than 5 levels"
	)
	tests := []struct {
		query string
		want  []string
	}{
		{"$limit=1001", []string{limit}},
		{"$limit=-1", []string{limit}},
		{"$limit=", []string{limit}},
		{"$limit=1.5", []string{limit}},
		{"$limit=1&$limit=1", []string{"$limit: takes one value"}},
		{"$limit[]=1", []string{"$limit: takes one value"}},
		{"$skip=2147483648", []string{"$skip: must be an integer from 0 to 2147483647"}},
		{"credits=5", []string{"credits: unknown field"}},
		{"credits=5&$foo=1&credit=x", []string{"credits: unknown field", "$foo: unknown operator", "credit: " + integer}},
		{"credit[$regex]=5", []string{"credit[$regex]: unknown operator"}},
		{"credit[$eq]=5", []string{"credit[$eq]: unknown operator"}},
		{"credit[gt]=5", []string{"credit[gt]: unknown operator"}},
		{`$or={"$limit":5}`, []string{"$or[0][$limit]: unknown operator"}},
		{`$or={"nme":5}`, []string{"$or[0][nme]: unknown field"}},
		{"credit=", []string{"credit: " + integer}},
		{"credit=1.5", []string{"credit: " + integer}},
		{"credit=05", []string{"credit: " + integer}},
		{"credit=%2B5", []string{"credit: " + integer}},
		{"credit=1.", []string{"credit: " + integer}},
		{"credit=.5", []string{"credit: " + integer}},
		{"credit=1e", []string{"credit: " + integer}},
		{"credit=1e-99999999999999999999", []string{"credit: " + integer}},
		{"credit=0x10", []string{"credit: " + integer}},
		{"credit=true", []string{"credit: " + integer}},
		{`credit={"$gt":true}`, []string{"credit[$gt]: " + integer}},
		{"credit=9223372036854775808", []string{"credit: must be an integer within 64 bits"}},
		{"credit=-9223372036854775809", []string{"credit: must be an integer within 64 bits"}},
		{"credit=1e99999999999999999999", []string{"credit: must be an integer within 64 bits"}},
		{"credit[$gt]=x&credit[$lt]=y", []string{"credit[$gt]: " + integer, "credit[$lt]: " + integer}},
		{"credit[$gt]=1&credit[$gt]=2", []string{"credit[$gt]: takes one value"}},
		{"credit[$gt][0]=1", []string{"credit[$gt]: takes one value"}},
		{`credit={"$gt":[1]}`, []string{"credit[$gt]: takes one value"}},
		{`credit={"$gt":[]}`, []string{"credit[$gt]: takes one value"}},
		{"credit[$gt]=null", []string{"credit[$gt]: must not be null"}},
		{"credit={}", []string{"credit: must have a value or an operator"}},
		{`$or={"credit":{}}`, []string{"$or[0][credit]: must have a value or an operator"}},
		{"expired=1", []string{"expired: must be true or false"}},
		{`$or={"expired":1}`, []string{"$or[0][expired]: must be true or false"}},
		{"expired[$in]=yes&expired[$in]=true", []string{"expired[$in]: must be true or false"}},
		{`$or={"name":5}`, []string{"$or[0][name]: must be a string"}},
		{`$or={"adminUserId":123456789012345678901234}`, []string{"$or[0][adminUserId]: " + objectID}},
		{`$or={"createdAt":20060102}`, []string{"$or[0][createdAt]: " + time}},
		{"adminUserId=123", []string{"adminUserId: " + objectID}},
		{"adminUserId=" + strings.Repeat("g", 24), []string{"adminUserId: " + objectID}},
		{"createdAt=2024-02-30", []string{"createdAt: " + time}},
		{"createdAt=2024-01-01T1:00:00Z", []string{"createdAt: " + time}},
		{"createdAt=2024-01-01T01:00:00,5Z", []string{"createdAt: " + time}},
		{"createdAt=2024-01-01T01:00:00", []string{"createdAt: " + time}},
		{"createdAt=yesterday", []string{"createdAt: " + time}},
		{"credit[$in]=1&credit[$in]=x&credit[$in]=y", []string{"credit[$in]: " + integer, "credit[$in]: " + integer}},
		{"credit[$in][0]=1&credit[$in][4]=x", []string{"credit[$in][4]: " + integer}},
		{"credit[$in]=[1,2,true]", []string{"credit[$in][2]: " + integer}},
		{"credit[$in]=[1,[2]]", []string{"credit[$in][1]: must be a single value"}},
		{"credit[$in][$gt]=1", []string{"credit[$in]: takes a list of values"}},
		{"credit[$in]=1,2", []string{"credit[$in]: " + integer}},
		{"credit[0][$gt]=1", []string{"credit[0]: must be a single value"}},
		{`credit={"$gt":5`, []string{"credit: malformed JSON at byte 8"}},
		{`credit={"$gt":5}x`, []string{"credit: has text behind its JSON value"}},
		{`credit={"$gt":5,"$gt":6}`, []string{"credit: names the same key twice in JSON"}},
		{`name={"$in":["a"`, []string{"name: malformed JSON at byte 11"}},
		{`name={"$ne":"%5Cu0000"}`, []string{"name: must not contain NUL"}},
		{`name={"$ne":"%5Cud800"}`, []string{"name: malformed JSON at byte 8"}},
		{`name={"first":"a"}`, []string{"name[first]: unknown operator"}},
		{"$or=", []string{"$or: must be an object of conditions, or a list of such"}},
		{"$or=name", []string{"$or: must be an object of conditions, or a list of such"}},
		{"$or=[]", []string{"$or: must have at least one condition"}},
		{"$or=[5]", []string{"$or[0]: must be an object of conditions"}},
		{"$or=[[]]", []string{"$or[0]: must be an object of conditions"}},
		{"$or[0]=5", []string{"$or[0]: must be an object of conditions"}},
		{"$or={name=x}", []string{"$or: malformed JSON at byte 2"}},
		{`$or[3][credit]=x&$or[7]={"credit":{"$in":["y"]}}`, []string{"$or[3][credit]: " + integer, "$or[7][credit][$in][0]: " + integer}},
		{nested(6), []string{strings.TrimSuffix(nested(6), "[0][name]=x") + ": " + deep}},
		{"a" + strings.Repeat("[b]", 13) + "=1", []string{"a" + strings.Repeat("[b]", 13) + ": " + deep}},
		{"$or=" + strings.Repeat("[", 14) + strings.Repeat("]", 14), []string{"$or: " + deep}},
		{"$or=" + strings.Repeat("[", 20000), []string{"$or: " + deep}},
		{"$sort=nme", []string{"$sort[nme]: unknown field"}},
		{"$sort=name,", []string{"$sort[]: unknown field"}},
		{"$sort[name]=2", []string{"$sort[name]: " + direction}},
		{"$sort[name]=", []string{"$sort[name]: " + direction}},
		{"$sort[name][x]=1", []string{"$sort[name]: " + direction}},
		{"$sort[nme]=2&$sort[name]=up", []string{"$sort[nme]: unknown field", "$sort[name]: " + direction}},
		{"$sort=name,-name", []string{"$sort[name]: is given twice"}},
		{"$sort={name=1", []string{"$sort: must end with }"}},
		{"$sort={name}", []string{`$sort: must be an object such as {"name":1}`}},
		{"$select=nme,credit,nmf", []string{"$select[nme]: unknown field", "$select[nmf]: unknown field"}},
		{"$select[name]=1", []string{"$select: must be a list of fields"}},
		{`$select=["name"`, []string{"$select: malformed JSON at byte 7"}},
		{"$search=a&$search=b", []string{"$search: takes one value"}},
		{"$search=" + strings.Repeat("%C3%A9", 256), []string{"$search: must have at most 255 characters"}},
		{"name=%ZZ", []string{"name: has a malformed percent escape"}},
		{"name=%4", []string{"name: has a malformed percent escape"}},
		{"na%ZZme=x", []string{"na%ZZme: has a malformed percent escape"}},
		{"name=%FF", []string{"name: is not valid UTF-8"}},
		{"name=a%00b", []string{"name: must not contain NUL"}},
		{"na%00me=x", []string{"na%00me: must not contain NUL"}},
		{"=x", []string{": parameter without a name"}},
		{"[name]=x", []string{"[name]: parameter without a name"}},
		{"credit[$gt=5", []string{"credit[$gt: malformed brackets"}},
		{"credit[$gt]x=5", []string{"credit[$gt]x: malformed brackets"}},
		{"credit[a[b]]=5", []string{"credit[a[b]]: malformed brackets"}},
		{"a%0Ab=1", []string{`a\nb: unknown field`}},
		{strings.Repeat("x", 70) + "=1", []string{strings.Repeat("x", 64) + "...: unknown field"}},
		{strings.Repeat("&name=a", 1101), []string{"query: more than 1100 parameters"}},
		{"name=" + strings.Repeat("a", 64<<10), []string{"query: longer than 65536 bytes"}},
		{strings.Repeat("&name=a", 1001), []string{"name: takes at most 1000 values"}},
		{"$or=[" + strings.Repeat(`{"name":"a"},`, 500) + `{"name":"b"}]`, []string{"query: more than 500 comparisons; use $in for many values of one field"}},
		{"credit[$in]=" + list(1000) + "&credit[$nin]=" + list(1000) + "&credit=1", []string{"query: more than 2000 values"}},
		{"createdAt=x&%FF=1", []string{"%FF: is not valid UTF-8", "createdAt: " + time}},
	}
	for _, test := range tests {
		find, err := query.Parse(test.query, customers)
		e, ok := err.(*tollkeeper.Error)
		if find != nil || !ok || e.Code != tollkeeper.CodeInvalid {
			t.Errorf("%.200s: got %v, %v, want a bad request", test.query, find, err)
		} else if !slices.Equal(e.Faults, test.want) {
			t.Errorf("%.200s\n got %q\nwant %q", test.query, e.Faults, test.want)
		}
	}
}

// list writes a JSON list of n integers.
func list(n int) string { return "[" + strings.Repeat("1,", n-1) + "1]" }

func TestParseTakesFullLists(t *testing.T) {
	t.Parallel()
	var full strings.Builder
	for range query.MaxList {
		full.WriteString("adminUserId%5B%24in%5D%5B%5D=" + idA + "&")
	}
	full.WriteString("$limit=1000&$sort=-createdAt")
	find, err := query.Parse(full.String(), customers)
	if err != nil {
		t.Fatal(err)
	}
	if n := len(find.Where.(query.Compare).Values); n != query.MaxList {
		t.Errorf("got %d values", n)
	}
}

func TestParseListsAtMost100Faults(t *testing.T) {
	t.Parallel()
	_, err := query.Parse("x=1&credit[$in]=["+strings.Repeat(`"x",`, 999)+`"x"]`, customers)
	if n := len(err.(*tollkeeper.Error).Faults); n != 100 {
		t.Errorf("got %d faults", n)
	}
}

func TestSchemaDecides(t *testing.T) {
	t.Parallel()
	find, err := query.Parse("$select=amountMicros", ledger)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := describe(find), "sort -_id; select amountMicros"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if _, err := query.Parse("$search=x", ledger); err == nil || !strings.Contains(err.Error(), "$search: cannot be used here") {
		t.Errorf("$search without fields to search: %v", err)
	}
	if find, err := query.Parse("$sort=amountMicros", ledger); err != nil || describe(find) != "sort amountMicros,_id" {
		t.Errorf("got %v, %v", find, err)
	}
}

func TestNewSchemaRefusesContradictions(t *testing.T) {
	t.Parallel()
	id := query.Field{Name: "_id", Kind: query.ID}
	for name, definition := range map[string]query.Definition{
		"no _id":              {Fields: []query.Field{{Name: "name"}}},
		"twice":               {Fields: []query.Field{id, id}},
		"no name":             {Fields: []query.Field{id, {}}},
		"search unknown":      {Fields: []query.Field{id}, Search: []string{"name"}},
		"search not a string": {Fields: []query.Field{id}, Search: []string{"_id"}},
		"always unknown":      {Fields: []query.Field{id}, Always: []string{"name"}},
		"sort unknown":        {Fields: []query.Field{id}, Sort: []query.Order{{Field: "name"}}},
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: accepted", name)
				}
			}()
			query.NewSchema(definition)
		}()
	}
}
