package contract_test

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"tollkeeper"
)

// permissionOf writes a rule as the description does.
func permissionOf(r tollkeeper.Rule) map[string]any {
	permission := map[string]any{"staff": r.Staff.String(), "customer": r.Customer.String()}
	if r.Switch {
		permission["switch"] = "yes"
	}
	return permission
}

// fieldPermission writes who may write a field, as the description does.
func fieldPermission(f tollkeeper.CustomerField) string {
	return f.Write.String() + map[tollkeeper.Reach]string{
		tollkeeper.ReachAll: "", tollkeeper.ReachLower: "; a customer may lower it", tollkeeper.ReachStaff: "; staff only",
	}[f.Reach]
}

// The description names for every operation and field the permission that the
// program asks for.
func TestPermissionsAreDescribed(t *testing.T) {
	t.Parallel()
	rules := map[string]tollkeeper.Rule{}
	for _, r := range tollkeeper.Rules {
		rules[r.Operation] = r
	}
	doc := description(t)
	for path, item := range doc.Paths.Map() {
		for method, operation := range item.Operations() {
			rule, guarded := rules[method+" "+path]
			said, _ := operation.Extensions["x-permission"].(map[string]any)
			switch {
			case guarded && !maps.Equal(said, permissionOf(rule)):
				t.Errorf("%s %s: the description says %v, the program %v", method, path, said, permissionOf(rule))
			case !guarded && said != nil:
				t.Errorf("%s %s: described permission %v, and the program has no rule", method, path, said)
			case !guarded && !slices.Contains(public, operation.OperationID):
				t.Errorf("%s %s is guarded by no rule", method, path)
			}
			delete(rules, method+" "+path)
		}
	}
	for operation := range rules {
		t.Errorf("the rule of %s is of no operation", operation)
	}
	said, _ := doc.Components.Schemas["Customer"].Value.Extensions["x-field-permissions"].(map[string]any)
	for _, f := range tollkeeper.CustomerFields {
		if !f.ReadOnly && said[f.Name] != fieldPermission(f) {
			t.Errorf("%s: the description says %v, the program %s", f.Name, said[f.Name], fieldPermission(f))
		}
		delete(said, f.Name)
	}
	if len(said) > 0 {
		t.Errorf("permissions of fields that are none: %v", said)
	}
}

// docs/permissions.md has a line for every rule and field.
func TestPermissionsAreDocumented(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/permissions.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range tollkeeper.Rules {
		switches := "no"
		if r.Switch {
			switches = "yes"
		}
		line := "| `" + r.Operation + "` | " + r.Staff.String() + " | " + r.Customer.String() + " | " + switches + " |"
		if !strings.Contains(string(text), line) {
			t.Errorf("there is no line %s", line)
		}
	}
	for _, f := range tollkeeper.CustomerFields {
		if line := "| `" + f.Name + "` | " + fieldPermission(f) + " |"; !f.ReadOnly && !strings.Contains(string(text), line) {
			t.Errorf("there is no line %s", line)
		}
	}
}
