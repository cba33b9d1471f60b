package tollkeeper_test

import (
	"testing"
	"testing/quick"
	"time"

	"tollkeeper"
)

func TestAppendTimeWritesTheLayout(t *testing.T) {
	t.Parallel()
	same := func(seconds int64, nanos uint32) bool {
		at := time.Unix(seconds%400_000_000_000, int64(nanos))
		return string(tollkeeper.AppendTime(nil, at)) == `"`+at.UTC().Format(tollkeeper.TimeLayout)+`"`
	}
	if err := quick.Check(same, &quick.Config{MaxCount: 10_000}); err != nil {
		t.Error(err)
	}
}
