package query_test

import (
	"testing"

	"tollkeeper/internal/query"
)

func BenchmarkParse(b *testing.B) {
	for name, text := range map[string]string{
		"empty":    "",
		"limit":    "$limit=25",
		"filtered": "defaultBillMethod=credit&credit%5B%24lt%5D=1000&$sort%5Bname%5D=1&$limit=25&$skip=50",
		"json":     `$or=%5B%7B%22name%22%3A%22x%22%7D%2C%7B%22credit%22%3A%7B%22%24gt%22%3A3%7D%7D%5D&$limit=25`,
		"search":   "$search=Acme&$limit=25",
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := query.Parse(text, customers); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
