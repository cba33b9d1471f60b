package console_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"image"
	"image/png"
	"mime/multipart"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"tollkeeper"
	"tollkeeper/client"
)

// asOperator is a program with the operator's permissions.
func (s *site) asOperator() *client.Client {
	s.t.Helper()
	api, err := client.New(s.url)
	must(s.t, err)
	signedIn, err := api.Authentication.Create(context.Background(), client.AuthenticationRequest{Strategy: "local", Username: operatorEmail, Password: password})
	must(s.t, err)
	api, err = client.New(s.url, client.WithToken(signedIn.AccessToken))
	must(s.t, err)
	return api
}

// tone is so many samples of one channel at 8 kHz as a WAV file.
func tone(samples int) []byte {
	b := []byte("RIFF\x00\x00\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x01\x00\x40\x1F\x00\x00\x80\x3E\x00\x00\x02\x00\x10\x00data")
	b = binary.LittleEndian.AppendUint32(b, uint32(2*samples))
	for i := range samples {
		b = binary.LittleEndian.AppendUint16(b, uint16(i*7919))
	}
	return b
}

// recorded makes a call with a recording and returns the id of its record.
func (s *site) recorded(customer tollkeeper.Account, audio []byte) string {
	s.t.Helper()
	ctx, api := context.Background(), s.asOperator()
	_, err := api.Ratedecks.Import(ctx, "default", strings.NewReader("prefix,destination,pricePerMinute\n1,United States,0.01\n"), client.ImportOptions{})
	must(s.t, err)
	decision, err := api.Calls.Authorize(ctx, client.CallAuthorize{CallId: "one", Customer: customer.ID.String(), Direction: client.Outbound, From: "+12125550100", To: "+12125550123"})
	must(s.t, err)
	_, err = api.Calls.Answer(ctx, "one", client.CallAnswer{})
	must(s.t, err)
	request, err := http.NewRequest(http.MethodPut, decision.Media.UploadUrl, bytes.NewReader(audio))
	must(s.t, err)
	request.Header.Set("Content-Type", "application/octet-stream")
	answer, err := http.DefaultClient.Do(request)
	must(s.t, err)
	answer.Body.Close()
	if answer.StatusCode != http.StatusOK {
		s.t.Fatalf("the upload to %q answers %d", decision.Media.UploadUrl, answer.StatusCode)
	}
	cdr, err := api.Calls.End(ctx, "one", client.CallEnd{})
	must(s.t, err)
	return cdr.Id
}

// TestRecordingIsPlayed plays a part of a recording as a player does that jumps, and
// checks that it is written down who listened.
func TestRecordingIsPlayed(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	c := s.customer("Harbour Coffee", func(c *tollkeeper.Customer) { c.Credit, c.CallRecording = 1000, true })
	other := s.customer("Other", nil)
	s.user(tollkeeper.User{Email: "owner@example.com", Customer: c.ID}.WithAllRights())
	s.user(tollkeeper.User{Email: "rival@example.com", Customer: other.ID}.WithAllRights())
	audio := tone(8000)
	id := s.recorded(c, audio)
	owner, rival, at := s.ofCustomer("owner@example.com"), s.ofCustomer("rival@example.com"), "/console/recordings/"+id
	owner.get("/console/customers/"+c.ID.String()+"/recordings").is(200).has("12125550123", "0:01", at)
	owner.get("/console/customers/"+c.ID.String()+"/usage").is(200).has("United States", "Outbound").lacks("12125550123")
	for text, found := range map[string]bool{"+1 (212) 555-0123": true, "+12125550100": true, "5550123": true, "+12125550199": false} {
		page := owner.get("/console/cdrs?q=" + url.QueryEscape(text)).is(200)
		if strings.Contains(page.body, "/console/cdrs/"+id) != found {
			t.Errorf("the call is found by %q: %v", text, !found)
		}
	}
	owner.get(at).at("/console/cdrs/"+id).has("<audio", `src="`+at+`/audio"`, "SHA-256", at+"/delete")
	part := owner.send(http.MethodGet, at+"/audio", "", http.Header{"Range": {"bytes=44-143"}}).is(http.StatusPartialContent)
	if part.body != string(audio[44:144]) || part.header.Get("Content-Range") == "" || part.header.Get("Content-Type") != "audio/wav" {
		t.Errorf("a part of it is %d bytes with %v", len(part.body), part.header)
	}
	if whole := owner.get(at + "/audio").is(200); whole.body != string(audio) {
		t.Errorf("the whole is %d bytes, not %d", len(whole.body), len(audio))
	}
	s.signedIn(operatorEmail).get("/console/audit?action=recording.listen").has("recording.listen")
	rival.get(at).is(http.StatusNotFound)
	rival.get(at + "/audio").is(http.StatusNotFound)
	s.visitor().get(at + "/audio").at("/console/sign-in")
	owner.get(at + "/delete").is(200).has("Delete the recording?")
	owner.post(at+"/delete", nil).has("The recording was deleted", "No recording yet")
	owner.get("/console/cdrs/" + id).is(200).lacks("<audio")
}

