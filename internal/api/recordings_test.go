package api_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"tollkeeper"
	"tollkeeper/internal/link"
)

// sound is so many samples of two channels at 8 kHz, no two parts of it alike.
func sound(samples int) string {
	b := []byte("RIFF\x00\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x02\x00\x40\x1F\x00\x00\x00\x7D\x00\x00\x04\x00\x10\x00data")
	b = binary.LittleEndian.AppendUint32(b, uint32(4*samples))
	for i := range samples {
		b = binary.LittleEndian.AppendUint32(b, uint32(i*2654435761))
	}
	return string(b)
}

func hexSHA256(text string) string {
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:])
}

// recorded authorises a call that is to be recorded, and returns its id and the path
// that its recording goes to.
func (s *server) recorded(t testing.TB, customer, callID string) (id, upload string) {
	t.Helper()
	decision := s.ask(t, "POST /calls", fmt.Sprintf(`{"callId":%q,"customer":%q,"direction":"outbound","from":"+12125550100","to":"+12125550123"}`, callID, customer))
	address, _ := member(t, decision, "media", "uploadUrl").(string)
	upload = strings.TrimPrefix(address, "https://people.example.com")
	if upload == address {
		t.Fatalf("%s has no upload address", decision)
	}
	path, _, _ := strings.Cut(upload, "?")
	return path[strings.LastIndex(path, "/")+1:], upload
}

const bytesHeader = "Content-Type: application/octet-stream"

func TestRecording(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.deck(t, "default", callDeck)
	customer := s.customer(t, `"credit":100000,"callRecording":1,"mediaBypass":1`)
	id, upload := s.recorded(t, customer, "one")
	audio := sound(8000 * 5)
	sum := hexSHA256(audio)
	s.clock.advance(time.Minute)

	s.run(t, []row{
		{request: "POST /calls/one/recording", body: `{"event":"consent.played","prompt":"notice-en"}`,
			want: `{"recording":"` + id + `","timeline":[{"event":"consent.played","prompt":"notice-en","at":"2026-03-02T09:16:04.000Z"}]}`},
		{request: "POST /calls/one/recording", body: `{"event":"consent.played","prompt":"notice-en"}`, name: "said twice",
			want: `{"recording":"` + id + `","timeline":[{"event":"consent.played","prompt":"notice-en","at":"2026-03-02T09:16:04.000Z"}]}`},
		{request: "POST /calls/one/recording", body: `{"event":"paused"}`,
			want: `{"recording":"` + id + `","timeline":[{"event":"consent.played","prompt":"notice-en","at":"2026-03-02T09:16:04.000Z"},{"event":"paused","at":"2026-03-02T09:16:04.000Z"}]}`},
		{request: "POST /calls/none/recording", body: `{"event":"paused"}`, status: 404, want: failure(404, `no call "none" is known`)},
		{request: "POST /calls/one/recording", body: `{"event":"stopped"}`, status: 400,
			want: invalid(`event: must be "paused" or "resumed" or "consent.played" or "consent.given" or "consent.refused"`)},
		{request: "GET /recordings/" + id, status: 404, want: failure(404, "no recording "+id+" exists")},
		{request: "PUT " + upload, body: audio, headers: []string{bytesHeader, "Authorization:"},
			want: fmt.Sprintf(`{"_id":%q,"state":"ready","sizeBytes":%d,"receivedBytes":%d,"sha256":%q}`, id, len(audio), len(audio), sum)},
		{request: "PUT " + upload, body: sound(10), name: "another in its place", headers: []string{bytesHeader}, status: 409,
			want: failure(409, "the recording is complete and cannot be replaced; its SHA-256 is "+sum)},
		{request: "GET /recordings?customer=" + customer, want: fmt.Sprintf(`{"total":1,"limit":25,"skip":0,"data":[{"_id":%q,"callId":"one","leg":"","customer":%q,
"direction":"outbound","from":"+12125550100","to":"+12125550123","startedAt":"{time}","state":"ready","format":"wav","channels":2,"sampleRate":8000,
"durationMillis":5000,"sizeBytes":%d,"receivedBytes":%d,"sha256":%q,"createdAt":"{time}","readyAt":"{time}"}]}`, id, customer, len(audio), len(audio), sum)},
	})
	digest := sha256.Sum256([]byte(audio))
	again := s.do(t, "PUT "+upload, audio, bytesHeader, "Content-Digest: sha-256=:"+base64.StdEncoding.EncodeToString(digest[:])+":")
	if again.status != http.StatusOK {
		t.Errorf("the same once more: %d %s", again.status, again.body)
	}
	for _, row := range []struct{ asked, want string }{
		{"", audio}, {"bytes=0-43", audio[:44]}, {"bytes=100000-", audio[100000:]}, {"bytes=-7", audio[len(audio)-7:]},
		{"bytes=65530-65545", audio[65530:65546]}, {"bytes=999999999-", audio}, {"bytes=0-1,5-6", audio},
	} {
		a := s.do(t, "GET /recordings/"+id+"/audio", "", "Range: "+row.asked, "Accept: */*")
		if a.body != row.want || a.header.Get("Content-Type") != "audio/wav" {
			t.Errorf("range %q answered %d with %d bytes of %s, want %d", row.asked, a.status, len(a.body), a.header.Get("Content-Type"), len(row.want))
		}
	}
	s.run(t, []row{{request: "POST /recordings/" + id + "/link", body: `{"days":2}`, status: 400, want: invalid("days: is not known here")}})
	made := s.ask(t, "POST /recordings/"+id+"/link", "")
	listen := strings.TrimPrefix(member(t, made, "url").(string), "https://people.example.com")
	if a := s.do(t, "GET "+listen, "", "Authorization:", "Accept: */*"); a.body != audio {
		t.Errorf("by the link: %d with %d bytes", a.status, len(a.body))
	}
	trail := s.ask(t, "GET /audit?action=recording.listen&subject="+id, "")
	if n := fmt.Sprint(member(t, trail, "total")); n != "8" {
		t.Errorf("%s listened, want 8", n)
	}
	if !strings.Contains(trail, `"actor":"link"`) {
		t.Errorf("nobody came by the link: %s", trail)
	}
	if events := s.ask(t, "GET /events?type=recording.ready", ""); !strings.Contains(events, id) {
		t.Errorf("no event tells of it: %s", events)
	}
	s.ask(t, "DELETE /recordings/"+id, "")
	if a := s.do(t, "GET "+listen, "", "Authorization:"); a.status != http.StatusNotFound {
		t.Errorf("after its deletion: %d %s", a.status, a.body)
	}
}

