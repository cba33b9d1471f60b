package cnam_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"unicode/utf8"

	"tollkeeper"
	"tollkeeper/internal/cnam"
)

// named is what a call is told where the provider says something.
func named(t *testing.T, said string) tollkeeper.CallerName {
	t.Helper()
	d := newDesk(cnam.Terms{}, says(said))
	return d.CallerName(t.Context(), tollkeeper.Decision{Call: tollkeeper.ID{1}}, caller)
}

func TestDisplay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for said, want := range map[string]tollkeeper.CallerName{
			"Acme":                         {Display: "ACME", Full: "Acme"},
			"  DOE,  John\t":               {Display: "DOE JOHN", Full: "DOE, John"},
			"O'Neill & Sons":               {Display: "ONEILL & SONS", Full: "O'Neill & Sons"},
			"AT&T 411":                     {Display: "AT&T 411", Full: "AT&T 411"},
			"Straßenbau Łódź":              {Display: "STRASSENBAU LOD", Full: "Straßenbau Łódź"},
			"Twin Forks Hardware":          {Display: "TWIN FORKS HARD", Full: "Twin Forks Hardware"},
			"Fifteen letters long":         {Display: "FIFTEEN LETTERS", Full: "Fifteen letters long"},
			"Four teen chars long":         {Display: "FOUR TEEN CHARS", Full: "Four teen chars long"},
			"Thirteen char s":              {Display: "THIRTEEN CHAR S", Full: "Thirteen char s"},
			"Fourteen chars x":             {Display: "FOURTEEN CHARS", Full: "Fourteen chars x"},
			"Москва":                       {Display: "MOSKVA", Full: "Москва"},
			"北京":                           {Display: "BEI JING", Full: "北京"},
			"a\"; drop\r\nVia: <sip:x>\\":  {Display: "A DROP VIA SIP", Full: "a'; drop Via: sip:x /"},
			"${global_getvar(x)}":          {Display: "GLOBAL GETVAR X", Full: "${global_getvar(x)}"},
			"x\x00y\u202e\xffz":            {Display: "X Y Z", Full: "x y z"},
			"Jose\u0301 Nu\u0301n\u0303ez": {Display: "JOSE NUNEZ", Full: "Jose\u0301 Nu\u0301n\u0303ez"},
			"\u202eACME\u202c\u200f":       {Display: "ACME", Full: "ACME"},
			"שלום בע\"מ":                   {Display: "SHLVM BM", Full: "שלום בע'מ"},
			"مرحبا":                        {Display: "MRHB", Full: "مرحبا"},
			"😀 Acme 🏢 Ltd":                 {Display: "ACME LTD", Full: "😀 Acme 🏢 Ltd"},
			"👨\u200d👩\u200d👧":              {},
			"株式会社ソニー":                      {Display: "ZHU SHI HUI SHE", Full: "株式会社ソニー"},
			"Ångström Øre":                 {Display: "ANGSTROM ORE", Full: "Ångström Øre"},
			"\x1b[31mred\a":                {Display: "31MRED", Full: "[31mred"},
			"?!":                           {}, "": {}, "😀": {},
		} {
			if got := named(t, said); got != want {
				t.Errorf("%q: %+q, not %+q", said, got, want)
			}
		}
		for _, long := range []string{strings.Repeat("ab ", 200), strings.Repeat("é", 300), strings.Repeat("語", 300)} {
			if got := named(t, long); len(got.Display) > 15 || utf8.RuneCountInString(got.Full) > 100 || len(got.Full) > 200 || !utf8.ValidString(got.Full) {
				t.Errorf("%+q", got)
			}
		}
	})
}
