package main

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"tollkeeper/client"
)

func TestTables(t *testing.T) {
	t.Parallel()
	page := &client.List[client.UserToken]{Total: 3, Data: []client.UserToken{
		{Id: "1", Name: "edge\x1b[31m", Kind: client.TokenSwitch, Networks: []string{"192.0.2.0/24", "::1/128"}, Status: 1},
		{Id: "22", Name: "n", Kind: client.TokenUser, User: "u", ExpiresAt: time.Date(2028, 3, 2, 0, 0, 0, 0, time.UTC)},
	}}
	var table, record, text bytes.Buffer
	if err := printList(&table, false, page, tokenColumns); err != nil {
		t.Fatal(err)
	}
	want := "ID  NAME       KIND    USER  CUSTOMER  NETWORKS              IN USE  EXPIRES\n" +
		"1   edge?[31m  switch                  192.0.2.0/24 ::1/128  yes\n" +
		"22  n          user    u                                     no      2028-03-02\n" +
		"... and 1 more; ask for them with --limit, or narrow them down with --search\n"
	var trimmed []string
	for line := range strings.Lines(table.String()) {
		trimmed = append(trimmed, strings.TrimRight(line, " \n")+"\n")
	}
	if got := strings.Join(trimmed, ""); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
	if err := printOne(&record, false, page.Data[1], tokenColumns); err != nil || record.String() != "ID       22\nNAME     n\nKIND     user\nUSER     u\nIN USE   no\nEXPIRES  2028-03-02\n" {
		t.Errorf("%v\n%s", err, record.String())
	}
	if err := printList(&text, true, page, tokenColumns); err != nil || !strings.Contains(text.String(), `"name": "edge\u001b[31m"`) {
		t.Errorf("%v\n%s", err, text.String())
	}
}
