package main_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestDescriptionHolds lets Schemathesis make requests of what openapi.yaml says, as
// staff and as a customer's user, and finds no fault of the server and no answer
// that is not described. `make test` installs it and names it in the environment.
func TestDescriptionHolds(t *testing.T) {
	t.Parallel()
	program := os.Getenv("SCHEMATHESIS")
	if program == "" {
		t.Skip("SCHEMATHESIS does not name the program; make test installs it")
	}
	s := start(t, filepath.Join(t.TempDir(), "data"), "--anonymous-rate", "0", "--user-rate", "0")
	var customer, user struct {
		ID string `json:"_id"`
	}
	var token struct{ Token string }
	s.must("POST", "/customers", `{"name":"Acme","defaultBillMethod":"credit","credit":100000}`, &customer)
	s.must("POST", "/users", `{"email":"ann@acme.example","password":"quite-long-enough","customer":"`+customer.ID+
		`","adminPermission":"rw","billingPermission":"rw","phonePermission":"rw"}`, &user)
	s.must("POST", "/usertokens", `{"name":"ann","user":"`+user.ID+`","expiresInYears":1}`, &token)
	for caller, secret := range map[string]string{"staff": s.token, "customer": token.Token} {
		t.Run(caller, func(t *testing.T) {
			command := exec.CommandContext(t.Context(), program, "run", s.url+"/openapi.json", "--header", "Authorization: Bearer "+secret,
				"--exclude-operation-id", "mediaUpload", "--exclude-operation-id", "customerHoldmusicUpdate", // it cannot make audio
				"--checks", "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance",
				"--phases", "examples,coverage,fuzzing", "--max-examples", "15", "--seed", "1", "--request-timeout", "10", "--no-color")
			command.Dir = t.TempDir()
			if output, err := command.CombinedOutput(); err != nil {
				t.Errorf("%v\n%s", err, output)
			}
		})
	}
}
