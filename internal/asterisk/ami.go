package asterisk

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/textproto"
	"strings"
	"time"
)

// manager is a connection to Asterisk's manager interface.
type manager struct {
	conn   net.Conn
	limit  *io.LimitedReader
	reader *textproto.Reader
}

// message is an event, or the response to an action.
type message textproto.MIMEHeader

func (m message) value(name string) string { return textproto.MIMEHeader(m).Get(name) }

// channelVariable returns a variable of the event's channel, which channelvars in
// manager.conf has it carry.
func (m message) channelVariable(name string) string {
	for _, pair := range textproto.MIMEHeader(m).Values("ChanVariable") {
		if value, ok := strings.CutPrefix(pair, name+"="); ok {
			return value
		}
	}
	return ""
}

// Limits of the connection. An Asterisk that breaks them is cut off.
const (
	dialTimeout  = 5 * time.Second
	writeTimeout = 5 * time.Second
	maxMessage   = 256 << 10 // bytes
	pingEvery    = 20 * time.Second
	quietTimeout = 65 * time.Second
)

// dial connects and logs in. The error does not repeat the secret.
func dial(ctx context.Context, address, username, secret string) (*manager, error) {
	conn, err := (&net.Dialer{Timeout: dialTimeout}).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	m := &manager{conn: conn, limit: &io.LimitedReader{R: conn}}
	m.reader = textproto.NewReader(bufio.NewReader(m.limit))
	conn.SetDeadline(time.Now().Add(dialTimeout))
	if err := m.login(username, secret); err != nil {
		conn.Close()
		return nil, err
	}
	conn.SetDeadline(time.Time{})
	return m, nil
}

func (m *manager) login(username, secret string) error {
	m.limit.N = maxMessage
	banner, err := m.reader.ReadLine()
	if err != nil {
		return fmt.Errorf("wait for the banner: %w", err)
	}
	if !strings.HasPrefix(banner, "Asterisk Call Manager/") {
		return errors.New("the peer is no manager interface")
	}
	if err := m.action("Login", "Username", username, "Secret", secret, "Events", "call,cdr"); err != nil {
		return err
	}
	for {
		reply, err := m.read()
		if err != nil {
			return err
		}
		switch reply.value("Response") {
		case "Success":
			return nil
		case "Error":
			return fmt.Errorf("the login was refused: %s", reply.value("Message"))
		}
	}
}

// read reads one message.
func (m *manager) read() (message, error) {
	m.limit.N = maxMessage
	header, err := m.reader.ReadMIMEHeader()
	if m.limit.N <= 0 {
		err = errors.New("a message is longer than 256 KiB")
	}
	return message(header), err
}

// next waits for the next message, at most quietTimeout.
func (m *manager) next() (message, error) {
	m.conn.SetReadDeadline(time.Now().Add(quietTimeout))
	return m.read()
}

// action asks for something. Its response comes with the events.
func (m *manager) action(name string, fields ...string) error {
	var b strings.Builder
	b.WriteString("Action: " + name + "\r\n")
	for i := 0; i < len(fields); i += 2 {
		b.WriteString(fields[i] + ": " + oneLine.Replace(fields[i+1]) + "\r\n")
	}
	b.WriteString("\r\n")
	m.conn.SetWriteDeadline(time.Now().Add(writeTimeout))
	_, err := io.WriteString(m.conn, b.String())
	return err
}

// oneLine keeps a value from beginning another field.
var oneLine = strings.NewReplacer("\r", "", "\n", "")

func (m *manager) close() { m.conn.Close() }
