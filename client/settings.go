package client

import "context"

// SettingSource says where a setting has its value from.
type SettingSource string

// The sources of settings.
const (
	SettingFlag        SettingSource = "flag"
	SettingEnvironment SettingSource = "environment"
	SettingFile        SettingSource = "file"
	SettingDefault     SettingSource = "default"
)

// Setting is what a node was started with, in one matter.
type Setting struct {
	Name    string        `json:"name"`
	Value   string        `json:"value,omitzero"` // "" where it is absent, or a secret
	Default string        `json:"default,omitzero"`
	Source  SettingSource `json:"source"`
	Unit    string        `json:"unit,omitzero"`
	Help    string        `json:"help"`
	Secret  bool          `json:"secret"` // of the value is told only whether it is set
	Set     bool          `json:"set"`
}

// SettingList is a page of settings.
type SettingList = List[Setting]

// SettingsService has the operation on settings, which only the carrier's own staff may
// use.
type SettingsService struct{ c *Client }

// Find lists the settings of the node that answers, by name.
func (s SettingsService) Find(ctx context.Context, p Page) (*SettingList, error) {
	r := get("settingsFind", "settings")
	r.query = p.encode()
	return fetch[SettingList](ctx, s.c, r)
}
