package console

import (
	"context"
	"strings"

	"tollkeeper/client"
)

// maxSettings is more than there are: they are looked through here.
const maxSettings = 1000

// settings are what the server was started with.
func (v *visit) settings() list[client.Setting] {
	return list[client.Setting]{
		Name: "settings", Search: "Name or help", Find: v.findSettings, All: paged(v.findSettings), Empty: "This server was started by a program that tells nothing of its settings.",
		Columns: []column[client.Setting]{
			{Key: "name", Title: "Setting", Fixed: true, Cut: true, Cell: func(v *visit, s client.Setting) cell { return code(s.Name) }},
			{Key: "value", Title: "Value", Fixed: true, Wrap: true, Cell: func(v *visit, s client.Setting) cell { return v.settingValue(s) }},
			{Key: "unit", Title: "Unit", Fixed: true, Cell: func(v *visit, s client.Setting) cell { return plain(s.Unit) }},
			{Key: "source", Title: "Source", Fixed: true, Cell: func(v *visit, s client.Setting) cell {
				if s.Source == client.SettingDefault {
					return cell{Text: v.t(settingSources[s.Source]), Off: true, Plain: string(s.Source)}
				}
				return badge(v.t(settingSources[s.Source]), "info").raw(string(s.Source))
			}},
			{Key: "default", Title: "Default", Fixed: true, Extra: true, Wrap: true, Cell: func(v *visit, s client.Setting) cell { return code(s.Default) }},
			{Key: "help", Title: "What it does", Fixed: true, Wrap: true, Cell: func(v *visit, s client.Setting) cell { return plain(s.Help) }},
		},
	}
}

var settingSources = map[client.SettingSource]text{
	client.SettingFlag: "Command line", client.SettingEnvironment: "Environment", client.SettingFile: "File", client.SettingDefault: "Default",
}

func (v *visit) settingValue(s client.Setting) cell {
	switch {
	case s.Secret && s.Set:
		return badge(v.t("Set, not shown"), "quiet")
	case !s.Set:
		return cell{Text: v.t("Not set"), Off: true}
	}
	return code(s.Value)
}

// findSettings looks through all settings, of which the API has one short list.
func (v *visit) findSettings(ctx context.Context, f client.Find) (*client.SettingList, error) {
	all, err := v.api.Settings.Find(ctx, client.Page{Limit: maxSettings})
	if err != nil {
		return nil, err
	}
	wanted := strings.ToLower(f.Search)
	found := &client.SettingList{Limit: f.Limit, Skip: f.Skip}
	for _, s := range all.Data {
		if !strings.Contains(strings.ToLower(s.Name+" "+s.Help), wanted) {
			continue
		}
		if found.Total++; found.Total > int64(f.Skip) && len(found.Data) < f.Limit {
			found.Data = append(found.Data, s)
		}
	}
	return found, nil
}

func (v *visit) settingsPage() error {
	l := v.settings()
	return showList(v, &l, listPage{Title: v.t("Settings"), Intro: v.t("What the node that answers was started with. They are given on the command line, in the environment or in a file, and count from the next start; of secrets it is only told whether they are set.")})
}