// TestWhoMayNotListen shows no pages of recordings to a user who would find them empty, and
// shows them to the one who gets the recordings.
func TestWhoMayNotListen(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	c := s.customer("Harbour Coffee", nil)
	at := "/console/customers/" + c.ID.String()
	s.user(tollkeeper.User{Email: "clerk@example.com", Customer: c.ID, AdminPermission: tollkeeper.PermissionRead})
	listener := s.user(tollkeeper.User{Email: "listener@example.com", Customer: c.ID, AdminPermission: tollkeeper.PermissionRead})
	s.user(tollkeeper.User{Email: "owner@example.com", Customer: c.ID}.WithAllRights())
	s.ofCustomer("clerk@example.com").get(at).is(200).lacks(at+"/recordings", at+"/transcripts")
	s.ofCustomer("owner@example.com").get(at).is(200).has(at+"/recordings", at+"/transcripts")
	_, err := s.asOperator().Customers.Patch(t.Context(), c.ID.String(), client.CustomersPatch{CallRecordingUserId: client.Set(listener.ID.String())})
	must(t, err)
	s.ofCustomer("listener@example.com").get(at).is(200).has(at+"/recordings", at+"/transcripts")
}

// TestBypassWithoutEffect says on the record and in the audit trail that what was just set
// cannot take effect.
func TestBypassWithoutEffect(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	c := s.customer("Harbour Coffee", func(c *tollkeeper.Customer) { c.HoldMusic, c.CallRecording = true, true })
	staff, at := s.signedIn(operatorEmail), "/console/customers/"+c.ID.String()
	staff.get(at).lacks("Has no effect")
	staff.post(at, url.Values{"field": {"mediaBypass"}, "mediaBypass": {"1"}, "etag": {etagOf(staff.get(at + "?field=mediaBypass").body)}}).at(at).has("Has no effect while recording is on.")
	staff.get(at+"/audit").has("Note", "mediaBypass has no effect while callRecording is 1")
}

// TestRetentionIsShownBeforeItIsSaved lowers how long records are kept, which says first
// what would go, and holds them all.
func TestRetentionIsShownBeforeItIsSaved(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	c := s.customer("Harbour Coffee", func(c *tollkeeper.Customer) { c.Credit, c.CallRecording = 1000, true })
	s.user(tollkeeper.User{Email: "owner@example.com", Customer: c.ID}.WithAllRights())
	s.recorded(c, tone(800))
	staff, owner, at := s.signedIn(operatorEmail), s.ofCustomer("owner@example.com"), "/console/customers/"+c.ID.String()
	owner.get(at).has(at+"/retention", at+"/lock")
	owner.get(at+"/retention").is(200).has("12 months", "Show what would go").lacks("Legal hold")
	owner.post(at+"/retention", url.Values{"months": {"soon"}}).is(http.StatusUnprocessableEntity).has("must be a whole number")
	owner.post(at+"/retention", url.Values{"months": {"-1"}}).is(http.StatusUnprocessableEntity)
	owner.post(at+"/retention", url.Values{"months": {"3"}}).is(200).has("Keep for 3 months?", "Nothing that is there now would be deleted")
	owner.get(at + "/retention").has("12 months")
	owner.post(at+"/retention", url.Values{"months": {"3"}, "sure": {"1"}}).at(at+"/retention").has("Retention was saved", "3 months")

	owner.get(at + "/hold").is(200)
	owner.post(at+"/hold", url.Values{"reason": {"none"}}).is(http.StatusUnprocessableEntity)
	staff.post(at+"/hold", url.Values{"reason": {"order <7>"}}).at(at+"/retention").has("Nothing is deleted", "order &lt;7&gt;", "Lift the legal hold")
	owner.get(at + "/retention").lacks("order &lt;7&gt;")
	staff.post(at+"/hold", nil).at(at + "/retention").has("The hold was lifted")
}

