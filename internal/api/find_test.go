package api_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
)

// names lists the names of the customers on a page, and the total.
func (s *server) names(t *testing.T, query string) (names string, total any) {
	t.Helper()
	body := s.ask(t, "GET /customers?"+query, "")
	var list []string
	for _, c := range member(t, body, "data").([]any) {
		list = append(list, c.(map[string]any)["name"].(string))
	}
	return strings.Join(list, " "), member(t, body, "total")
}

func TestFindForms(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	ids := map[string]string{}
	for i, c := range []string{
		`"name":"Acme","credit":1,"websiteUrl":"acme.example"`, `"name":"Bell","credit":2`, `"name":"Cell","credit":3,"websiteUrl":"me.example"`,
		`"name":"bell","credit":2,"transcribeCalls":1`, `"name":"Ünï","credit":-4,"createdByIP":"1.1.1.1"`,
	} {
		body := s.ask(t, "POST /customers", `{"defaultBillMethod":"credit",`+c+`}`)
		ids[fmt.Sprintf("{%d}", i)] = member(t, body, "_id").(string)
	}
	all := "Acme Bell Cell bell Ünï"
	for query, want := range map[string]string{
		"": all, "$limit=2": "Acme Bell", "%24limit=2": "Acme Bell", "$limit=1e0": "Acme", "$limit=0": "", "$skip=4": "Ünï", "$skip=9": "", "$limit=2&$skip=1": "Bell Cell",
		"$sort[name]=1": "Acme Bell Cell bell Ünï", "$sort[name]=-1": "Ünï bell Cell Bell Acme", "%24sort%5Bname%5D=-1": "Ünï bell Cell Bell Acme",
		`$sort={"credit":-1,"name":1}`: "Cell Bell bell Acme Ünï", "$sort={credit=-1, name=-1}": "Cell bell Bell Acme Ünï", "$sort={'credit': 1}": "Ünï Acme Bell bell Cell",
		"$sort={:credit=>1}": "Ünï Acme Bell bell Cell", "$sort=-credit,name": "Cell Bell bell Acme Ünï", "$sort[credit]=desc": "Cell Bell bell Acme Ünï",
		"$sort[credit]=1&$sort[name]=-1": "Ünï Acme bell Bell Cell", "$sort[websiteUrl]=1": "Bell bell Ünï Acme Cell", "$sort[websiteUrl]=-1": "Cell Acme Bell bell Ünï",
		"name=Bell": "Bell", "name=bell": "bell", "name=Bell&name=bell": "Bell bell", "name[]=Bell&name[]=Acme": "Acme Bell", "credit=2": "Bell bell", "credit=2.0": "Bell bell", "credit=2e0": "Bell bell",
		"credit[$gt]=1": "Bell Cell bell", "credit[%24gte]=3": "Cell", "credit[$lt]=1": "Ünï", "credit[$lte]=1": "Acme Ünï", "credit={\"$gt\":1,\"$lt\":3}": "Bell bell",
		"credit[$gt]=1&credit[$lt]=3": "Bell bell", "name[$ne]=Bell": "Acme Cell bell Ünï", "websiteUrl[$ne]=acme.example": "Bell Cell bell Ünï",
		"websiteUrl[$nin][]=acme.example&websiteUrl[$nin][]=x": "Bell Cell bell Ünï", "transcribeCalls=null": "Acme Bell Cell Ünï", "transcribeCalls[$ne]=null": "bell", `websiteUrl={"$ne":null}`: "Acme Cell",
		"name[$in]=Acme&name[$in]=Cell": "Acme Cell", "name[$in][]=Acme&name[$in][]=Cell": "Acme Cell", "name[$in][1]=Acme&name[$in][0]=Cell": "Acme Cell", `name[$in]=["Acme","Cell"]`: "Acme Cell", `name={"$in":["Acme"]}`: "Acme", "name[$in]=": "",
		"$or[0][name]=Acme&$or[1][credit]=3": "Acme Cell", `$or={"name":"Acme"}&$or={"credit":3}`: "Acme Cell", `$or=[{"name":"Acme"},{"credit":3}]`: "Acme Cell", "$or[][name]=Acme&$or[][name]=Cell": "Acme Cell",
		"$and[0][credit]=2&$and[1][name]=Bell": "Bell", "$or[0][$and][0][credit]=2&$or[0][$and][1][name]=Bell&$or[1][name]=Acme": "Acme Bell", "$or[0][name]=Bell&$or[0][credit]=2": "Bell",
		"_id={0}": "Acme", "_id[$in]={1}&_id[$in]={4}": "Bell Ünï", "_id[$gt]={3}": "Ünï",
		"createdAt=2026-03-02T09:15:04.000Z": all, "createdAt[$lt]=2026-03-02T10:15:04%2B01:00": "", "createdAt[$gte]=2026-03-02": all, "createdAt[$gt]=2026-03-02T09:15:03.9999Z": all,
		"createdByIP=1.1.1.1": "Ünï", "createdByIP=::ffff:1.1.1.1": "Ünï", "createdByIP=::ffff:7f00:1": "", "accountLock=1": all, "accountLock=0": "", "defaultBillMethod=credit": all, "defaultBillMethod=paymentmethod": "",
		"$search=e": "Acme Bell Cell bell", "$search=LL": "Bell Cell bell", "$search=ACME": "Acme", "$search=me.ex": "Acme Cell", "$search=eacme": "", "$search=cellme": "", "$search=l": "Acme Bell Cell bell", "$search=C": "Acme Cell", "$search=ünÏ": "Ünï", "$search=%F0%9F%98%80": "",
		"$search=": all, `$search="`: "", "$search='": "", "$search=%25": "", "$search=_": "", "$search=*": "", "$search=me&credit=3": "Cell", "$search=bell&$sort[name]=-1&$limit=1": "bell",
	} {
		for placeholder, id := range ids {
			query = strings.ReplaceAll(query, placeholder, strings.ToUpper(id))
		}
		query = escaper.Replace(query)
		if got, _ := s.names(t, query); got != want {
			t.Errorf("?%s found %q, want %q", query, got, want)
		}
	}
	if _, total := s.names(t, "$limit=0&credit=2"); total != member(t, `{"n":2}`, "n") {
		t.Errorf("a count answered %v, want 2", total)
	}
}

