package tollkeeper

// SettingSource says where a setting has its value from.
type SettingSource string

// The sources, the nearest to the process first.
const (
	SettingFlag        SettingSource = "flag"
	SettingEnvironment SettingSource = "environment"
	SettingFile        SettingSource = "file"
	SettingDefault     SettingSource = "default"
)

// Setting is what a server was started with, in one matter, as people may see it.
type Setting struct {
	Name    string
	Value   string // as it is written in a flag; "" where it is absent, or a secret
	Default string
	Source  SettingSource
	Unit    string // "seconds", "USD" ...; "" for what has none
	Help    string // one or two sentences
	Secret  bool   // of the value is told only whether it is set
	IsSet   bool   // is not what it would be without the setting
}
