package console

import (
	"cmp"
	"errors"
	"io"
	"net/http"
	"time"

	"tollkeeper"
	"tollkeeper/client"
)

func recordingLink(id string) string { return "/console/recordings/" + id }

var (
	recordingStates = []option{{"ready", "Ready"}, {"receiving", "Arriving"}}
	recordingTones  = map[string]string{"ready": "good", "receiving": "info"}
	fetchStates     = []option{{"waiting", "Waiting"}, {"failed", "Failed"}}
	fetchTones      = map[string]string{"waiting": "info", "failed": "bad"}
)

// millis is a length of audio.
func millis(n int64) cell {
	return plain(duration(int((n + 500) / 1000))).raw(itoa(n))
}

// recordings are the sound of calls.
func (v *visit) recordings() list[client.Recording] {
	return list[client.Recording]{
		Name: "recordings", Search: "Number or call id", Find: v.api.Recordings.Find, All: v.api.Recordings.All,
		Empty: "No recording yet. Calls are recorded when the customer's record says so.",
		Link:  func(r client.Recording) string { return recordingLink(r.Id) },
		Names: func(r client.Recording) (string, []string) { return r.Customer, nil },
		Columns: []column[client.Recording]{
			{Key: "startedAt", Title: "Started", Cell: func(v *visit, r client.Recording) cell {
				at := v.time(r.StartedAt)
				at.Link = recordingLink(r.Id)
				return at
			}},
			customerColumn(func(r client.Recording) string { return r.Customer }),
			{Key: "direction", Title: "Way", Cell: func(v *visit, r client.Recording) cell { return v.direction(r.Direction) }},
			{Key: "from", Title: "From", Cell: func(v *visit, r client.Recording) cell { return code(r.From) }},
			{Key: "to", Title: "To", Cell: func(v *visit, r client.Recording) cell { return code(r.To) }},
			{Key: "durationMillis", Title: "Length", Number: true, Cell: func(v *visit, r client.Recording) cell { return millis(r.DurationMillis) }},
			{Key: "state", Title: "State", Cell: func(v *visit, r client.Recording) cell {
				return v.named(string(r.State), recordingStates, recordingTones)
			}},
			{Key: "sizeBytes", Title: "Bytes", Number: true, Extra: true, Cell: func(v *visit, r client.Recording) cell {
				return plain(v.count(r.SizeBytes)).raw(itoa(r.SizeBytes))
			}},
			{Key: "format", Title: "Format", Extra: true, Cell: func(v *visit, r client.Recording) cell { return plain(string(r.Format)) }},
			{Key: "callId", Title: "Call id", Extra: true, Cell: func(v *visit, r client.Recording) cell { return code(r.CallId) }},
			{Key: "_id", Title: "Id", Extra: true, Cell: func(v *visit, r client.Recording) cell { return code(r.Id) }},
		},
		Filters: []filter{
			{Field: "state", Title: "State", Kind: oneOf, Choices: recordingStates},
			{Field: "direction", Title: "Way", Kind: oneOf, Choices: directions},
			{Field: "startedAt", Title: "Started", Kind: days},
			{Field: "to", Title: "To", Kind: exactly},
		},
	}
}

func (v *visit) recordingsPage() error {
	l := v.recordings()
	return showList(v, &l, listPage{Title: v.t("Recordings")})
}

func (v *visit) customerRecordingsPage() error {
	return showWithin(v, within(v.recordings(), v.r.PathValue("id")), "/recordings")
}

// heard are the operations that recordings and transcripts are listed by. The API lets
// every user of a customer ask, and shows nothing to those who may not listen.
var heard = map[string]bool{"GET /recordings": true, "GET /transcripts": true}

// sees reports whether a page that an operation fills is of any use to the visitor.
func (v *visit) sees(operation string) bool {
	return v.may(operation) && (!heard[operation] || v.hears())
}

// hears reports whether the visitor may listen to recordings: by a permission, or as
// the one who gets them.
func (v *visit) hears() bool {
	if v.who.Rights&tollkeeper.ReadPhone != 0 {
		return true
	}
	if v.listens == nil {
		c, err := v.api.Customers.Get(v.ctx(), v.user.Customer)
		listens := err == nil && cmp.Or(c.CallRecordingUserId, c.AdminUserId) == v.user.Id
		v.listens = &listens
	}
	return *v.listens
}

// missing reports whether an error only says that there is nothing to show the visitor.
func missing(err error) bool {
	return errors.Is(err, client.ErrNotFound) || errors.Is(err, client.ErrForbidden)
}

var timelineTexts = map[client.RecordingEvent]text{
	client.RecordingPaused: "Paused", client.RecordingResumed: "Went on", client.ConsentPlayed: "Announcement played",
	client.ConsentGiven: "Consent given", client.ConsentRefused: "Consent refused",
}

// sound is the recording of a call as a part of its page.
type sound struct {
	Audio    string // address; "" until all of it has come
	Facts    []detail
	Timeline []detail
	Remove   string
}

