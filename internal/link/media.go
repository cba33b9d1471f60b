package link

import (
	"time"

	"tollkeeper"
)

// UploadOf lets a switch bring the recording of one call.
func UploadOf(customer, call tollkeeper.ID) Grant {
	return Grant{Verb: "upload", Object: "recording/" + customer.String() + "/" + call.String()}
}

// ListenTo lets somebody hear one recording.
func ListenTo(customer, recording tollkeeper.ID) Grant {
	return Grant{Verb: "listen", Object: "recording/" + customer.String() + "/" + recording.String()}
}

// ListenLife is how long a link to a recording is good.
const ListenLife = 7 * 24 * time.Hour

// Music lets a switch fetch one customer's hold music.
func Music(customer, music tollkeeper.ID) Grant {
	return Grant{Verb: "fetch", Object: "music/" + customer.String() + "/" + music.String()}
}

// Media makes the addresses of media.
type Media struct {
	Key  Key
	Base string // where switches reach the server, without a slash at the end
	Now  func() time.Time
}

// uploadLife is how long after the authorisation a recording can be uploaded: the
// longest call is over by then, and a switch has had time to try again.
const uploadLife = 48 * time.Hour

// Instruct completes what a switch is told of a call's media: where its recording goes,
// and where its hold music comes from.
func (m *Media) Instruct(d *tollkeeper.Decision) {
	if d.Media.Record && !d.Call.IsZero() && !d.Customer.IsZero() {
		d.Upload.Expires = m.Now().Add(uploadLife).Truncate(time.Second)
		d.Upload.URL = m.recording(UploadOf(d.Customer, d.Call), d.Customer, d.Call, d.Upload.Expires)
	}
	if own, found := tollkeeper.ParseMusicPath(d.Media.HoldMusic); found {
		d.Media.HoldMusic = m.music(d.Media.HoldMusic, d.Customer, own)
	}
}

// Listen is the address of a recording, for whoever has it.
func (m *Media) Listen(customer, recording tollkeeper.ID, expires time.Time) string {
	return m.recording(ListenTo(customer, recording), customer, recording, expires)
}

func (m *Media) recording(g Grant, customer, id tollkeeper.ID, expires time.Time) string {
	return m.Base + "/media/recordings/" + customer.String() + "/" + id.String() + "?signature=" + m.Key.Sign(g, expires)
}

// music signs until the end of the next month, so that the address stays the same for
// a month and switches can cache what is behind it.
func (m *Media) music(path string, customer, music tollkeeper.ID) string {
	now := m.Now().UTC()
	expires := time.Date(now.Year(), now.Month()+2, 1, 0, 0, 0, 0, time.UTC)
	return m.Base + path + "?signature=" + m.Key.Sign(Music(customer, music), expires)
}
