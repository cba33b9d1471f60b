package main

import (
	"fmt"
	"os"
	"reflect"
	"regexp"
	"strings"

	"github.com/alecthomas/kong"

	"tollkeeper"
)

// settingUnits are the units that placeholders of settings stand for. AMOUNT is the
// currency's.
var settingUnits = map[string]string{
	"SECONDS": "seconds", "MINUTES": "minutes", "HOURS": "hours", "DAYS": "days", "MONTHS": "months", "MILLIS": "milliseconds", "MIB": "MiB",
	"REQUESTS": "requests per second", "CALLS": "calls", "RECORDS": "records", "RECORDINGS": "recordings", "REFILLS": "refills", "DECLINES": "declines",
}

// listSettings is what a command was started with, in the order of its help. What is
// tagged as a secret is left out, and so are passwords in addresses.
func listSettings(line *kong.Context, currency string) (all []tollkeeper.Setting) {
	sources := settingSources(line)
	for _, flag := range line.Selected().Flags {
		value := settingText(flag.Target)
		s := tollkeeper.Setting{
			Name: flag.Name, Value: withoutSecrets(value), Default: flag.Default, Source: sources[flag.Name],
			Unit: settingUnits[flag.PlaceHolder], Help: flag.Help, Secret: flag.Tag.Has("secret"), IsSet: value != "",
		}
		if flag.PlaceHolder == "AMOUNT" {
			s.Unit = currency
		}
		if s.Secret {
			s.Value = ""
		}
		all = append(all, s)
	}
	return all
}

// settingSources finds where each setting of a command has its value from.
func settingSources(line *kong.Context) map[string]tollkeeper.SettingSource {
	found := map[string]tollkeeper.SettingSource{}
	for _, flag := range line.Selected().Flags {
		found[flag.Name] = tollkeeper.SettingDefault
		for _, name := range flag.Envs {
			if _, set := os.LookupEnv(name); set {
				found[flag.Name] = tollkeeper.SettingEnvironment
			}
		}
	}
	for _, step := range line.Path {
		switch {
		case step.Flag == nil:
		case step.Resolved:
			found[step.Flag.Name] = tollkeeper.SettingFile
		default:
			found[step.Flag.Name] = tollkeeper.SettingFlag
		}
	}
	return found
}

// settingText is a value as it would be written on the command line.
func settingText(v reflect.Value) string {
	if v.Kind() != reflect.Slice {
		return fmt.Sprint(v.Interface())
	}
	parts := make([]string, v.Len())
	for i := range parts {
		parts[i] = fmt.Sprint(v.Index(i).Interface())
	}
	return strings.Join(parts, ",")
}

// What proves something in addresses: the password of a user, and some parameters.
var (
	address    = regexp.MustCompile(`(?i)^[a-z][a-z0-9+.-]*://`)
	userPart   = regexp.MustCompile(`(://[^/?#\s:@]*):[^/?#\s]*@`)
	secretName = regexp.MustCompile(`(?i)\b([a-z0-9_.-]*(?:pass|pwd|secret|key|token|sign|auth)[a-z0-9_.-]*)\s*=`)
	secretPart = regexp.MustCompile(secretName.String() + `[^&\s]+`)
)

// withoutSecrets hides what proves something in addresses, and in PostgreSQL's names and
// values all that follows a password, for values have quotes and blanks.
func withoutSecrets(text string) string {
	if address.MatchString(text) {
		return secretPart.ReplaceAllString(userPart.ReplaceAllString(text, "$1:xxxxx@"), "$1=xxxxx")
	}
	if at := secretName.FindStringIndex(text); at != nil {
		return text[:at[1]] + "xxxxx"
	}
	return text
}