// escaper does what every client must: the rest may stand as it is.
var escaper = strings.NewReplacer(" ", "%20", `"`, "%22", "Ü", url.QueryEscape("Ü"), "ü", url.QueryEscape("ü"), "ï", url.QueryEscape("ï"), "Ï", url.QueryEscape("Ï"), "{", "%7B", "}", "%7D")

func TestFindAnswers(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	id := s.customer(t, `"credit":7`)
	page := func(limit, skip, record string) string {
		return `{"total":1,"limit":` + limit + `,"skip":` + skip + `,"data":[` + record + `]}`
	}
	const least = `{"_id":"{customer}","name":"Acme","defaultBillMethod":"credit"`
	list := func(query string) string { return "GET /customers?" + query }
	s.run(t, []row{
		{request: "GET /customers", want: page("25", "0", record(`"credit":7`))},
		{request: list(""), want: page("25", "0", record(`"credit":7`))},
		{request: list("$limit=1000&$skip=2147483647"), want: page("1000", "2147483647", "")},
		{request: list("$limit=0"), want: page("0", "0", "")},
		{request: list("$select=credit"), want: page("25", "0", least+`,"credit":7}`)},
		{request: list("$select[]=credit&$select[]=accountLock"), want: page("25", "0", least+`,"credit":7,"accountLock":1}`)},
		{request: list("$select[0]=credit&$select[1]=accountLock"), want: page("25", "0", least+`,"credit":7,"accountLock":1}`)},
		{request: list("$select=credit,accountLock"), want: page("25", "0", least+`,"credit":7,"accountLock":1}`)},
		{request: list("$select=credit&$select=accountLock"), want: page("25", "0", least+`,"credit":7,"accountLock":1}`)},
		{request: list("$select=websiteUrl"), want: page("25", "0", least+`}`)},
		{request: list("$select=name"), want: page("25", "0", least+`}`)},
	}, "{customer}", id)
}

