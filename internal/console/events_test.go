package console

import (
	"encoding/json"
	"testing"
	"time"

	"tollkeeper/client"
)

// TestEventsAreTold tells what events have in words, with what they have beside changes.
func TestEventsAreTold(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	told := func(language, data string) cell {
		v := &visit{Console: &Console{Config: Config{Now: func() time.Time { return now }}}, locale: localeOf(language), zone: time.UTC}
		return v.eventData(client.Event{Data: json.RawMessage(data)})
	}
	const refused = `{"reasons":"wrong_pin account_locked","state":"held","undecided":"refused","gainingCarrier":"Another"}`
	for language, want := range map[string]string{
		"en": "Carrier that asks Another · Reason The PIN is wrong; The account is locked · State Waiting for the owner · If not decided Refused",
		"es": "Operador solicitante Another · Motivo El PIN es incorrecto; La cuenta está bloqueada · Estado En espera del titular · Si no se decide Rechazada",
	} {
		if got := told(language, refused).Text; got != want {
			t.Errorf("in %s it is\n%s, not\n%s", language, got, want)
		}
	}
	if got, want := told("en", `{"new":{"is":[1]},"none":null,"notifyOnly":true,"attempts":3}`).Text, `Attempts 3 · new {"is":[1]} · none – · Only gives notice Yes`; got != want {
		t.Errorf("it is %s, not %s", got, want)
	}
	unlocked := told("en", `{"changes":[{"field":"accountLock","from":1,"to":0}],"protectedUntil":"2026-03-02T10:15:04.000Z"}`).Changes
	if len(unlocked) != 2 || unlocked[0] != (change{"Account lock", "On", "Off"}) || unlocked[1] != (change{"Protected until", "", "10:15:04 AM"}) {
		t.Errorf("of the lock it is %q", unlocked)
	}
}
