package api_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"tollkeeper"
)

// TestFieldsOfStaff asks every list for what its description keeps for staff: customers
// cannot find out what is in a field that they are not shown, by no condition and no order.
func TestFieldsOfStaff(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	customer := s.customer(t, "")
	owner := "Authorization: " + s.recordingUser(t, customer)
	doc, err := openapi3.NewLoader().LoadFromData(tollkeeper.OpenAPI)
	must(t, err)
	found := 0
	for path, item := range doc.Paths.Map() {
		for name := range fieldsOfStaff(item.Get) {
			found++
			for _, query := range []string{name + "=x", name + "[$gt]=x", "$or[0][" + name + "]=x", "$sort[" + name + "]=1", "$select=" + name} {
				request := "GET " + path + "?" + query
				if a := s.do(t, request, "", owner); a.status != http.StatusBadRequest || !strings.Contains(a.body, "unknown field") {
					t.Errorf("%s of a customer: %d %s", request, a.status, a.body)
				}
				s.ask(t, request, "")
			}
		}
	}
	if found < 2 {
		t.Errorf("%d fields are described as for the carrier's staff only", found)
	}
}

// recordingUser makes the user of a customer who hears its recordings, with all rights, and
// returns a token.
func (s *server) recordingUser(t *testing.T, customer string) string {
	t.Helper()
	id, err := tollkeeper.ParseID(customer)
	must(t, err)
	u, err := s.store.CreateUser(t.Context(), tollkeeper.Write{}, tollkeeper.User{Email: "hears@example.com", Customer: id}.WithAllRights(), "")
	must(t, err)
	s.ask(t, "PATCH /customers/"+customer, `{"callRecordingUserId":"`+u.ID.String()+`"}`)
	return s.tokenOf(t, u)
}

// fieldsOfStaff are the fields of a list's records that are for staff only.
func fieldsOfStaff(list *openapi3.Operation) map[string]bool {
	names := map[string]bool{}
	if list == nil || list.Responses.Value("200") == nil {
		return names
	}
	answer := list.Responses.Value("200").Value.Content.Get("application/json")
	if answer == nil || answer.Schema.Value.Properties["data"] == nil {
		return names
	}
	for name, property := range answer.Schema.Value.Properties["data"].Value.Items.Value.Properties {
		if strings.Contains(property.Value.Description, "for the carrier's staff only") {
			names[name] = true
		}
	}
	return names
}
