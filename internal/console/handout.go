package console

import (
	"io"
	"net/http"
)

const csvType = "text/csv; charset=utf-8"

// handOut answers with a file. What goes wrong before its first byte is shown as a page;
// what goes wrong later breaks it off, so that half a file looks like no whole one.
func (v *visit) handOut(mediaType, name string, write func(io.Writer) error) error {
	out := &handout{w: v.w, mediaType: mediaType, name: name}
	err := write(out)
	if err != nil && out.begun {
		panic(http.ErrAbortHandler)
	}
	return err
}

// handout says what it is when its first byte comes.
type handout struct {
	w               http.ResponseWriter
	mediaType, name string
	begun           bool
}

func (o *handout) Write(b []byte) (int, error) {
	if !o.begun {
		o.begun = true
		o.w.Header().Set("Content-Type", o.mediaType)
		o.w.Header().Set("Content-Disposition", `attachment; filename="`+o.name+`"`)
	}
	return o.w.Write(b)
}
