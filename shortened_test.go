package tollkeeper_test

import (
	"testing"

	"tollkeeper"
)

func TestShortened(t *testing.T) {
	t.Parallel()
	for words, want := range map[string]string{
		"": "", "short": "short", "too long": "too lon", "süßer": "süßer", "größte": "größt", "12345€": "12345", "a\x00b\xffc": "abc",
	} {
		if got := tollkeeper.Shortened(words, 7); got != want {
			t.Errorf("%q: %q, want %q", words, got, want)
		}
	}
}
