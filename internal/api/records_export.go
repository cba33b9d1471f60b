package api

import (
	"net/url"
	"slices"
	"strings"

	"tollkeeper"
	"tollkeeper/internal/export"
	"tollkeeper/internal/query"
)

// recordsExport is which call records are wanted, and how.
type recordsExport struct {
	find   *query.Find
	after  tollkeeper.ID
	format export.Format
}

// recordsPage is how many records are read at a time. To begin reading costs as much as
// some hundred of them.
const recordsPage = 5000

// exportCDRs sends call records in the order of their ids. It reads a page at a time: it
// holds no more of them, and no connection to the database while its client reads.
func (a *API) exportCDRs(x *exchange) error {
	wanted, err := x.recordsExport()
	if err != nil {
		return err
	}
	if err := a.leaveShown(x.r.Context(), x, wanted.find); err != nil {
		return err
	}
	x.w.Header().Set("Content-Type", wanted.format.MediaType)
	out := wanted.format.New(x.w)
	for {
		records, err := a.Store.CDRsAfter(x.r.Context(), wanted.find, wanted.after, recordsPage)
		if err != nil {
			return err
		}
		if len(records) == 0 {
			if err := x.mayTake(exportTimeout); err != nil {
				return err
			}
			return out.Close()
		}
		wanted.after = records[len(records)-1].ID
		for some := range slices.Chunk(records, exportPage) {
			if err := x.sendRecords(out, some); err != nil {
				return err
			}
		}
	}
}

// sendRecords writes some records, for which a client has exportTimeout.
func (x *exchange) sendRecords(out export.Writer, records []*tollkeeper.CDR) error {
	if err := x.mayTake(exportTimeout); err != nil {
		return err
	}
	for _, r := range records {
		if err := out.Write(r); err != nil {
			return err
		}
	}
	return out.Flush()
}

func (x *exchange) recordsExport() (e recordsExport, err error) {
	values, err := url.ParseQuery(x.r.URL.RawQuery)
	if err != nil {
		return e, tollkeeper.Invalid("query: must be percent-encoded")
	}
	var faults []string
	for key, list := range values {
		switch key {
		case "format":
			faults = append(faults, e.readFormat(list[0])...)
		case "after":
			if e.after, err = tollkeeper.ParseID(list[0]); err != nil {
				faults = append(faults, "after: "+err.Error())
			}
		case "$limit", "$skip", "$sort", "$select":
			faults = append(faults, key+": must be absent: an export has every field of every record, in the order of _id")
		default:
			continue
		}
		if len(list) > 1 {
			faults = append(faults, key+": must not be given twice")
		}
	}
	if len(faults) > 0 {
		slices.Sort(faults)
		return e, tollkeeper.Invalid(faults...)
	}
	if e.format.New == nil {
		e.format = export.Formats[0]
	}
	values.Del("format")
	values.Del("after")
	e.find, err = x.find(values.Encode(), query.CDRs)
	return e, err
}

func (e *recordsExport) readFormat(name string) []string {
	var names []string
	for _, format := range export.Formats {
		if format.Name == name {
			e.format = format
			return nil
		}
		names = append(names, format.Name)
	}
	return []string{"format: must be one of " + strings.Join(names, ", ")}
}
