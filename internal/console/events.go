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

// eventData is what an event tells: a list where something was changed, or else one line.
func (v *visit) eventData(e client.Event) cell {
	facts := v.eventFacts(e)
	if changes := eventChanges(e); changes != nil {
		return cell{Plain: string(e.Data), Changes: append(v.changes(changes), facts...)}
	}
	var parts []string
	for _, fact := range facts {
		parts = append(parts, fact.Field+" "+fact.To)
	}
	return plain(strings.Join(parts, " · ")).raw(string(e.Data))
}

// eventFacts are what an event tells beside what was changed.
func (v *visit) eventFacts(e client.Event) (facts []change) {
	decoder := json.NewDecoder(strings.NewReader(string(e.Data)))
	decoder.UseNumber()
	var data map[string]any
	if decoder.Decode(&data) != nil {
		return nil
	}
	delete(data, "changes")
	for _, key := range sortedKeys(data) {
		if shown := v.datum(key, data[key]); shown != "" {
			facts = append(facts, change{Field: v.fieldName(key), To: shown})
		}
	}
	return facts
}

// datum is one value that an event tells. Ids and the currency, which say nothing more to
// people, are left out.
func (v *visit) datum(key string, value any) string {
	switch value := value.(type) {
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
	raw, _ := json.Marshal(value) // what was read as JSON can be written as it
	return shorten(v.value(key, raw))
}

func (v *visit) eventsPage() error {
	l := v.events()
	return showList(v, &l, listPage{Title: v.t("Events")})
}

func (v *visit) customerEventsPage() error {
	return showWithin(v, within(v.events(), v.r.PathValue("id")), "/events")
}
