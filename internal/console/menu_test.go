package console

import "testing"

// TestMenuKeys has a letter lead to one page only.
func TestMenuKeys(t *testing.T) {
	t.Parallel()
	of := map[string]text{}
	for _, group := range staffMenu {
		for _, entry := range group.entries {
			if of[entry.key] != "" {
				t.Errorf("g %s leads to %s and to %s", entry.key, of[entry.key], entry.title)
			}
			of[entry.key] = entry.title
		}
	}
}
