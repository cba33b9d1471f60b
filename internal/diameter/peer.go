package diameter

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/fiorix/go-diameter/v4/diam"
	"github.com/fiorix/go-diameter/v4/diam/avp"
	"github.com/fiorix/go-diameter/v4/diam/datatype"
	"github.com/fiorix/go-diameter/v4/diam/dict"
)

// peer is a connection, and who is at its other end.
type peer struct {
	door *Door
	conn net.Conn
	log  *slog.Logger
	at   netip.Addr
	host string     // its Origin-Host; "": it has not said hello yet
	out  sync.Mutex // guards writing

	slots   chan struct{} // a place for each of its requests under way
	pending sync.WaitGroup
}

// errOver ends a connection without a fault.
var errOver = errors.New("over")

// serve answers what a peer asks, until it leaves or the door is closed.
func (p *peer) serve() {
	defer p.pending.Wait()
	in := bufio.NewReader(p.conn)
	for {
		patience := idleTimeout
		if p.host == "" {
			patience = helloTimeout
		}
		if !p.awaits(patience) {
			return
		}
		if _, err := in.Peek(1); err != nil || p.host != "" && !p.awaits(messageTimeout) {
			return
		}
		m, err := read(in)
		if err == nil {
			err = p.take(m)
		}
		if err != nil {
			if err != errOver {
				p.door.Count(Garbled)
				p.log.Warn("diameter", "error", err.Error())
			}
			return
		}
	}
}

// awaits sets how long a peer may take to say something; false when the door is closed.
func (p *peer) awaits(patience time.Duration) bool {
	p.conn.SetReadDeadline(time.Now().Add(patience))
	return !p.door.isClosed()
}

// headerSize is the length of a message without AVPs (RFC 6733, section 3).
const headerSize = 20

// read reads the next message. Its length is judged before there is room made for it.
func read(in io.Reader) (m *diam.Message, err error) {
	header := make([]byte, headerSize)
	if _, err := io.ReadFull(in, header); err != nil {
		return nil, err
	}
	length := int(header[1])<<16 | int(header[2])<<8 | int(header[3])
	if header[0] != 1 || length < headerSize || length > maxMessage || length%4 != 0 {
		return nil, fmt.Errorf("a message of version %d and %d octets; version must be 1, the length 20 to %d", header[0], length, maxMessage)
	}
	whole := make([]byte, length)
	copy(whole, header)
	if _, err := io.ReadFull(in, whole[headerSize:]); err != nil {
		return nil, err
	}
	return decode(whole)
}

// decode reads a whole message. Of a command that nobody knows it reads the header only.
func decode(whole []byte) (m *diam.Message, err error) {
	defer func() {
		if fault := recover(); fault != nil { // what the library trips over must not stop the others
			m, err = nil, fmt.Errorf("a message that cannot be read: %v", fault)
		}
	}()
	h, err := diam.DecodeHeader(whole)
	if err != nil {
		return nil, err
	}
	if _, err := dict.Default.FindCommand(h.ApplicationID, h.CommandCode); err != nil {
		return diam.NewMessage(h.CommandCode, h.CommandFlags, h.ApplicationID, h.HopByHopID, h.EndToEndID, dict.Default), nil
	}
	return diam.ReadMessage(bytes.NewReader(whole), dict.Default)
}

// take acts on a message.
func (p *peer) take(m *diam.Message) error {
	if m.Header.CommandFlags&diam.RequestFlag == 0 {
		return nil // we ask nothing
	}
	if p.host == "" {
		if m.Header.CommandCode != diam.CapabilitiesExchange {
			return errors.New("a request before the exchange of capabilities")
		}
		return p.hello(m)
	}
	switch m.Header.CommandCode {
	case diam.CapabilitiesExchange:
		return p.hello(m)
	case diam.DeviceWatchdog:
		return p.send(p.answer(m, success))
	case diam.DisconnectPeer:
		p.send(p.answer(m, success))
		return errOver
	case diam.CreditControl:
		return p.credit(m)
	}
	return p.send(p.answer(m, unsupported))
}

