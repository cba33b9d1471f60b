package export_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"tollkeeper"
	"tollkeeper/internal/export"
)

var started = time.Date(2026, 3, 2, 9, 15, 4, 120e6, time.UTC)

func record(n byte) *tollkeeper.CDR {
	return &tollkeeper.CDR{
		ID: tollkeeper.ID{1, n}, CallKey: tollkeeper.CallKey{CallID: "call \"1\",\nx", Leg: "b"}, Customer: tollkeeper.ID{2}, Direction: tollkeeper.Outbound,
		From: "=cmd()", To: "+442071838750", CallerName: tollkeeper.CallerName{Display: "ACME INC", Full: "=Acme, Incorporated"}, StartedAt: started, AnsweredAt: started.Add(6 * time.Second), EndedAt: started.Add(66 * time.Second),
		Duration: time.Minute, Billed: 60, Charge: 12000, Cause: "normal_clearing",
		Tariff: tollkeeper.Tariff{Prefix: "4420", Destination: "United Kingdom, London", PricePerMinute: 12000, Deck: "default", DeckVersion: 3, BillMethod: tollkeeper.BillCredit},
	}
}

func export3(t *testing.T, name string) []byte {
	t.Helper()
	var out bytes.Buffer
	for _, format := range export.Formats {
		if format.Name != name {
			continue
		}
		w := format.New(&out)
		unanswered := record(2)
		unanswered.AnsweredAt, unanswered.From = time.Time{}, "@SUM(1)"
		for _, r := range []*tollkeeper.CDR{record(1), unanswered, record(3)} {
			if err := w.Write(r); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return out.Bytes()
}

func TestCSV(t *testing.T) {
	t.Parallel()
	rows, err := csv.NewReader(bytes.NewReader(export3(t, "csv"))).ReadAll()
	if err != nil || len(rows) != 4 {
		t.Fatalf("%d rows: %v", len(rows), err)
	}
	want := map[string]string{
		"_id": "010200000000000000000000", "callId": "call \"1\",\nx", "from": "'@SUM(1)", "to": "+442071838750", "startedAt": "2026-03-02T09:15:04.120Z",
		"answeredAt": "", "callerName": "ACME INC", "callerNameFull": "'=Acme, Incorporated", "server": "", "chargeMicros": "12000", "emergency": "false", "destination": "United Kingdom, London",
	}
	for i, column := range rows[0] {
		if value, checked := want[column]; checked && rows[2][i] != value {
			t.Errorf("%s is %q, want %q", column, rows[2][i], value)
		}
		delete(want, column)
	}
	if len(want) > 0 {
		t.Errorf("columns are missing: %v", want)
	}
}

func TestLines(t *testing.T) {
	t.Parallel()
	lines := strings.Split(strings.TrimSpace(string(export3(t, "jsonl"))), "\n")
	if len(lines) != 3 {
		t.Fatalf("%d lines", len(lines))
	}
	var first, second map[string]any
	if err := json.Unmarshal([]byte(lines[0]), &first); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(lines[1]), &second); err != nil {
		t.Fatal(err)
	}
	if first["from"] != "=cmd()" || first["answeredAt"] != "2026-03-02T09:15:10.120Z" || first["durationMillis"] != 60000.0 || second["answeredAt"] != nil {
		t.Errorf("%v\n%v", first, second)
	}
}

// TestParquet reads the file by its own schema, without ours.
func TestParquet(t *testing.T) {
	t.Parallel()
	file := export3(t, "parquet")
	read := parquet.NewGenericReader[struct {
		ID         string     `parquet:"_id"`
		From       string     `parquet:"from"`
		StartedAt  time.Time  `parquet:"startedAt,timestamp(millisecond)"`
		AnsweredAt *time.Time `parquet:"answeredAt,optional,timestamp(millisecond)"`
		Charge     int64      `parquet:"chargeMicros"`
	}](bytes.NewReader(file))
	defer read.Close()
	rows := make([]struct {
		ID         string     `parquet:"_id"`
		From       string     `parquet:"from"`
		StartedAt  time.Time  `parquet:"startedAt,timestamp(millisecond)"`
		AnsweredAt *time.Time `parquet:"answeredAt,optional,timestamp(millisecond)"`
		Charge     int64      `parquet:"chargeMicros"`
	}, 10)
	n, err := read.Read(rows)
	if n != 3 || err != nil && err != io.EOF {
		t.Fatalf("%d rows: %v", n, err)
	}
	if r := rows[0]; r.From != "=cmd()" || !r.StartedAt.Equal(started) || r.AnsweredAt == nil || r.Charge != 12000 {
		t.Errorf("%+v", r)
	}
	if rows[1].AnsweredAt != nil || rows[1].ID != "010200000000000000000000" {
		t.Errorf("%+v", rows[1])
	}
}
