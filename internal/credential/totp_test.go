package credential_test

import (
	"bytes"
	"encoding/base32"
	"regexp"
	"strings"
	"testing"
	"time"

	"tollkeeper/internal/credential"
)

// TestTOTPStep checks the codes of RFC 6238, appendix B, of which six digits are used.
func TestTOTPStep(t *testing.T) {
	t.Parallel()
	secret := base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString([]byte("12345678901234567890"))
	for _, row := range []struct {
		unix int64
		code string
	}{{59, "287082"}, {1111111109, "081804"}, {1111111111, "050471"}, {1234567890, "005924"}, {2000000000, "279037"}, {20000000000, "353130"}} {
		at := time.Unix(row.unix, 0)
		for _, late := range []time.Duration{-30 * time.Second, 0, 30 * time.Second} {
			if step, ok := credential.TOTPStep(secret, row.code, at.Add(late)); !ok || step != row.unix/30 {
				t.Errorf("%s at %d, %s late: step %d %t", row.code, row.unix, late, step, ok)
			}
		}
		for _, late := range []time.Duration{-time.Minute, time.Minute} {
			if _, ok := credential.TOTPStep(secret, row.code, at.Add(late)); ok && row.unix > 60 {
				t.Errorf("%s is right %s late", row.code, late)
			}
		}
		for _, code := range []string{"", "000000", row.code[1:], row.code + "0"} {
			if _, ok := credential.TOTPStep(secret, code, at); ok {
				t.Errorf("%q is right at %d", code, row.unix)
			}
		}
	}
}

func TestNewTOTP(t *testing.T) {
	t.Parallel()
	secret, address, err := credential.NewTOTP("ada@acme.example")
	if err != nil || len(secret) != 32 || !strings.HasPrefix(address, "otpauth://totp/Tollkeeper:ada@acme.example?") || !strings.Contains(address, "secret="+secret) {
		t.Errorf("%q %q %v", secret, address, err)
	}
}

func TestRecoveryCodes(t *testing.T) {
	t.Parallel()
	codes := credential.NewRecoveryCodes()
	seen := map[string]bool{}
	for _, code := range codes {
		if seen[code] || !regexp.MustCompile(`^([a-z2-7]{4}-){3}[a-z2-7]{4}$`).MatchString(code) {
			t.Errorf("code %q", code)
		}
		seen[code] = true
	}
	if len(codes) != 10 {
		t.Errorf("%d codes", len(codes))
	}
	if !bytes.Equal(credential.HashRecoveryCode("abcd-efgh-ijkl-mnop"), credential.HashRecoveryCode(" ABCDEFGH IJKLMNOP")) ||
		bytes.Equal(credential.HashRecoveryCode("abcd"), credential.HashRecoveryCode("abce")) {
		t.Error("hashes do not follow the characters")
	}
}
