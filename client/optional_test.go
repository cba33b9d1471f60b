package client_test

import (
	"encoding/json"
	"testing"
	"time"

	"tollkeeper/client"
)

func TestPatchSendsExactlyWhatWasSet(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 2, 10, 15, 4, 0, time.FixedZone("", 3600))
	for _, row := range []struct {
		name  string
		patch any
		want  string
	}{
		{"untouched", client.CustomersPatch{}, `{}`},
		{"set", client.CustomersPatch{Name: client.Set("Harbour")}, `{"name":"Harbour"}`},
		{"set to zero", client.CustomersPatch{Credit: client.Set(0), AccountLock: client.Set(client.Off)}, `{"credit":0,"accountLock":0}`},
		{"set to empty", client.CustomersPatch{WebsiteUrl: client.Set("")}, `{"websiteUrl":""}`},
		{"cleared", client.CustomersPatch{Logo: client.Null[string]()}, `{"logo":null}`},
		{"a time in the contract's form", client.CustomersPatch{CreatedAt: client.Set(at)}, `{"createdAt":"2026-03-02T09:15:04.000Z"}`},
		{"enum", client.CustomersPatch{DefaultBillMethod: client.Set(client.BillPaymentMethod)}, `{"defaultBillMethod":"paymentmethod"}`},
		{"money", client.LimitsPatch{DailySpendMicros: client.Set(200 * client.Unit)}, `{"dailySpendMicros":200000000}`},
		{"end at no time", client.CallEnd{DurationSeconds: client.Set(0)}, `{"durationSeconds":0}`},
		{"end by the server's clock", client.CallEnd{}, `{}`},
	} {
		got, err := json.Marshal(row.patch)
		if err != nil || string(got) != row.want {
			t.Errorf("%s: %s, %v; want %s", row.name, got, err, row.want)
		}
	}
}

func TestOptionalReads(t *testing.T) {
	t.Parallel()
	var patch client.CustomersPatch
	if err := json.Unmarshal([]byte(`{"name":"Harbour","logo":null}`), &patch); err != nil {
		t.Fatal(err)
	}
	if name, ok := patch.Name.Get(); name != "Harbour" || !ok {
		t.Errorf("name is %q, %v", name, ok)
	}
	if _, ok := patch.Logo.Get(); ok || !patch.Logo.IsNull() {
		t.Error("logo is not null")
	}
	if !patch.Credit.IsZero() {
		t.Error("credit is not untouched")
	}
	if err := json.Unmarshal([]byte(`{"credit":"1"}`), &patch); err == nil || !patch.Credit.IsZero() {
		t.Errorf("a string became a number: %v", err)
	}
}

// FuzzOptional checks that whatever is read is written again as it was meant.
func FuzzOptional(f *testing.F) {
	for _, seed := range []string{`null`, `0`, `-7`, `"x"`, `1e3`, ` null `, `[`, ``} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var first, second client.Optional[int]
		if json.Unmarshal(data, &first) != nil {
			return
		}
		text, err := json.Marshal(first)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, &second); err != nil || first != second {
			t.Fatalf("%q became %v and then %v: %v", data, first, second, err)
		}
	})
}

func TestMicrosString(t *testing.T) {
	t.Parallel()
	for amount, want := range map[client.Micros]string{
		0: "0.00", 12000: "0.012", client.Unit: "1.00", -3_500_000: "-3.50", 1: "0.000001", -1 << 63: "-9223372036854.775808",
	} {
		if got := amount.String(); got != want {
			t.Errorf("%d is %q, want %q", int64(amount), got, want)
		}
	}
}
