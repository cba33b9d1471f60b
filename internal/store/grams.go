package store

import (
	"strings"
	"unicode/utf8"

	"github.com/ncruces/go-sqlite3/ext/fts5"
)

// gramSeparator stands between the texts of one document. It cannot occur in
// them, and no gram reaches across it.
const gramSeparator = "\x00"

// registerGrams adds the tokenizer of the substring index.
func registerGrams(api *fts5.API) error {
	return api.CreateTokenizer("grams", func([]string) (fts5.Tokenizer, error) { return grams{}, nil })
}

// grams cuts text into all its sequences of three characters, so that a phrase of
// them finds any substring, and into its single characters and pairs, each once,
// so that a search for one or two characters is answered from the index too.
type grams struct{}

func (grams) Tokenize(flags fts5.TokenizeFlag, text, _ string, emit fts5.TokenCallback) error {
	if flags&fts5.TOKENIZE_QUERY != 0 && utf8.RuneCountInString(text) < 3 {
		return emit(0, text, 0, len(text))
	}
	if flags&fts5.TOKENIZE_QUERY != 0 {
		return cut(text, nil, emit)
	}
	seen := map[string]bool{}
	for part := range strings.SplitSeq(text, gramSeparator) {
		if err := cut(part, seen, emit); err != nil {
			return err
		}
		// Without a token of its own the border would be invisible to phrases.
		if err := emit(0, gramSeparator, 0, 0); err != nil {
			return err
		}
	}
	return nil
}

// cut emits the grams of one text. With seen, the short grams are emitted too, at
// the place of their first occurrence.
func cut(text string, seen map[string]bool, emit fts5.TokenCallback) error {
	for start := 0; start < len(text); {
		one := start + runeLen(text[start:])
		two := one + runeLen(text[one:])
		three := two + runeLen(text[two:])
		placed := fts5.TokenFlag(0)
		if three > two {
			if err := emit(0, text[start:three], start, three); err != nil {
				return err
			}
			placed = fts5.TOKEN_COLOCATED
		}
		for _, gram := range [2]string{text[start:one], text[start:two]} {
			if seen == nil || seen[gram] { // at the end the two are the same
				continue
			}
			seen[gram] = true
			if err := emit(placed, gram, start, start+len(gram)); err != nil {
				return err
			}
			placed = fts5.TOKEN_COLOCATED
		}
		start = one
	}
	return nil
}

// runeLen is the length of the first character, 0 at the end.
func runeLen(s string) int {
	_, n := utf8.DecodeRuneInString(s)
	return n
}