func TestFindFaults(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	faults := func(query string, faults ...string) row {
		return row{name: query[:min(len(query), 80)], request: "GET /customers?" + query, status: 400, want: invalid(faults...)}
	}
	nested := func(levels int) string { return "$or[0]" + strings.Repeat("[$or][0]", levels-1) + "[name]=x" }
	many := "credit[$in]=1" + strings.Repeat("&credit[$in]=1", 1000)
	s.run(t, []row{
		faults("shoeSize=1", "shoeSize: unknown field"),
		faults("status=active", "status: unknown field"),
		faults("$where=1", "$where: unknown operator"),
		faults("name[$regex]=x", "name[$regex]: unknown operator"),
		faults("name[$like]=x&credit[$gt]=a&$limit=-1&$sort[x]=1&$select=y", "name[$like]: unknown operator", "credit[$gt]: must be an integer",
			"$limit: must be an integer from 0 to 1000", "$sort[x]: unknown field", "$select[y]: unknown field"),
		faults("$limit=1001", "$limit: must be an integer from 0 to 1000"),
		faults("$limit=x", "$limit: must be an integer from 0 to 1000"),
		faults("$limit=1.5", "$limit: must be an integer from 0 to 1000"),
		faults("$limit=1&$limit=2", "$limit: takes one value"),
		faults("$skip=-1", "$skip: must be an integer from 0 to 2147483647"),
		faults("$skip=2147483648", "$skip: must be an integer from 0 to 2147483647"),
		faults("$sort[name]=0", "$sort[name]: must be 1 or -1"),
		faults("$sort=name,name", "$sort[name]: is given twice"),
		faults("credit=1.5", "credit: must be an integer"),
		faults("credit=true", "credit: must be an integer"),
		faults("credit=9223372036854775808", "credit: must be an integer within 64 bits"),
		faults("credit[$gt]=null", "credit[$gt]: must not be null"),
		faults("_id=x", "_id: must be an ObjectId of 24 hex digits"),
		faults("createdAt=yesterday", "createdAt: must be a time such as 2006-01-02T15:04:05.000Z or a day such as 2006-01-02"),
		faults("name=%00", "name: must not contain NUL"),
		faults("name=%FF", "name: is not valid UTF-8"),
		faults("name=%zz", "name: has a malformed percent escape"),
		faults("$search=%00", "$search: must not contain NUL"),
		faults("$search="+strings.Repeat("x", 256), "$search: must have at most 255 characters"),
		faults("$or=x", "$or: must be an object of conditions, or a list of such"),
		faults(many, "credit[$in]: takes at most 1000 values"),
		{request: "GET /customers?" + nested(5), want: `{"total":0,"limit":25,"skip":0,"data":[]}`},
		{request: "GET /customers?" + nested(6), status: 400, want: `{"name":"BadRequest","code":400,"className":"bad-request","message":"{any}","errors":["{any}"]}`},
		{request: "GET /customers?" + strings.Repeat("x", 60<<10) + "=1", status: 400, want: `{"name":"BadRequest","code":400,"className":"bad-request","message":"{any}","errors":["{any}"]}`},
		{request: "GET /users?$search=zz", want: `{"total":0,"limit":25,"skip":0,"data":[]}`},
		{request: "GET /calls?shoeSize=1", status: 400, want: invalid("shoeSize: unknown field")},
		{request: "GET /cdrs?shoeSize=1", status: 400, want: invalid("shoeSize: unknown field")},
		{request: "GET /users?password=1", status: 400, want: invalid("password: unknown field")},
		{request: "GET /ratedecks?name=x", status: 400, want: invalid("name: unknown field")},
	})
}
