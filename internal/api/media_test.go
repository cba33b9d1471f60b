package api_test

import (
	"bytes"
	"image"
	"image/color"
	"image/gif"
	"image/png"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestHoldMusic uploads music, which a call's decision then names; there is no ffmpeg
// in this server, so that it stays as it is.
func TestHoldMusic(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	customer := s.customer(t, `"holdMusic":1`)
	inbound := func(id string) string {
		decision := s.ask(t, "POST /calls", `{"callId":"`+id+`","customer":"`+customer+`","direction":"inbound","from":"+12125550100","to":"+12125550123"}`)
		return member(t, decision, "media", "holdMusic").(string)
	}
	if got := inbound("before"); got != holdMusic {
		t.Errorf("before the upload: %s", got)
	}
	music := sound(4000)
	if a := s.do(t, "PUT /customers/"+customer+"/holdmusic", "no music at all", bytesHeader); a.status != http.StatusBadRequest {
		t.Errorf("no music: %d %s", a.status, a.body)
	}
	s.do(t, "PUT /customers/"+customer+"/holdmusic", music, bytesHeader).expect(t, 200, `{"customer":"`+customer+`","consent":"none","ownMusic":true,"notes":[]}`)
	address := inbound("after")
	path := strings.TrimPrefix(address, "https://people.example.com")
	a := s.do(t, "GET "+path, "", "Authorization:")
	if a.body != music || a.header.Get("Content-Type") != "audio/wav" || a.header.Get("Cache-Control") != "private, max-age=604800, immutable" {
		t.Errorf("fetched %d %v with %d bytes", a.status, a.header, len(a.body))
	}
	s.clock.advance(time.Hour)
	if again := inbound("later"); again != address {
		t.Errorf("the address has changed to %s", again)
	}
	unsigned, _, _ := strings.Cut(path, "?")
	if a := s.do(t, "GET "+unsigned, ""); a.status != http.StatusForbidden {
		t.Errorf("without a signature: %d", a.status)
	}
	s.ask(t, "PUT /customers/"+customer+"/holdmusic", sound(100), bytesHeader)
	if a := s.do(t, "GET "+path, ""); a.status != http.StatusNotFound {
		t.Errorf("what was replaced: %d", a.status)
	}
	s.ask(t, "DELETE /customers/"+customer+"/holdmusic", "")
	if got := inbound("end"); got != holdMusic {
		t.Errorf("after its deletion: %s", got)
	}
}

// TestLogo takes pictures, and nothing that came with them.
func TestLogo(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	customer := s.customer(t, "")
	picture := image.NewPaletted(image.Rect(0, 0, 40, 30), color.Palette{color.White, color.Black})
	var small, large bytes.Buffer
	must(t, gif.Encode(&small, picture, nil))
	must(t, png.Encode(&large, image.NewGray(image.Rect(0, 0, 2049, 1))))
	small.WriteString("<script>alert(1)</script>")
	put := func(body string) answer {
		return s.do(t, "PUT /customers/"+customer+"/logo", body, "Content-Type: image/gif")
	}
	for name, body := range map[string]string{
		"SVG": `<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`, "too wide": large.String(), "nothing": "",
		"a bomb":  "GIF89a\xFF\xFF\xFF\xFF\x00\x00\x00",
		"cut off": small.String()[:20], "too large": strings.Repeat("x", 2<<20+1),
	} {
		if a := put(body); a.status != http.StatusBadRequest {
			t.Errorf("%s: %d %s", name, a.status, a.body)
		}
	}
	record := put(small.String())
	address, _ := member(t, record.body, "logo").(string)
	path := strings.TrimPrefix(address, "https://people.example.com")
	if record.status != http.StatusOK || path == address {
		t.Fatalf("answered %d %s", record.status, record.body)
	}
	a := s.do(t, "GET "+path, "", "Authorization:", "Accept: image/*")
	shown, err := png.Decode(strings.NewReader(a.body))
	if err != nil || shown.Bounds().Dx() != 40 || strings.Contains(a.body, "script") || a.header.Get("Content-Type") != "image/png" {
		t.Errorf("shown %v %v", a.header, err)
	}
	if got := s.ask(t, "DELETE /customers/"+customer+"/logo", ""); strings.Contains(got, `"logo"`) {
		t.Errorf("after its deletion: %s", got)
	}
	if a := s.do(t, "GET "+path, ""); a.status != http.StatusNotFound {
		t.Errorf("after its deletion it is shown: %d", a.status)
	}
}

// TestCustomerMedia changes what a customer wants, and tells what has no effect.
func TestCustomerMedia(t *testing.T) {
	t.Parallel()
	s := newServer(t)
	customer := s.customer(t, `"credit":1000,"callRecording":1`)
	s.deck(t, "default", callDeck)
	s.run(t, []row{
		{request: "GET /customers/{customer}/media", want: `{"customer":"{customer}","consent":"none","ownMusic":false,"notes":[]}`},
		{request: "PATCH /customers/{customer}/media", body: `{"consent":"ask","consentPrompt":"ours"}`,
			want: `{"customer":"{customer}","consent":"ask","consentPrompt":"ours","ownMusic":false,"notes":[]}`},
		{request: "PATCH /customers/{customer}/media", body: `{"consentPrompt":null}`,
			want: `{"customer":"{customer}","consent":"ask","ownMusic":false,"notes":[]}`},
		{request: "PATCH /customers/{customer}/media", body: `{"consent":"never","prompt":"x"}`, status: 400,
			want: invalid(`consent: must be "none" or "announce" or "ask"`, "prompt: is not known here")},
	}, "{customer}", customer)
	decision := s.ask(t, "POST /calls", `{"callId":"c","customer":"`+customer+`","direction":"outbound","to":"+12125550123"}`)
	if got := member(t, decision, "media", "consent"); got != "ask" {
		t.Errorf("the switch is told %v", got)
	}
	if record := s.ask(t, "POST /calls/c/end", `{"durationSeconds":1}`); member(t, record, "media", "consent") != "ask" || member(t, record, "media", "consentPrompt") != "notice" {
		t.Errorf("the record says %s", record)
	}
	s.ask(t, "PATCH /customers/"+customer, `{"mediaBypass":1}`)
	const note = "mediaBypass has no effect while callRecording is 1"
	for _, request := range []string{"GET /customers/" + customer + "/media", "GET /customers/" + customer + "/audit?action=customer.patch", "GET /events?type=customer.updated"} {
		if got := s.ask(t, request, ""); strings.Count(got, note) != 1 {
			t.Errorf("%s answers %s", request, got)
		}
	}
}
