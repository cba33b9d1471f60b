package apidoc

// Markdown lets the tests of markdown stand outside the package.
func Markdown(text, prefix string) string {
	rendered, _ := markdown(text, prefix)
	return string(rendered)
}
