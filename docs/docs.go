// Package docs holds the configurations of switches that the documents describe, so that
// the program can hand them out.
package docs

import _ "embed"

//go:embed kamailio/kamailio.cfg
var kamailio string

//go:embed opensips/opensips.cfg
var opensips string

// Switches are the configurations by the names of their files. They stand for a server
// at http://127.0.0.1:8080 and the token tk_your_token.
var Switches = map[string]string{"kamailio.cfg": kamailio, "opensips.cfg": opensips}