// soundOf finds the recording of a call; nil where there is none for the visitor.
func (v *visit) soundOf(id string) (*sound, *client.Recording, error) {
	r, err := v.api.Recordings.Get(v.ctx(), id)
	if missing(err) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	s := &sound{Facts: []detail{
		{v.t("State"), v.named(string(r.State), recordingStates, recordingTones), ""}, {v.t("Length"), millis(r.DurationMillis), ""},
		{v.t("Format"), plain(string(r.Format)), v.several(int64(r.Channels), "%d channel, %s samples a second", "%d channels, %s samples a second", r.Channels, v.count(int64(r.SampleRate)))},
		{v.t("Bytes"), plain(v.count(r.SizeBytes)), ""}, {"SHA-256", code(r.Sha256), ""},
	}}
	if r.OriginalFormat != "" {
		s.Facts = append(s.Facts, detail{v.t("Came as"), plain(string(r.OriginalFormat)), v.t("%s bytes, SHA-256 %s", v.count(r.OriginalSizeBytes), r.OriginalSha256)})
	}
	if r.FetchState != "" {
		s.Facts = append(s.Facts, detail{v.t("Fetched from"), code(r.FetchUrl), ""}, detail{v.t("Fetching"), v.named(string(r.FetchState), fetchStates, fetchTones), r.FetchError})
	}
	if r.State == client.RecordingReady {
		s.Audio = recordingLink(id) + "/audio"
	}
	for _, mark := range r.Timeline {
		s.Timeline = append(s.Timeline, detail{v.t(timelineTexts[mark.Event]), v.time(mark.At), mark.Prompt})
	}
	if v.may("DELETE /recordings/{id}") {
		s.Remove = recordingLink(id) + "/delete"
	}
	return s, r, nil
}

// recordingPage leads to the page of the call, which has the player.
func (v *visit) recordingPage() error {
	id := v.r.PathValue("id")
	if v.may("GET /cdrs/{id}") {
		if _, err := v.api.Cdrs.Get(v.ctx(), id); err == nil {
			return v.redirect("/console/cdrs/" + id)
		}
	}
	s, r, err := v.soundOf(id)
	if err != nil {
		return err
	}
	if s == nil {
		return &client.Error{Code: http.StatusNotFound, ClassName: client.ErrNotFound, Message: v.t("There is no such recording.")}
	}
	p := detailPage{Title: v.t("Recording of a call to %s", r.To), Back: v.listOf(r.Customer, "Recordings", "/recordings"), Sound: s}
	if p.Transcript, err = v.transcriptOf(id); err != nil {
		return err
	}
	return v.showDetail(p)
}

// playRecording passes audio on as it comes, parts of it for a player that jumps. The
// API writes down who listened.
func (v *visit) playRecording() error {
	request, err := http.NewRequestWithContext(v.ctx(), http.MethodGet, "http://console.invalid/recordings/"+escape(v.r.PathValue("id"))+"/audio", nil)
	if err != nil {
		return err
	}
	request.Header.Set("Authorization", "Bearer "+v.session.Token)
	request.Header.Set("Accept", "*/*")
	request.Header.Set("User-Agent", v.r.UserAgent())
	for _, name := range []string{"Range", "If-Range", "If-None-Match", "If-Modified-Since"} {
		if value := v.r.Header.Get(name); value != "" {
			request.Header.Set(name, value)
		}
	}
	answer, err := transport{v.API, v.r}.RoundTrip(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	if answer.StatusCode >= 400 && answer.StatusCode != http.StatusRequestedRangeNotSatisfiable {
		v.w.WriteHeader(answer.StatusCode) // a player shows no page
		return nil
	}
	for _, name := range []string{"Content-Type", "Content-Length", "Content-Range", "Accept-Ranges", "ETag", "Last-Modified"} {
		if value := answer.Header.Get(name); value != "" {
			v.w.Header().Set(name, value)
		}
	}
	v.w.WriteHeader(answer.StatusCode)
	if _, err := io.Copy(patient{v.w, http.NewResponseController(v.w)}, answer.Body); err != nil {
		panic(http.ErrAbortHandler) // half of it must not look like the whole
	}
	return nil
}

// patience is how long a player may stand still before it is cut off; it asks for the
// rest when it goes on.
const patience = time.Minute

// patient gives each piece its own time, however long all of them take.
type patient struct {
	io.Writer
	control *http.ResponseController
}

func (p patient) Write(b []byte) (int, error) {
	p.control.SetWriteDeadline(time.Now().Add(patience)) // a writer without deadlines needs none
	return p.Writer.Write(b)
}

func (v *visit) deleteRecording() error {
	id := v.r.PathValue("id")
	r, err := v.api.Recordings.Get(v.ctx(), id)
	if err != nil {
		return err
	}
	f := form{Title: v.t("Delete the recording?"), Intro: v.t("The sound and the transcript of the call to %s are gone for good. The call record remains.", r.To), Submit: v.t("Delete recording"), Cancel: "/console/cdrs/" + id}
	return v.sure(f, v.listOf(r.Customer, "Recordings", "/recordings"), func() error {
		_, err := v.api.Recordings.Remove(v.ctx(), id)
		return err
	}, v.t("The recording was deleted."))
}

// clockOf is a place in a recording, as 1:05.
func clockOf(millis int64) string {
	return duration(int(time.Duration(millis) * time.Millisecond / time.Second))
}