// hello exchanges capabilities (RFC 6733, section 5.3).
func (p *peer) hello(m *diam.Message) error {
	host := text(m.AVP, avp.OriginHost, 0)
	result := uint32(success)
	switch {
	case host == "":
		result = missingAVP
	case len(p.door.Peers) > 0 && !slices.ContainsFunc(p.door.Peers, func(known string) bool { return strings.EqualFold(known, host) }):
		result = unknownPeer
	case !sharesApplication(m.AVP):
		result = noCommonApp
	}
	a := p.answer(m, result)
	add := func(code, flags, vendor uint32, v datatype.Type) {
		a.AddAVP(diam.NewAVP(code, uint8(flags), vendor, v))
	}
	if local, isTCP := p.conn.LocalAddr().(*net.TCPAddr); isTCP {
		add(avp.HostIPAddress, avp.Mbit, 0, datatype.Address(local.IP))
	}
	add(avp.VendorID, avp.Mbit, 0, datatype.Unsigned32(0))
	add(avp.ProductName, 0, 0, datatype.UTF8String("Tollkeeper"))
	add(avp.SupportedVendorID, avp.Mbit, 0, datatype.Unsigned32(tgpp))
	add(avp.AuthApplicationID, avp.Mbit, 0, datatype.Unsigned32(creditControl))
	a.AddAVP(grouped(avp.VendorSpecificApplicationID, unsigned(avp.VendorID, tgpp), unsigned(avp.AuthApplicationID, creditControl))) // some clients ask nobody without it
	if err := p.send(a); err != nil {
		return err
	}
	if result != success {
		p.door.Count(Unknown)
		p.log.Warn("diameter", "refused", host, "result", result)
		return errOver
	}
	p.host = host
	return nil
}

// sharesApplication reports whether a peer speaks of credit.
func sharesApplication(avps []*diam.AVP) bool {
	for _, a := range avps {
		switch a.Code {
		case avp.AuthApplicationID:
			if id, known := a.Data.(datatype.Unsigned32); known && (id == creditControl || id == relay) {
				return true
			}
		case avp.VendorSpecificApplicationID:
			if sharesApplication(within(a)) {
				return true
			}
		}
	}
	return false
}

// answer begins the answer to a request: who we are, and what became of it.
func (p *peer) answer(m *diam.Message, result uint32) *diam.Message {
	h := m.Header
	flags := h.CommandFlags & diam.ProxiableFlag
	if result < firstOfPermanents && result != success {
		flags |= diam.ErrorFlag
	}
	a := diam.NewMessage(h.CommandCode, flags, h.ApplicationID, h.HopByHopID, h.EndToEndID, m.Dictionary())
	if session := text(m.AVP, avp.SessionID, 0); session != "" {
		a.AddAVP(diam.NewAVP(avp.SessionID, avp.Mbit, 0, datatype.UTF8String(session)))
	}
	a.AddAVP(diam.NewAVP(avp.ResultCode, avp.Mbit, 0, datatype.Unsigned32(result)))
	a.AddAVP(diam.NewAVP(avp.OriginHost, avp.Mbit, 0, datatype.DiameterIdentity(p.door.Host)))
	a.AddAVP(diam.NewAVP(avp.OriginRealm, avp.Mbit, 0, datatype.DiameterIdentity(p.door.Realm)))
	for _, proxy := range m.AVP { // what agents on the way want back (RFC 6733, section 6.2)
		if proxy.Code == avp.ProxyInfo {
			a.AddAVP(proxy)
		}
	}
	return a
}

// send sends a message. A peer that does not read is left.
func (p *peer) send(m *diam.Message) error {
	b, err := m.Serialize()
	if err != nil {
		return err
	}
	p.out.Lock()
	defer p.out.Unlock()
	p.conn.SetWriteDeadline(time.Now().Add(messageTimeout))
	if _, err := p.conn.Write(b); err != nil {
		p.conn.Close()
		return errOver
	}
	return nil
}
