package console

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"tollkeeper"
	"tollkeeper/client"
)

// events are what happened to accounts.
func (v *visit) events() list[client.Event] {
	return list[client.Event]{
		Name: "events", Search: "Type", Find: v.api.Events.Find, All: v.api.Events.All, Empty: "Nothing has happened yet that would be told.",
		Names: func(e client.Event) (string, []string) { return e.Customer, changedUsers(eventChanges(e)) },
		Columns: []column[client.Event]{
			{Key: "createdAt", Title: "When", Cell: func(v *visit, e client.Event) cell { return v.time(e.CreatedAt) }},
			{Key: "type", Title: "What", Cell: func(v *visit, e client.Event) cell { return badge(string(e.Type), eventTone(e.Type)) }},
			customerColumn(func(e client.Event) string { return e.Customer }),
			{Key: "data", Title: "Details", Fixed: true, Wrap: true, Cell: func(v *visit, e client.Event) cell { return v.eventData(e) }},
		},
		Filters: []filter{{Field: "type", Title: "What", Kind: exactly}, {Field: "createdAt", Title: "When", Kind: days}},
	}
}

// eventTone colours events by what their names say.
func eventTone(t client.EventType) string {
	switch name := string(t); {
	case strings.HasSuffix(name, "exhausted"), strings.HasSuffix(name, "failed"), strings.HasSuffix(name, "reached"), strings.HasSuffix(name, "disabled"):
		return "bad"
	case strings.HasSuffix(name, "low"), strings.HasSuffix(name, "near"), strings.HasSuffix(name, "requested"):
		return "warn"
	case strings.HasSuffix(name, "cleared"), strings.HasSuffix(name, "succeeded"), strings.HasSuffix(name, "paid"):
		return "good"
	}
	return "quiet"
}

// eventChanges are the fields that an event says were changed; nil where it says none.
func eventChanges(e client.Event) []client.Change {
	var data struct{ Changes []client.Change }
	if json.Unmarshal(e.Data, &data) != nil {
		return nil
	}
	return data.Changes
}

// eventData is what an event tells: what was changed, or all of its data.
func (v *visit) eventData(e client.Event) cell {
	if changes := eventChanges(e); changes != nil {
		return cell{Plain: string(e.Data), Changes: v.changes(changes)}
	}
	return plain(v.eventText(e)).raw(string(e.Data))
}

// eventText is an event's data in one line, amounts as money.
func (v *visit) eventText(e client.Event) string {
	decoder := json.NewDecoder(strings.NewReader(string(e.Data)))
	decoder.UseNumber()
	var data map[string]any
	if decoder.Decode(&data) != nil {
		return ""
	}
	var parts []string
	for _, key := range sortedKeys(data) {
		if shown := v.datum(key, data[key]); shown != "" {
			parts = append(parts, v.fieldName(key)+" "+shown)
		}
	}
	return strings.Join(parts, " · ")
}

// datum is one value that an event tells. Ids and the currency, which say nothing more to
// people, are left out.
func (v *visit) datum(key string, value any) string {
	switch value := value.(type) {
	case json.Number:
		return v.value(key, json.RawMessage(value))
	case string:
		if at, err := time.Parse(time.RFC3339, value); err == nil {
			return v.moment(at).Text
		}
		if _, err := tollkeeper.ParseID(value); err == nil || key == "currency" {
			return ""
		}
		return shorten(v.word(key, value))
	case []any:
		var all []string
		for _, one := range value {
			all = append(all, v.word(key, fmt.Sprint(one)))
		}
		return shorten(strings.Join(all, ", "))
	}
	return shorten(fmt.Sprint(value))
}

func (v *visit) eventsPage() error {
	l := v.events()
	return showList(v, &l, listPage{Title: v.t("Events")})
}

func (v *visit) customerEventsPage() error {
	return showWithin(v, within(v.events(), v.r.PathValue("id")), "/events")
}
