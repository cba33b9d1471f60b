package freeswitch

import (
	"net/http"
	"net/url"

	"tollkeeper"
)

// directory tells FreeSWITCH how to challenge a digest user, in whose realm the
// password was hashed. Who may speak of one customer only is told of nobody.
func (d *Door) directory(r *http.Request, who tollkeeper.Principal) (answer, error) {
	body, err := read(r)
	if err != nil {
		return answer{}, err
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		return answer{}, errForm
	}
	name, realm := form.Get("user"), form.Get("domain")
	if form.Get("section") != "directory" || name == "" || !who.IsStaff() {
		return document(notFound), nil
	}
	digest, found, err := d.Users.Digest(r.Context(), name)
	if err != nil {
		return answer{}, err
	}
	if !found || digest.Realm != realm {
		return document(notFound), nil
	}
	return document(section{Name: "directory", Domain: &domain{Name: realm, User: user{ID: name, Params: []param{{"a1-hash", digest.HA1}}}}}), nil
}

// What a directory consists of.
type (
	domain struct {
		Name string `xml:"name,attr"`
		User user   `xml:"user"`
	}
	user struct {
		ID     string  `xml:"id,attr"`
		Params []param `xml:"params>param"`
	}
	param struct {
		Name  string `xml:"name,attr"`
		Value string `xml:"value,attr"`
	}
)