// TestUploadInParts brings a recording in pieces, each of them twice.
func TestUploadInParts(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.deck(t, "default", callDeck)
	customer := s.customer(t, `"credit":100000,"callRecording":1`)
	id, upload := s.recorded(t, customer, "parts")
	audio := sound(50_000)
	total := len(audio)
	put := func(from, to int) answer {
		return s.do(t, "PUT "+upload, audio[from:to], bytesHeader, fmt.Sprintf("Content-Range: bytes %d-%d/%d", from, to-1, total))
	}
	const step = 70_001
	for from := 0; from < total; from += step {
		to := min(from+step, total)
		if from+step < total {
			if a := put(from+step, min(from+2*step, total)); a.status != http.StatusConflict {
				t.Errorf("a part that is not next: %d %s", a.status, a.body)
			}
		}
		for range 2 {
			if a := put(from, to); a.status != http.StatusOK || !strings.Contains(a.body, fmt.Sprintf(`"receivedBytes":%d`, to)) {
				t.Fatalf("bytes %d-%d: %d %s", from, to, a.status, a.body)
			}
		}
		asked := s.do(t, "PUT "+upload, "", fmt.Sprintf("Content-Range: bytes */%d", total))
		if asked.status != http.StatusOK || !strings.Contains(asked.body, fmt.Sprintf(`"receivedBytes":%d`, to)) {
			t.Errorf("asked after %d: %d %s", to, asked.status, asked.body)
		}
	}
	if a := s.do(t, "GET /recordings/"+id+"/audio", "", "Accept: */*"); a.body != audio {
		t.Errorf("played %d bytes, other than the %d that came", len(a.body), total)
	}
	if a := s.do(t, "GET /recordings/"+id+"/audio", "", "Range: bytes=69990-70011"); a.body != audio[69990:70012] {
		t.Errorf("over the border of two parts: %q", a.body)
	}
}

