package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"tollkeeper/internal/bench/load"
)

// session is a signed-in connection, for what is not measured, and the maker of
// requests for what is.
type session struct {
	conn  *load.Conn
	token string
}

// signIn opens a session with a server.
func signIn(address string) (*session, error) {
	conn, err := load.Dial(address)
	if err != nil {
		return nil, err
	}
	s := &session{conn: conn}
	var answer struct{ AccessToken string }
	login := fmt.Sprintf(`{"strategy":"local","email":%q,"password":%q}`, adminEmail, adminPassword)
	if err := s.fetch(s.request("POST", "/authentication", login), &answer); err != nil {
		conn.Close()
		return nil, err
	}
	s.token = answer.AccessToken
	return s, nil
}

// serve runs the nodes on a folder for as long as work takes, and stops them.
func (b *bench) serve(ctx context.Context, folder string, work func(*system, *session) error) (err error) {
	measured := &system{folder: folder, postmaster: b.databases.postmaster(ctx)}
	for i := range b.settings.nodes {
		place := folder
		if i > 0 {
			place = fmt.Sprintf("%s.node%d", folder, i+1)
		}
		s, startErr := b.start(ctx, place)
		if startErr != nil {
			return startErr
		}
		defer func() { err = errors.Join(err, s.stop()) }()
		measured.processes, measured.addresses = append(measured.processes, s.process), append(measured.addresses, s.address)
	}
	session, err := signIn(measured.addresses[0])
	if err != nil {
		return err
	}
	defer session.close()
	return work(measured, session)
}

func (s *session) close() { s.conn.Close() }

// request makes a request with a JSON body, or without one.
func (s *session) request(method, target, body string) load.Request {
	m := load.Message{Method: method, Target: target, Token: s.token}
	if body != "" {
		m.ContentType, m.Body = "application/json", []byte(body)
	}
	return m.Request()
}

// fetch sends a request and decodes the answer.
func (s *session) fetch(r load.Request, answer any) error {
	body, err := s.conn.Expect(r)
	if err != nil {
		return err
	}
	return json.Unmarshal(body, answer)
}

// total is how many records a find has on all its pages.
func (s *session) total(target string) (int64, error) {
	var page struct{ Total int64 }
	err := s.fetch(s.request("GET", target, ""), &page)
	return page.Total, err
}
