package apidoc_test

import (
	"strings"
	"testing"

	"tollkeeper/internal/apidoc"
)

func TestMarkdown(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ name, text, want string }{
		{"paragraphs", "a\nb\n\nc", "<p>a b</p>\n<p>c</p>\n"},
		{"escapes", "a < b & `<c>`", "<p>a &lt; b &amp; <code>&lt;c&gt;</code></p>\n"},
		{"heading", "## First call", `<h3 id="about-first-call">First call</h3>` + "\n"},
		{"list with a long item", "- a\n  b\n- c", "<ul>\n<li>a b</li>\n<li>c</li>\n</ul>\n"},
		{"numbered list", "1. a\n2. b", "<ol>\n<li>a</li>\n<li>b</li>\n</ol>\n"},
		{"bar in a code span", "| x |\n|---|\n| `|` |", `<div class="wide"><table>` + "\n<tr><th>x</th></tr>\n<tr><td><code>|</code></td></tr>\n</table></div>\n"},
		{"fence", "```json\n{\"a\": \"<\"}\n```\nb", "<pre><code>{&#34;a&#34;: &#34;&lt;&#34;}\n</code></pre>\n<p>b</p>\n"},
		{"fence without an end", "```\na", "<pre><code>a\n</code></pre>\n"},
		{"link", "see [x](#y)", `<p>see <a href="#y">x</a></p>` + "\n"},
		{"link elsewhere", "[x](https://a.example/b)", `<p><a href="https://a.example/b">x</a></p>` + "\n"},
		{"no link to a script", "[x](javascript:alert)", "<p>[x](javascript:alert)</p>\n"},
		{"code mark without an end", "a `b", "<p>a `b</p>\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if have := apidoc.Markdown(test.text, "about-"); have != test.want {
				t.Errorf("have %q\nwant %q", have, test.want)
			}
		})
	}
}

func FuzzMarkdown(f *testing.F) {
	for _, text := range []string{"", "a", "## ", "```", "| a |\n|--|", "- a\n- b", "`", "[a](#b)", "1. ", "|`"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if have := apidoc.Markdown(text, ""); strings.Contains(have, "<script") {
			t.Errorf("%q became %q", text, have)
		}
	})
}
