package api

import (
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"tollkeeper"
	"tollkeeper/internal/sheet"
)

// importTimeout is the time that sending a file over a slow line may take.
const importTimeout = 5 * time.Minute

// csv returns the CSV file that a request brings, of so many bytes at most.
func (x *exchange) csv(most int64) (io.Reader, error) {
	if err := checkMediaType(x.r, "text/csv"); err != nil {
		return nil, err
	}
	if err := whereSupported(http.NewResponseController(x.w).SetReadDeadline(time.Now().Add(importTimeout))); err != nil {
		return nil, err
	}
	return http.MaxBytesReader(x.w, x.r.Body, most), nil
}

// importOptions reads the query of an import. Without a version there is none to come
// into force.
func (x *exchange) importOptions(v *tollkeeper.DeckVersion) (dryRun bool, err error) {
	var faults []string
	values, err := url.ParseQuery(x.r.URL.RawQuery)
	if err != nil {
		return false, tollkeeper.Invalid("query: must be percent-encoded")
	}
	for key, list := range values {
		text := list[0]
		switch {
		case key == "dryRun":
			if dryRun, err = strconv.ParseBool(text); err != nil {
				faults = append(faults, "dryRun: must be true or false")
			}
		case key == "effectiveFrom" && v != nil:
			if v.EffectiveFrom, err = time.Parse(time.RFC3339Nano, text); err != nil {
				faults = append(faults, "effectiveFrom: must be a time such as 2026-04-01T00:00:00Z (RFC 3339)")
			}
		default:
			faults = append(faults, fieldName(key)+": is not known here")
			continue
		}
		if len(list) > 1 {
			faults = append(faults, key+": must not be given twice")
		}
	}
	if len(faults) > 0 {
		slices.Sort(faults)
		return false, tollkeeper.Invalid(faults...)
	}
	return dryRun, nil
}

// lineFaults tells by their lines what is wrong with records of a file of some kind; nil for
// nothing.
func lineFaults(wrong []tollkeeper.ImportFault, lines []int, kind string) error {
	var faults sheet.Faults
	for _, f := range wrong {
		faults.Add(lines[f.Index], ", column %q: %s", f.Field, f.Message)
	}
	return faults.Err(kind)
}

// whereSupported passes over that a connection knows no deadlines.
func whereSupported(err error) error {
	if errors.Is(err, http.ErrNotSupported) {
		return nil
	}
	return err
}

// fileFault tells what is wrong with a file, or with the line it came over.
func fileFault(err error, most int) error {
	var known *tollkeeper.Error
	var tooLong *http.MaxBytesError
	switch {
	case errors.As(err, &known):
		return err
	case errors.As(err, &tooLong):
		return tollkeeper.Invalid("body: must have at most " + strconv.Itoa(most>>20) + " MiB")
	}
	return &tollkeeper.Error{Code: tollkeeper.CodeInvalid, Message: "the body could not be read to its end", Err: err}
}
