package console

import (
	"fmt"
	"strings"
	"time"
)

const utcLayout = "2006-01-02 15:04:05 UTC"

// moment is a time as it is shown: in the visitor's zone, with UTC beside it.
type moment struct {
	Text    string // 25 Nov, 15:04
	UTC     string // for who points at it
	Machine string // for the datetime attribute
}

// moment shows a time; the zero time is shown as nothing.
func (v *visit) moment(at time.Time) moment {
	if at.IsZero() {
		return moment{}
	}
	local, now := at.In(v.zone), v.Now().In(v.zone)
	day := "2 Jan"
	if !v.locale.dayFirst {
		day = "Jan 2"
	}
	clock := "15:04:05"
	if v.locale.clock12 {
		clock = "3:04:05 PM"
	}
	switch {
	case local.Year() != now.Year() && v.locale.dayFirst:
		day = "2 Jan 2006"
	case local.Year() != now.Year():
		day = "Jan 2, 2006"
	case local.YearDay() == now.YearDay():
		return moment{v.monthNames(local, clock), at.UTC().Format(utcLayout), at.UTC().Format(time.RFC3339)}
	}
	shown := v.monthNames(local, day)
	if local.Year() == now.Year() { // seconds matter on the day itself; UTC has them
		shown += ", " + local.Format(strings.Replace(clock, ":05", "", 1))
	}
	return moment{shown, at.UTC().Format(utcLayout), at.UTC().Format(time.RFC3339)}
}

// day shows the day of a time.
func (v *visit) day(at time.Time) string {
	if v.locale.dayFirst {
		return v.monthNames(at.In(v.zone), "2 Jan")
	}
	return v.monthNames(at.In(v.zone), "Jan 2")
}

// months are the names that time.Format knows only in English.
var months = [...]text{"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"}

func (v *visit) monthNames(at time.Time, layout string) string {
	name := v.t(months[at.Month()-1])
	switch layout {
	case "2 Jan":
		return fmt.Sprintf("%d %s", at.Day(), name)
	case "Jan 2":
		return fmt.Sprintf("%s %d", name, at.Day())
	case "2 Jan 2006":
		return fmt.Sprintf("%d %s %d", at.Day(), name, at.Year())
	case "Jan 2, 2006":
		return fmt.Sprintf("%s %d, %d", name, at.Day(), at.Year())
	}
	return at.Format(layout)
}

// duration writes seconds as 1:02:03 or 2:03.
func duration(seconds int) string {
	if seconds >= 3600 {
		return fmt.Sprintf("%d:%02d:%02d", seconds/3600, seconds/60%60, seconds%60)
	}
	return fmt.Sprintf("%d:%02d", seconds/60, seconds%60)
}
