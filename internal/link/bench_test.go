package link_test

import (
	"testing"
	"time"

	"tollkeeper"
	"tollkeeper/internal/link"
)

func BenchmarkInstruct(b *testing.B) {
	m := link.Media{Key: key, Base: "https://a.example", Now: time.Now}
	id := tollkeeper.ID{1}
	b.ReportAllocs()
	for b.Loop() {
		d := tollkeeper.Decision{Call: id, Customer: id, Media: tollkeeper.Media{Record: true}}
		m.Instruct(&d)
	}
}
