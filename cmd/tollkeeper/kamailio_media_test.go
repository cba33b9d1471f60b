package main_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

// heard waits for a request of a call, as the callee got it.
func (w *sipWorld) heard(method, id string) (heard string) {
	w.t.Helper()
	until(w.t, "the callee got a "+method+" of "+id, func() bool {
		raw, err := os.ReadFile(filepath.Join(w.folder, "callee.log"))
		if err != nil {
			return false
		}
		for _, message := range strings.Split(string(raw), "\n-----") {
			if strings.Contains(message, "\n"+method+" sip:") && strings.Contains(message, "Call-ID: "+id) && strings.Contains(message, "received") {
				heard = message
			}
		}
		return heard != ""
	})
	return heard
}

// TestKamailioIdentity looks at what the called party is told of the caller.
func TestKamailioIdentity(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("talks in real time")
	}
	for name, edits := range map[string][]string{"HTTP": nil, "RADIUS": {"##!define WITH_RADIUS", "#!define WITH_RADIUS"}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newSIPWorld(t, 100, edits...)
			w.patch(`"cnamLookUps":1`)
			w.s.must("PUT", "/callernames", "number,name\n+12125550100,Müller & Söhne\n", nil)
			in, output, err := w.tryCall(w.carrier, "+12125550101", talk(300*time.Millisecond))
			if err != nil {
				t.Fatalf("%v\n%s\n%s", err, output, tail(w.log.String()))
			}
			if invite := w.heard("INVITE", in); !strings.Contains(invite, `P-Asserted-Identity: "MULLER & SOHNE" <sip:+12125550100@`) {
				t.Errorf("the customer is told:\n%s", invite)
			}
			out := w.call(london, talk(300*time.Millisecond))
			if invite := w.heard("INVITE", out); strings.Contains(invite, "P-Asserted-Identity") {
				t.Errorf("a call with nothing to tell:\n%s", invite)
			}
			var trunks struct {
				Data []struct {
					ID string `json:"_id"`
				}
			}
			w.s.must("GET", "/servers?name=acme-1", "", &trunks)
			w.s.must("PATCH", "/servers/"+trunks.Data[0].ID, `{"callerId":"+12125550199"}`, nil)
			until(t, "the called party is told the number of the trunk", func() bool { // a second until every node knows
				return strings.Contains(w.heard("INVITE", w.call(london, talk(300*time.Millisecond))), `<sip:+12125550199@`)
			})
		})
	}
}

// TestKamailioMedia has Debian's rtpengine relay the media, record it, or stay out of it,
// as the customer's record says.
func TestKamailioMedia(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("talks in real time")
	}
	needs(t, map[string]string{"rtpengine": "rtpengine-daemon"})
	control := fmt.Sprintf("127.0.0.1:%d", freePort(t))
	recordings := t.TempDir()
	var relay text // what rtpengine logs
	startProgram(t, &relay, recordings, "rtpengine", "--foreground", "--log-stderr", "--table=-1", "--interface=127.0.0.1", "--listen-ng="+control,
		"--port-min=42000", "--port-max=42999", "--recording-dir="+recordings, "--recording-method=pcap", "--delete-delay=0", "--config-file=none")
	until(t, "rtpengine has started", func() bool { return strings.Contains(relay.String(), "Startup complete") })
	w := newSIPWorld(t, 1000, "##!define WITH_RTPENGINE", "#!define WITH_RTPENGINE", "udp:127.0.0.1:2223", "udp:"+control)
	relayed := func() {
		t.Helper()
		until(t, "rtpengine relays no call that is over", func() bool {
			return strings.Count(relay.String(), "Creating new call") == strings.Count(relay.String(), "Final packet stats")
		})
	}
	media := regexp.MustCompile(`m=audio (\d+)`)
	for _, kind := range []struct {
		name, fields      string
		bypassed, records bool
	}{
		{"relayed", `"callRecording":0,"mediaBypass":0`, false, false},
		{"recorded", `"callRecording":1,"mediaBypass":0`, false, true},
		{"bypassed", `"callRecording":0,"mediaBypass":1`, true, false},
		{"recorded all the same", `"callRecording":1,"mediaBypass":1`, false, true},
	} {
		w.patch(kind.fields)
		before := files(t, recordings)
		id := w.call(london, talk(500*time.Millisecond))
		port := media.FindStringSubmatch(w.heard("INVITE", id))[1]
		if (port == "40002") != kind.bypassed { // the caller's own
			t.Errorf("%s: the called party is to send to port %s", kind.name, port)
		}
		relayed()
		if recorded := files(t, recordings) > before; recorded != kind.records {
			t.Errorf("%s: recorded is %v\n%s", kind.name, recorded, tail(relay.String()))
		}
	}
	w.call(busyNumber, refused(486))
	w.call(ringNumber, cancel)
	relayed()
}

// files counts the files below a folder.
func files(t *testing.T, folder string) (n int) {
	t.Helper()
	must(t, filepath.WalkDir(folder, func(_ string, entry os.DirEntry, err error) error {
		if err == nil && !entry.IsDir() {
			n++
		}
		return err
	}))
	return n
}
