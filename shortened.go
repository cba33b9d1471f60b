package tollkeeper

import "strings"

// Shortened is what is kept of the words of others, in at most so many bytes: without what
// PostgreSQL refuses, which are NULs and what is not UTF-8, such as half a character where
// the words were cut.
func Shortened(words string, most int) string {
	return strings.ReplaceAll(strings.ToValidUTF8(words[:min(len(words), most)], ""), "\x00", "")
}