// TestUploadRefused attacks the upload, and nothing is left behind.
func TestUploadRefused(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.deck(t, "default", callDeck)
	customer := s.customer(t, `"credit":100000,"callRecording":1,"maxOutboundCallRate":0`)
	other := s.customer(t, "")
	id, upload := s.recorded(t, customer, "attacked")
	path, signature, _ := strings.Cut(upload, "?")
	owner, err := tollkeeper.ParseID(customer)
	must(t, err)
	call, err := tollkeeper.ParseID(id)
	must(t, err)
	listen := s.door.Links.Key.Sign(link.ListenTo(owner, call), s.clock.now().Add(time.Hour))
	stale := s.door.Links.Key.Sign(link.UploadOf(owner, call), s.clock.now())
	unknown := s.store.NewID()
	forUnknown := s.door.Links.Key.Sign(link.UploadOf(owner, unknown), s.clock.now().Add(time.Hour))
	good := sound(1000)
	for _, row := range []struct {
		name, target, body string
		headers            []string
		status             int
		says               string
	}{
		{"no signature", path, good, nil, 403, "not valid"},
		{"a signature to listen", path + "?signature=" + listen, good, nil, 403, "not valid"},
		{"two signatures", upload + "&" + signature, good, nil, 403, "not valid"},
		{"expired", path + "?signature=" + stale, good, nil, 403, "expired"},
		{"another customer's", strings.Replace(upload, customer, other, 1), good, nil, 403, "not valid"},
		{"a path that climbs", strings.Replace(upload, id, "..%2F..%2F"+id, 1), good, nil, 404, "no such path"},
		{"no id", strings.Replace(upload, id, "etc", 1), good, nil, 404, "no such path"},
		{"a call there never was", "/media/recordings/" + customer + "/" + unknown.String() + "?signature=" + forUnknown, good, nil, 404, "to be recorded"},
		{"too large", upload, good + strings.Repeat("x", maxRecording), nil, 400, "at most"},
		{"no audio", upload, "MZ and a program that is to be run", nil, 400, "none of them"},
		{"nothing", upload, "", nil, 400, "within its headers"},
		{"more than the header says is there", upload, good[:2000], nil, 400, "says it has"},
		{"compressed", upload, good, []string{"Content-Encoding: gzip"}, 400, "Content-Encoding"},
		{"another digest", upload, good, []string{"Content-Digest: sha-256=:" + strings.Repeat("A", 43) + "=:"}, 400, "does not agree"},
		{"a digest of another kind", upload, good, []string{"Content-Digest: md5=:AA==:"}, 400, "sha-256"},
		{"a range of nothing", upload, good, []string{"Content-Range: bytes 5-4/9"}, 400, "Content-Range"},
		{"a range that is not the body's", upload, good, []string{"Content-Range: bytes 0-9/100"}, 400, "Content-Range"},
		{"a range of terabytes", upload, "x", []string{"Content-Range: bytes 0-0/999999999999999"}, 400, "at most"},
		{"a part of no audio", upload, "MZ and a program", []string{"Content-Range: bytes 0-15/100"}, 400, "none of them"},
	} {
		a := s.do(t, "PUT "+row.target, row.body, append(row.headers, bytesHeader)...)
		if a.status != row.status || !strings.Contains(a.body, row.says) {
			t.Errorf("%s: %d %s, want %d with %q", row.name, a.status, a.body, row.status, row.says)
		}
	}
	if list := s.ask(t, "GET /recordings", ""); !strings.Contains(list, `"total":0`) {
		t.Errorf("something is left: %s", list)
	}
	must(t, s.store.EachBlob(context.Background(), func(b tollkeeper.Blob, kept bool) error {
		t.Errorf("blob %s is left (kept %t)", b.Name(), kept)
		return nil
	}))
	if a := s.do(t, "PUT "+upload, good, bytesHeader); a.status != http.StatusOK {
		t.Errorf("after all of it the right one: %d %s", a.status, a.body)
	}
	s.clock.advance(49 * time.Hour)
	if a := s.do(t, "PUT "+upload, good, bytesHeader); a.status != http.StatusForbidden {
		t.Errorf("after two days: %d %s", a.status, a.body)
	}
}

