// Package sheet reads tables as people send them: CSV by RFC 4180, with any of comma,
// semicolon, tab or pipe between the fields, in UTF-8 or UTF-16, from spreadsheets or
// programs. What is wrong is told by line, all of it at once.
package sheet

import (
	"bufio"
	"bytes"
	"io"

	"golang.org/x/text/encoding/unicode"
)

// sniffBytes is how much of a file is looked at to find its separator; a header
// is far shorter.
const sniffBytes = 64 << 10

// separators in the order of preference when a line holds as many of each: a
// comma is the likeliest to stand inside a name or a price.
const separators = "\t;|,"

// decoded is a file in UTF-8 without a byte order mark.
type decoded struct {
	*bufio.Reader
	separator rune
}

// decode removes the byte order mark, converts UTF-16, and finds the
// separator.
func decode(r io.Reader) (decoded, error) {
	text := bufio.NewReaderSize(r, sniffBytes)
	mark, err := text.Peek(3)
	if err != nil && err != io.EOF {
		return decoded{}, err
	}
	switch {
	case bytes.HasPrefix(mark, []byte{0xEF, 0xBB, 0xBF}):
		text.Discard(3) // cannot fail: the bytes are buffered
	case bytes.HasPrefix(mark, []byte{0xFF, 0xFE}), bytes.HasPrefix(mark, []byte{0xFE, 0xFF}):
		utf16 := unicode.UTF16(unicode.LittleEndian, unicode.ExpectBOM)
		text = bufio.NewReaderSize(utf16.NewDecoder().Reader(text), sniffBytes)
	}
	start, err := text.Peek(sniffBytes)
	if err != nil && err != io.EOF {
		return decoded{}, err
	}
	return decoded{text, separatorOf(start)}, nil
}

// separatorOf counts the separators of the first line that are not quoted.
func separatorOf(start []byte) rune {
	var count [len(separators)]int
	isQuoted := false
	for _, c := range bytes.TrimLeft(start, "\r\n") {
		if c == '"' {
			isQuoted = !isQuoted
		}
		if isQuoted {
			continue
		}
		if c == '\n' {
			break
		}
		if i := bytes.IndexByte([]byte(separators), c); i >= 0 {
			count[i]++
		}
	}
	most := len(separators) - 1 // a comma when there is none
	for i := len(separators) - 1; i >= 0; i-- {
		if count[i] > 0 && count[i] >= count[most] {
			most = i
		}
	}
	return rune(separators[most])
}
