package webhook

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strconv"
	"strings"
)

// secretPrefix is what a secret begins with, and secretBytes are the random ones that
// follow it in base64 (Standard Webhooks, "Signature scheme").
const (
	secretPrefix = "whsec_"
	secretBytes  = 32
)

// NewSecret makes the secret of a webhook.
func NewSecret() string {
	key := make([]byte, secretBytes)
	rand.Read(key)
	return secretPrefix + base64.StdEncoding.EncodeToString(key)
}

// signatures signs a message with each secret (HMAC with SHA-256, version v1), for the
// header webhook-signature.
func signatures(secrets []string, id string, timestamp int64, body []byte) (string, error) {
	var all []string
	for _, secret := range secrets {
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, secretPrefix))
		if err != nil {
			return "", errors.New("the webhook's secret is damaged")
		}
		mac := hmac.New(sha256.New, key)
		mac.Write([]byte(id + "." + strconv.FormatInt(timestamp, 10) + "."))
		mac.Write(body)
		all = append(all, "v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)))
	}
	return strings.Join(all, " "), nil
}
