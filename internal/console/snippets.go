package console

import (
	"encoding/xml"
	"io"
	"net/http"
	"strings"
)

// switchSnippet is what connects a kind of switch to this server.
type switchSnippet struct {
	Name, Help string
	Text       string // to paste
	File       string // address of a whole configuration to fetch; "" for none
}

// What stands for the server and the token in the configurations of switches.
const (
	exampleServer = "http://127.0.0.1:8080"
	exampleToken  = "tk_your_token"
)

// switchToken is the token that was made in the first steps, or what stands for one.
func (v *visit) switchToken(s start) string {
	if s.Token == "" {
		return exampleToken
	}
	return s.Token
}

// snippets are what connects the switches that need no more than a configuration.
func (v *visit) snippets(token string) []switchSnippet {
	fill := strings.NewReplacer(exampleServer, v.Address, exampleToken, token)
	quoted := strings.NewReplacer(exampleServer, escapeXML(v.Address), exampleToken, escapeXML(token))
	file := func(name string) string {
		if _, there := v.Switches[name]; !there {
			return ""
		}
		return "/console/start/files/" + name
	}
	return []switchSnippet{
		{"Kamailio", v.t("These lines are the top of a whole configuration, which the file is, filled in with the address and the token."), fill.Replace(kamailioLines), file("kamailio.cfg")},
		{"OpenSIPS", v.t("These lines are settings of a whole configuration, which the file is, filled in with the address and the token."), fill.Replace(opensipsLines), file("opensips.cfg")},
		{"FreeSWITCH", v.t("This is autoload_configs/xml_curl.conf.xml. Calls of customers arrive in the context customers, and go on in the context route when they may; docs/freeswitch.md has both."), quoted.Replace(freeswitchLines), ""},
		{"Asterisk", v.t("Start the server with the setting asterisk-listen at 127.0.0.1:4573, and put this into extensions.conf."), asteriskLines, ""},
	}
}

const kamailioLines = `#!substdef "!TOLLKEEPER!http://127.0.0.1:8080!g"
#!substdef "!TOKEN!tk_your_token!g"
`

const opensipsLines = `	$var(tollkeeper) = "http://127.0.0.1:8080";
	$var(token) = "tk_your_token";
`

const freeswitchLines = `<configuration name="xml_curl.conf">
  <bindings>
    <binding name="tollkeeper">
      <param name="gateway-url" value="http://127.0.0.1:8080/freeswitch/dialplan?context=customers&amp;next=route" bindings="dialplan"/>
      <param name="gateway-credentials" value="freeswitch:tk_your_token"/>
      <param name="auth-scheme" value="basic"/>
      <param name="timeout" value="2"/>
      <param name="enable-cacert-check" value="true"/>
      <param name="enable-ssl-verifyhost" value="true"/>
    </binding>
  </bindings>
</configuration>
`

const asteriskLines = `[customers]
exten => _[0-9+].,1,Set(CHANNEL(hangup_handler_push)=tollkeeper,end,1)
 same => n,AGI(agi://127.0.0.1:4573/authorize?source=${CHANNEL(pjsip,remote_addr)})
 same => n,GotoIf($["${TOLLKEEPER_DECISION}" = "allow"]?go)
 same => n,GotoIf($["${TOLLKEEPER_DECISION}" = "deny"]?refuse)
 same => n,GotoIf($[${REGEX("^(911|112|999|988|933)$" ${EXTEN})}]?emergency)
 same => n,Hangup(34)
 same => n(refuse),Hangup(${TOLLKEEPER_CAUSE})
 same => n(emergency),Dial(PJSIP/${EXTEN}@carrier)
 same => n,Hangup()
 same => n(go),Dial(PJSIP/${TOLLKEEPER_TO}@carrier)
 same => n,Hangup()

[tollkeeper]
exten => end,1,AGI(agi://127.0.0.1:4573/end)
 same => n,Return()
`

func escapeXML(s string) string {
	var b strings.Builder
	xml.EscapeText(&b, []byte(s)) // a Builder takes everything
	return b.String()
}

// switchFile hands out a whole configuration of a switch, filled in.
func (v *visit) switchFile() error {
	name := v.r.PathValue("name")
	content, there := v.Switches[name]
	if !there || !v.may("POST /usertokens") {
		v.showError(http.StatusNotFound, v.t("No page has this address."))
		return nil
	}
	filled := strings.NewReplacer(exampleServer, v.Address, exampleToken, v.switchToken(v.started()))
	return v.handOut("text/plain; charset=utf-8", name, func(w io.Writer) error {
		_, err := filled.WriteString(w, content)
		return err
	})
}
