package main

import "bytes"

// textAfter is what follows the first occurrence of before, up to the next
// quote; nil if there is none. It spares the load the decoding of answers.
func textAfter(body []byte, before string) []byte {
	_, rest, found := bytes.Cut(body, []byte(before))
	end := bytes.IndexByte(rest, '"')
	if !found || end < 0 {
		return nil
	}
	return rest[:end]
}

// integerAfter is the integer that follows the first occurrence of before, or
// -1 if none does. It must not be negative.
func integerAfter(body []byte, before string) int64 {
	_, rest, _ := bytes.Cut(body, []byte(before))
	if len(rest) == 0 || rest[0] < '0' || rest[0] > '9' {
		return -1
	}
	var n int64
	for _, c := range rest {
		if c < '0' || c > '9' {
			break
		}
		n = n*10 + int64(c-'0')
	}
	return n
}
