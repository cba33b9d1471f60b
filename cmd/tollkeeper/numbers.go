package main

import "regexp"

// numbersSettings are what a carrier can decide about numbers and trunks.
type numbersSettings struct {
	DigestRealm string `help:"Realm in which trunks sign in; their passwords are hashed with it, and must be set anew when it changes." default:"tollkeeper" placeholder:"REALM"`
}

// validate finds what is wrong with the settings.
func (s *numbersSettings) validate() (faults []string) {
	if !realmForm.MatchString(s.DigestRealm) {
		faults = append(faults, "digest-realm: must have 1 to 64 visible ASCII characters without quotes and colons")
	}
	return faults
}

var realmForm = regexp.MustCompile(`^[!#-9;-\[\]-~]{1,64}$`)
