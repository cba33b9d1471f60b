package webhook_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"tollkeeper"
	"tollkeeper/internal/webhook"
)

// verify checks requests with the library that Standard Webhooks publish for Python,
// and that it refuses them when a byte is another.
const verify = `
import json, sys
from standardwebhooks.webhooks import Webhook, WebhookVerificationError
for one in json.load(sys.stdin):
    hook = Webhook(one["secret"])
    print(hook.verify(one["body"], one["headers"])["type"])
    try:
        hook.verify(one["body"].replace("accountlock", "accountluck"), one["headers"])
        print("a forged body was taken")
    except WebhookVerificationError:
        pass
`

// TestTheirLibrary lets a library that is not ours check what arrives, by the secret
// and by the one that has taken its place.
func TestTheirLibrary(t *testing.T) {
	t.Parallel()
	python := os.Getenv("STANDARDWEBHOOKS")
	if python == "" {
		t.Skip("needs the library standardwebhooks from PyPI, which make test installs")
	}
	c := newCarrier(t)
	c.now = time.Now() // as the library knows it
	acme, e := c.customer(t), newEndpoint(t)
	w := c.hook(t, acme, e.URL)
	secrets := []string{w.Secret, webhook.NewSecret()}
	if _, err := c.PatchWebhook(t.Context(), tollkeeper.Write{}, w.ID, func(w *tollkeeper.Webhook) {
		w.OldSecret, w.OldSecretUntil, w.Secret = w.Secret, c.clock().Add(tollkeeper.OldSecretLife), secrets[1]
	}); err != nil {
		t.Fatal(err)
	}
	c.lock(t, acme, "0")
	c.run(t)
	type check struct {
		Secret  string            `json:"secret"`
		Body    string            `json:"body"`
		Headers map[string]string `json:"headers"`
	}
	var checks []check
	for _, r := range e.took() {
		headers := map[string]string{}
		for name := range r.header {
			headers[strings.ToLower(name)] = r.header.Get(name)
		}
		for _, secret := range secrets {
			checks = append(checks, check{secret, r.body, headers})
		}
	}
	input, err := json.Marshal(checks)
	if err != nil {
		t.Fatal(err)
	}
	program := exec.CommandContext(t.Context(), python, "-c", verify)
	program.Stdin = strings.NewReader(string(input))
	said, err := program.CombinedOutput()
	if want := "accountlock.changed\naccountlock.changed\n"; err != nil || string(said) != want {
		t.Errorf("%v: %s", err, said)
	}
}
