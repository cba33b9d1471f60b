package demo

import (
	"sync/atomic"
	"time"
)

// clock shows whatever time it was set to last.
type clock struct{ micros atomic.Int64 }

func (c *clock) set(t time.Time) { c.micros.Store(t.UnixMicro()) }

func (c *clock) now() time.Time { return time.UnixMicro(c.micros.Load()).UTC() }
