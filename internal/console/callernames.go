package console

import (
	"io"

	"tollkeeper/client"
)

// callerNames is the carrier's own list of callers' names.
func (v *visit) callerNames() list[client.ListedName] {
	return list[client.ListedName]{
		Name: "callernames", Search: "Number or name", Find: v.api.Callernames.Find, All: v.api.Callernames.All,
		Empty: "No name yet. Inbound calls of customers with caller names are looked up here first, and then at a provider where one is set.",
		Columns: []column[client.ListedName]{
			{Key: "number", Title: "Number", Cell: func(v *visit, n client.ListedName) cell { return code(n.Number) }},
			{Key: "name", Title: "Name", Wrap: true, Cell: func(v *visit, n client.ListedName) cell { return plain(n.Name) }},
			{Key: "_id", Title: "Id", Extra: true, Cell: func(v *visit, n client.ListedName) cell { return code(n.Id) }},
		},
		Filters: []filter{{Field: "number", Title: "Number", Kind: exactly}},
	}
}

func (v *visit) callerNamesPage() error {
	l := v.callerNames()
	return showList(v, &l, listPage{Title: v.t("Caller names"), Actions: v.actions(action{"PUT /callernames", "Import", "/console/callernames/import"})})
}

const exampleNames = `number,name
+12125550100,Harbour Coffee Roasters
+442071838750,"Acme, Inc."
`

func (v *visit) importCallerNames() error {
	return v.importFile(importing{
		title: v.t("Import caller names"), back: crumb{v.t("Caller names"), "/console/callernames"}, example: exampleNames,
		intro: v.t("The file replaces the whole list, if all of it is right. Until then calls see the list of before."),
		help:  v.t("Columns number and name; at most 1,000,000 names and 64 MiB. Or paste it below."),
		send: func(csv io.Reader, dryRun bool) (string, error) {
			outcome, err := v.api.Callernames.Import(v.ctx(), csv, dryRun, nil)
			if err != nil {
				return "", err
			}
			if dryRun {
				return v.t("The list would have %s names, those of the file.", v.count(outcome.Names)), nil
			}
			return v.t("The list has %s names now.", v.count(outcome.Names)), nil
		}})
}