// TestFetchRecording has recordings fetched: by the link of the call, and by staff.
func TestFetchRecording(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.deck(t, "default", callDeck)
	customer := s.customer(t, `"credit":100000,"callRecording":1,"maxOutboundCallRate":0`)
	id, upload := s.recorded(t, customer, "fetched")
	const address = `{"url":"https://a:sesame@pbx.example.com/recordings/1.wav?token=secret"}`
	heard := "Authorization: " + s.recordingUser(t, customer)
	const shownURL = `"fetchUrl":"https://pbx.example.com/recordings/1.wav",`
	waiting := fmt.Sprintf(`{"_id":%q,"callId":"fetched","leg":"","customer":%q,"direction":"outbound","from":"+12125550100","to":"+12125550123","startedAt":"{time}",
"state":"receiving","receivedBytes":0,"createdAt":"{time}","fetchState":"waiting","fetchUrl":"https://pbx.example.com/recordings/1.wav","fetchNextAt":"{time}"`, id, customer)
	s.run(t, []row{
		{request: "POST " + upload[:len(upload)-4] + "AAAA", body: address, headers: []string{"Authorization:"}, status: 403, want: failure(403, "the link is not valid for this")},
		{request: "POST /recordings/" + id + "/fetch", body: address, name: "a call in progress, by staff", status: 404, want: failure(404, "no call record "+id+" exists")},
		{request: "POST " + upload, body: address, headers: []string{"Authorization:"}, want: fmt.Sprintf(`{"_id":%q,"state":"receiving","receivedBytes":0}`, id)},
		{request: "POST " + upload, body: `{"url":"https://pbx.example.com/admin","sha256":"xyz","to":"me"}`, status: 400,
			want: invalid("sha256: must have 64 characters", "to: is not known here")},
		{request: "POST " + upload, body: `{"url":"https://pbx.example.com/admin"}`, status: 400,
			want: invalid("url: https://pbx.example.com is not among the sources, or not with this path; the setting recording-sources names them")},
		{request: "GET /recordings?fetchState=waiting", want: `{"total":1,"limit":25,"skip":0,"data":[` + waiting + `}]}`},
		{request: "GET /recordings?fetchState=failed", want: `{"total":0,"limit":25,"skip":0,"data":[]}`},
		{request: "GET /recordings/" + id, want: waiting + `,"timeline":[]}`},
		{request: "GET /recordings/" + id, headers: []string{heard}, want: strings.Replace(waiting, shownURL, "", 1) + `,"timeline":[]}`},
		{request: "GET /recordings?fetchState=waiting", headers: []string{heard}, want: `{"total":1,"limit":25,"skip":0,"data":[` + strings.Replace(waiting, shownURL, "", 1) + `}]}`},
		{request: "POST /recordings/" + id + "/fetch", body: `{"url":"https://pbx.example.com/recordings/1.wav","sha256":"` + strings.Repeat("aB", 32) + `"}`, want: waiting + `}`},
	})
	s.ask(t, "POST /calls/fetched/end", `{"durationSeconds":0}`)
	other, _ := s.recorded(t, customer, "by-staff")
	s.ask(t, "POST /calls/by-staff/end", `{"durationSeconds":0}`)
	if a := s.do(t, "POST /recordings/"+other+"/fetch", address); a.status != http.StatusOK || strings.Contains(a.body, "sesame") {
		t.Errorf("by staff: %d %s", a.status, a.body)
	}
	if trail := s.ask(t, "GET /customers/"+customer+"/audit", "", heard); !strings.Contains(trail, customer) || strings.Contains(trail, "pbx.example.com") {
		t.Errorf("the customer's trail says %s", trail)
	}
	if trail := s.ask(t, "GET /audit?action=recording.fetch", ""); strings.Count(trail, `"action":"recording.fetch"`) != 3 || strings.Contains(trail, "sesame") || strings.Contains(trail, "secret") {
		t.Errorf("the trail says %s", trail)
	}
	s.ask(t, "DELETE /recordings/"+id, "")
	if _, found, err := s.store.ClaimFetch(t.Context()); !found || err != nil {
		t.Errorf("the other is still to be fetched: %t %v", found, err)
	}
	if _, found, err := s.store.ClaimFetch(t.Context()); found || err != nil {
		t.Errorf("a deleted one is still fetched: %t %v", found, err)
	}
}