func TestMediaOfACustomer(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	c := s.customer("Harbour Coffee", nil)
	s.user(tollkeeper.User{Email: "owner@example.com", Customer: c.ID}.WithAllRights())
	s.user(tollkeeper.User{Email: "reader@example.com", Customer: c.ID, PhonePermission: tollkeeper.PermissionRead, AdminPermission: tollkeeper.PermissionRead})
	owner, reader, at := s.ofCustomer("owner@example.com"), s.ofCustomer("reader@example.com"), "/console/customers/"+c.ID.String()
	owner.get(at+"/media").is(200).has("The carrier&#39;s", "Hold music")
	reader.get(at + "/media").is(200).lacks("Announce it")
	owner.post(at+"/media", url.Values{"consent": {"maybe"}}).is(http.StatusUnprocessableEntity)
	owner.post(at+"/media", url.Values{"consent": {"announce"}, "consentPrompt": {"notice-en"}}).at(at+"/media").has("notice-en", `value="announce" selected`)
	owner.get(at + "/transcripts").is(200).has("No transcript yet")
}

// upload posts a file as a form does.
func (v *visitor) upload(path, name string, content []byte) *answer {
	v.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile(name, "file")
	must(v.t, err)
	_, err = part.Write(content)
	must(v.t, err)
	must(v.t, form.Close())
	return v.send(http.MethodPost, path, body.String(), http.Header{"Content-Type": {form.FormDataContentType()}, "Sec-Fetch-Site": {"same-origin"}})
}

// TestLogo shows a logo that was uploaded in place of the initial, and none that is
// elsewhere.
func TestLogo(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	c := s.customer("Harbour Coffee", nil)
	owner, at := s.signedIn(operatorEmail), "/console/customers/"+c.ID.String()
	for _, elsewhere := range []string{"https://elsewhere.example/logo.png", "/media/logos/" + c.ID.String() + "/../../../console/sign-in", "/media/logos/" + c.ID.String() + "/" + c.ID.String() + "/../x"} {
		form := owner.get(at + "?field=logo")
		owner.post(at, url.Values{"field": {"logo"}, "logo": {elsewhere}, "etag": {etagOf(form.body)}}).at(at).has(`class="initial"`, elsewhere).lacks(`<img class="logo"`)
	}
	var picture bytes.Buffer
	must(t, png.Encode(&picture, image.NewNRGBA(image.Rect(0, 0, 60, 20))))
	owner.upload(at+"/logo", "picture", []byte("no picture")).is(http.StatusUnprocessableEntity).has(`id="fault-picture"`)
	owner.get(at + "/logo").at(at + "/media")
	owner.get(at + "/holdmusic").at(at + "/media")
	owner.upload(at+"/logo", "picture", picture.Bytes()).at(at+"/media").has("The logo was kept.", "Remove the logo")
	page := owner.get(at).has(`<img class="logo"`).lacks(`class="initial"`)
	_, rest, _ := strings.Cut(page.body, `<img class="logo" src="`)
	address, _, _ := strings.Cut(rest, `"`)
	if shown := owner.get(address).is(200); shown.header.Get("Content-Type") != "image/png" {
		t.Errorf("%s is %v", address, shown.header)
	}
	owner.post(at+"/logo/delete", nil).at(at + "/media").has("The logo was removed.").lacks("Remove the logo")
	owner.get(at).has(`class="initial"`)
}
