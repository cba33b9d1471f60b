package console_test

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"testing"
	"time"
)

// TestStreamEndsWithItsSession signs out while a page listens.
func TestStreamEndsWithItsSession(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("a stream looks at its session only now and then")
	}
	s := newSite(t)
	v := s.signedIn(operatorEmail)
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, "GET", s.url+"/console/decisions/live", nil)
	must(t, err)
	response, err := v.client.Do(request)
	must(t, err)
	defer response.Body.Close()
	lines := bufio.NewReader(response.Body)
	if _, err := lines.ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	v.post("/console/sign-out", nil).at("/console/sign-in")
	for err == nil {
		_, err = lines.ReadString('\n')
	}
	if err != io.EOF {
		t.Errorf("the stream of a session that was ended goes on: %v", err)
	}
}