// TestHeldRecording deletes no recording while there is a legal hold, of which the customer
// is not told.
func TestHeldRecording(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.deck(t, "default", callDeck)
	customer := s.customer(t, `"credit":100000,"callRecording":1`)
	owner, err := tollkeeper.ParseID(customer)
	must(t, err)
	u, err := s.store.CreateUser(t.Context(), tollkeeper.Write{}, tollkeeper.User{Email: "owner@example.com", Customer: owner}.WithAllRights(), "")
	must(t, err)
	mine := "Authorization: " + s.tokenOf(t, u)
	id, upload := s.recorded(t, customer, "held")
	audio := sound(1000)
	s.ask(t, "PUT "+upload, audio, bytesHeader)
	s.ask(t, "POST /calls/held/end", `{"durationSeconds":0}`)
	s.ask(t, "PATCH /customers/"+customer+"/retention", `{"legalHold":true,"holdReason":"case 7"}`)
	if a := s.do(t, "DELETE /recordings/"+id, ""); a.status != 409 || !strings.Contains(a.body, "legal hold") {
		t.Errorf("by staff: %d %s", a.status, a.body)
	}
	if a := s.do(t, "DELETE /recordings/"+id, "", mine); a.status != 409 || strings.Contains(a.body, "legal hold") {
		t.Errorf("by the customer: %d %s", a.status, a.body)
	}
	s.ask(t, "DELETE /customers/"+customer, "")
	s.clock.advance(400 * 24 * time.Hour)
	if n, err := s.store.DeleteDepartedMedia(t.Context()); n != 0 || err != nil {
		t.Errorf("the media of %d customers were deleted, %v", n, err)
	}
	if a := s.do(t, "GET /recordings/"+id+"/audio", "", "Accept: */*"); a.body != audio {
		t.Errorf("after the customer's deletion: %d with %d bytes", a.status, len(a.body))
	}
}

// TestWhoHears lets the customer's recording user listen, and no other user without
// the permission.
func TestWhoHears(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	s.deck(t, "default", callDeck)
	customer := s.customer(t, `"credit":100000,"callRecording":1`)
	owner, err := tollkeeper.ParseID(customer)
	must(t, err)
	ctx := context.Background()
	make := func(email string) (tollkeeper.User, string) {
		u, err := s.store.CreateUser(ctx, tollkeeper.Write{}, tollkeeper.User{Email: email, Customer: owner}, "")
		must(t, err)
		return u, "Authorization: " + s.tokenOf(t, u)
	}
	listener, byListener := make("listener@example.com")
	_, byOther := make("other@example.com")
	s.ask(t, "PATCH /customers/"+customer, fmt.Sprintf(`{"callRecordingUserId":%q}`, listener.ID))
	id, upload := s.recorded(t, customer, "heard")
	audio := sound(1000)
	s.ask(t, "PUT "+upload, audio, bytesHeader)
	if a := s.do(t, "GET /recordings/"+id+"/audio", "", byListener, "Accept: */*"); a.body != audio {
		t.Errorf("the recording user hears %d %s", a.status, a.body)
	}
	if list := s.ask(t, "GET /recordings", "", byListener); !strings.Contains(list, id) {
		t.Errorf("the recording user sees %s", list)
	}
	if list := s.ask(t, "GET /recordings", "", byOther); !strings.Contains(list, `"total":0`) {
		t.Errorf("another user sees %s", list)
	}
	for _, request := range []string{"GET /recordings/" + id, "GET /recordings/" + id + "/audio", "POST /recordings/" + id + "/link"} {
		if a := s.do(t, request, "", byOther); a.status != http.StatusNotFound {
			t.Errorf("%s by another user: %d %s", request, a.status, a.body)
		}
	}
}

// TestConsent asks for the strictest that a party's region and the customer want.
func TestConsent(t *testing.T) {
	t.Parallel()
	rules := tollkeeper.ConsentRules{"*": tollkeeper.ConsentNone, "DE": tollkeeper.ConsentAsk, "US": tollkeeper.ConsentAnnounce, "+1212": tollkeeper.ConsentAsk}
	for _, row := range []struct {
		number, region string
		want           tollkeeper.Consent
	}{
		{"+4930123456", "DE", tollkeeper.ConsentAsk}, {"+13105550100", "US", tollkeeper.ConsentAnnounce}, {"+12125550100", "US", tollkeeper.ConsentAsk},
		{"+442071838750", "GB", tollkeeper.ConsentNone}, {"anonymous", "", tollkeeper.ConsentNone},
	} {
		if got := rules.For(row.number, row.region); got != row.want {
			t.Errorf("%s: %s, want %s", row.number, got, row.want)
		}
	}
	for _, text := range []string{"US", "US=", "us=ask", "USA=ask", "+=ask", "+12a=ask", "*=never"} {
		if _, _, err := tollkeeper.ParseConsentRule(text); err == nil {
			t.Errorf("%q is a rule", text)
		}
	}
}
