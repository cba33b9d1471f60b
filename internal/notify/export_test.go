package notify

import (
	"crypto/tls"
	"crypto/x509"
	"maps"
	"slices"
	"strings"

	"github.com/wneessen/go-mail"
)

// Trust makes a certificate authority known, beside those of the system.
func (s *SMTP) Trust(roots *x509.CertPool) {
	s.options = append(s.options, mail.WithTLSConfig(&tls.Config{RootCAs: roots, ServerName: s.host, MinVersion: tls.VersionTLS12}))
}

// CallLetters are the letters whose examples have the numbers of a call, in their order.
func CallLetters() (letters []string) {
	examples := maps.Clone(digestExamples)
	for event, n := range notices {
		examples[letterOf(event)] = n.example
	}
	for kind, data := range examples {
		if strings.Contains(data, `"from":"+`) {
			letters = append(letters, kind)
		}
	}
	slices.Sort(letters)
	return letters
}
