package outbound_test

import (
	"net/url"
	"testing"

	"tollkeeper/internal/outbound"
)

func TestSources(t *testing.T) {
	t.Parallel()
	var sources outbound.Sources
	for _, text := range []string{"https://pbx.example/recordings", "http://10.0.0.5:8080/", "https://Bucket.example"} {
		source, err := outbound.ParseSource(text)
		if err != nil {
			t.Fatal(err)
		}
		sources = append(sources, source)
	}
	for address, want := range map[string]bool{
		"https://pbx.example/recordings/a.wav": true, "https://pbx.example:443/recordings/a.wav?x=1": true, "https://PBX.example./recordings/a.wav": true,
		"https://user:password@pbx.example/recordings/a.wav": true, "http://10.0.0.5:8080/a/b": true, "https://bucket.example/x": true, "https://bucket.example": true,
		"http://pbx.example/recordings/a.wav": false, "https://pbx.example:444/recordings/a.wav": false, "https://pbx.example/recordings2/a.wav": false,
		"https://pbx.example/recordings/../a.wav": false, "https://pbx.example/recordings/%2e%2e/a.wav": false, "https://pbx.example/recordings/..%2fa.wav": false,
		"https://pbx.example/recordings/..%5Ca.wav": false, "https://pbx.example/": false, "http://10.0.0.5/a": false, "https://bucket.example.evil.example/": false,
		"https://pbx.example@evil.example/recordings/a.wav": false, "https://pbx.example/recordings/a%20b+c,(1)~@x=y.wav": true,
		"https://pbx.example/recordings/..;/a.wav": false, "https://pbx.example/recordings/..;x=y/a.wav": false, "https://pbx.example/recordings/..%3b/a.wav": false,
		"https://pbx.example/recordings/%252e%252e/a.wav": false, "https://pbx.example/recordings/..%252fa.wav": false, "https://pbx.example/recordings/..%25252fa.wav": false,
		"https://pbx.example/recordings/%c0%ae%c0%ae/a.wav": false, "https://pbx.example/recordings/\uff0e\uff0e/a.wav": false, "https://pbx.example/recordings/..%00/a.wav": false,
	} {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		if got := sources.Allow(u) == nil; got != want {
			t.Errorf("%s is allowed: %t", address, got)
		}
	}
	for _, text := range []string{"", "pbx.example", "//pbx.example", "ftp://pbx.example/", "https://", "https://a:b@pbx.example", "https://pbx.example/?x", "https://pbx.example/a/../b", "https://pbx.example/#x", "https://pbx.example/a%253b"} {
		if _, err := outbound.ParseSource(text); err == nil {
			t.Errorf("%q is a source", text)
		}
	}
}
