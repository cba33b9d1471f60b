package diameter

import (
	"bytes"
	"testing"

	"github.com/fiorix/go-diameter/v4/diam"
	"github.com/fiorix/go-diameter/v4/diam/avp"
	"github.com/fiorix/go-diameter/v4/diam/datatype"
	"github.com/fiorix/go-diameter/v4/diam/dict"
)

// FuzzDecode reads whatever a peer may send, and answers it.
func FuzzDecode(f *testing.F) {
	m := diam.NewRequest(diam.CreditControl, creditControl, dict.Default)
	m.AddAVP(diam.NewAVP(avp.SessionID, avp.Mbit, 0, datatype.UTF8String("s;1")))
	m.AddAVP(diam.NewAVP(avp.CCRequestType, avp.Mbit, 0, datatype.Enumerated(updateRequest)))
	m.AddAVP(unsigned(avp.CCRequestNumber, 1))
	m.AddAVP(grouped(avp.SubscriptionID, diam.NewAVP(avp.SubscriptionIDData, avp.Mbit, 0, datatype.UTF8String("tel:+1"))))
	m.AddAVP(grouped(avp.MultipleServicesCreditControl, unsigned(avp.RatingGroup, 1), grouped(avp.UsedServiceUnit, unsigned(avp.CCTime, 60))))
	m.AddAVP(grouped(avp.ProxyInfo, diam.NewAVP(avp.ProxyState, avp.Mbit, 0, datatype.OctetString("x"))))
	b, err := m.Serialize()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(b)
	f.Add([]byte{1, 0, 0, 28, 0x80, 0, 1, 16, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 7, 0x40, 0, 0, 0})
	p := &peer{door: Open(Config{Host: "ocs", Realm: "example"})}
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) < headerSize || len(b) > maxMessage {
			return
		}
		b = bytes.Clone(b[:len(b)&^3])
		copy(b, []byte{1, byte(len(b) >> 16), byte(len(b) >> 8), byte(len(b))}) // others get no further than the header
		m, err := read(bytes.NewReader(b))
		if err != nil {
			return
		}
		sharesApplication(m.AVP)
		q, err := ask(m)
		if err == nil && (q.used < 0 || q.used > maxUsed) {
			t.Errorf("%v used", q.used)
		}
		if _, err := p.creditAnswer(m, q, outcome{result: success, seconds: 60}).Serialize(); err != nil {
			t.Errorf("the answer cannot be written: %v", err)
		}
	})
}
