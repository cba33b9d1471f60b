package api_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

func TestViews(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	first := member(t, s.ask(t, "POST /views", `{"page":"customers","name":"Low","query":"credit.to=0"}`), "_id").(string)
	second := member(t, s.ask(t, "POST /views", `{"page":"customers","name":"Low","query":"credit.to=5"}`), "_id").(string)
	if first == second {
		t.Error("a view of the same name is not another one")
	}
	views := s.ask(t, "GET /views", "")
	if !strings.Contains(views, `"total":1`) || !strings.Contains(views, "credit.to=5") {
		t.Errorf("the views are %s", views)
	}
	s.ask(t, "DELETE /views/"+second, "")
	if views := s.ask(t, "GET /views", ""); !strings.Contains(views, `"total":0`) {
		t.Errorf("the view is still there: %s", views)
	}
}

func TestBalanceHistory(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	id := s.customer(t, `"credit":1000`)
	s.clock.advance(24 * time.Hour)
	s.ask(t, "POST /customers/"+id+"/ledger", `{"amountMicros":5000000,"reason":"paid","key":"p1"}`)
	s.clock.advance(24 * time.Hour)
	history := s.ask(t, "GET /customers/"+id+"/balance/history?from="+s.clock.now().Add(-72*time.Hour).Format(time.RFC3339)+"&points=4", "")
	var amounts []string
	for _, point := range member(t, history, "data").([]any) {
		amounts = append(amounts, point.(map[string]any)["postedMicros"].(json.Number).String())
	}
	for i, want := range []string{"0", "0", "10000000", "15000000"} {
		if amounts[i] != want {
			t.Errorf("point %d is %s, not %s", i, amounts[i], want)
		}
	}
}
