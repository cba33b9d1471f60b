package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/alecthomas/kong"

	"tollkeeper"
)

// hush is in every secret that the test gives.
const hush = "hush-hush"

// TestListedSettings gives settings in all ways, and looks for what must not be shown.
func TestListedSettings(t *testing.T) {
	file := filepath.Join(t.TempDir(), "tollkeeper.yaml")
	if err := os.WriteFile(file, []byte("grace-seconds: 45\nunbilled: 12.5\nstripe-key: "+hush+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("TOLLKEEPER_RING_SECONDS", "90")
	t.Setenv("TOLLKEEPER_CNAM_SECRET", hush)
	t.Setenv("TOLLKEEPER_SMTP_URL", "smtp://me:"+hush+"@mail.example:587")
	t.Setenv("TOLLKEEPER_FREESWITCH_SOCKETS", "esl://:"+hush+"@192.0.2.10:8021,esl://:"+hush+"@192.0.2.11:8021")
	var cli commands
	parser, err := kong.New(&cli, kong.DefaultEnvars("TOLLKEEPER"), kong.Configuration(readConfig))
	if err != nil {
		t.Fatal(err)
	}
	line, err := parser.Parse([]string{"serve", "--config", file, "--database", "postgres://tk@db.example/tk?sslmode=require&password=" + hush, "--admin-password", hush,
		"--cnam-headers", "X-Key: " + hush, "--cnam-url", "https://names.example/{e164}?apikey=" + hush, "--domestic-regions", "GB,IE", "--tax-rates", "DE=19:VAT"})
	if err != nil {
		t.Fatal(err)
	}
	byName := map[string]tollkeeper.Setting{}
	for _, s := range listSettings(line, "EUR") {
		byName[s.Name] = s
		if s.Help == "" || strings.Contains(s.Value+s.Default+s.Help, hush) {
			t.Errorf("%+v", s)
		}
		if named := regexp.MustCompile(`password|secret|-key$`).MatchString(s.Name); named && !s.Secret && !slices.Contains([]string{"tls-key", "stripe-publishable-key"}, s.Name) {
			t.Errorf("%s is not tagged as a secret", s.Name)
		}
	}
	for _, want := range []tollkeeper.Setting{
		{Name: "grace-seconds", Value: "45", Default: "30", Source: tollkeeper.SettingFile, Unit: "seconds", IsSet: true},
		{Name: "unbilled", Value: "12.50", Default: "100", Source: tollkeeper.SettingFile, Unit: "EUR", IsSet: true},
		{Name: "ring-seconds", Value: "90", Default: "180", Source: tollkeeper.SettingEnvironment, Unit: "seconds", IsSet: true},
		{Name: "domestic-regions", Value: "GB,IE", Default: "US,CA,PR,VI,GU,MP,AS", Source: tollkeeper.SettingFlag, IsSet: true},
		{Name: "tax-rates", Value: "DE=19.00:VAT", Source: tollkeeper.SettingFlag, IsSet: true},
		{Name: "stripe-key", Source: tollkeeper.SettingFile, Secret: true, IsSet: true},
		{Name: "admin-password", Source: tollkeeper.SettingFlag, Secret: true, IsSet: true},
		{Name: "cnam-headers", Source: tollkeeper.SettingFlag, Secret: true, IsSet: true},
		{Name: "cnam-url", Value: "https://names.example/{e164}?apikey=xxxxx", Source: tollkeeper.SettingFlag, IsSet: true},
		{Name: "smtp-url", Value: "smtp://me:xxxxx@mail.example:587", Source: tollkeeper.SettingEnvironment, IsSet: true},
		{Name: "freeswitch-sockets", Value: "esl://:xxxxx@192.0.2.10:8021,esl://:xxxxx@192.0.2.11:8021", Source: tollkeeper.SettingEnvironment, IsSet: true},
		{Name: "database", Value: "postgres://tk@db.example/tk?sslmode=require&password=xxxxx", Source: tollkeeper.SettingFlag, IsSet: true},
		{Name: "tax-url", Source: tollkeeper.SettingDefault},
		{Name: "log-numbers", Value: "false", Source: tollkeeper.SettingDefault, IsSet: true},
	} {
		got := byName[want.Name]
		want.Help = got.Help
		if got != want {
			t.Errorf("%+v, want %+v", got, want)
		}
	}
}

// TestWithoutSecrets has secrets in all shapes that settings take.
func TestWithoutSecrets(t *testing.T) {
	for text, want := range map[string]string{
		"smtp://me:" + hush + ",more@mail.example:587":                  "smtp://me:xxxxx@mail.example:587",
		"postgres://tk:" + hush + "%zz,@h1:5432,h2:5432/tk":             "postgres://tk:xxxxx@h1:5432,h2:5432/tk",
		"host=db.example password = '" + hush + " and more' user=tk":    "host=db.example password =xxxxx",
		"host=db.example user=tk password=" + hush + "&more":            "host=db.example user=tk password=xxxxx",
		"https://a.example/x?pwd=" + hush + "&y=1,https://b.example/?z": "https://a.example/x?pwd=xxxxx&y=1,https://b.example/?z",
		"postgres://tk@db.example/tk":                                   "postgres://tk@db.example/tk",
		"GB,IE":                                                         "GB,IE",
	} {
		if got := withoutSecrets(text); got != want {
			t.Errorf("%s is shown as %s, not %s", text, got, want)
		}
	}
}
