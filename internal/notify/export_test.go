package notify

import (
	"crypto/tls"
	"crypto/x509"

	"github.com/wneessen/go-mail"
)

// Trust makes a certificate authority known, beside those of the system.
func (s *SMTP) Trust(roots *x509.CertPool) {
	s.options = append(s.options, mail.WithTLSConfig(&tls.Config{RootCAs: roots, ServerName: s.host, MinVersion: tls.VersionTLS12}))
}
