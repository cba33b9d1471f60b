package console

import "tollkeeper/client"

func trunkLink(id string) string { return "/console/trunks/" + id }

var (
	trunkStates = []option{{"active", "In use"}, {"inactive", "Out of use"}}
	trunkTones  = map[string]string{"active": "good", "inactive": "quiet"}
)

// trunks are where customers' calls come from; the API calls them servers.
func (v *visit) trunks() list[client.Server] {
	return list[client.Server]{
		Name: "trunks", Search: "Name, address or digest user", Find: v.api.Servers.Find, All: v.api.Servers.All,
		Empty: "No trunk yet. A switch may ask about calls by where they come from once there is one.",
		Link:  func(s client.Server) string { return trunkLink(s.Id) },
		Names: func(s client.Server) (string, []string) { return s.Customer, nil },
		Columns: []column[client.Server]{
			{Key: "name", Title: "Name", Cut: true, Cell: func(v *visit, s client.Server) cell { return link(s.Name, trunkLink(s.Id)) }},
			customerColumn(func(s client.Server) string { return s.Customer }),
			{Key: "status", Title: "State", Cell: func(v *visit, s client.Server) cell { return v.named(string(s.Status), trunkStates, trunkTones) }},
			{Key: "host", Title: "Address", Cut: true, Cell: func(v *visit, s client.Server) cell { return code(s.Host) }},
			{Key: "digestUser", Title: "Digest user", Cut: true, Cell: func(v *visit, s client.Server) cell { return code(s.DigestUser) }},
			{Key: "callerId", Title: "Calling number", Cell: func(v *visit, s client.Server) cell { return code(s.CallerId) }},
			{Key: "maxConcurrentCalls", Title: "Calls at once", Number: true, Cell: func(v *visit, s client.Server) cell { return v.limit(s.MaxConcurrentCalls) }},
			{Key: "maxOutboundCallRate", Title: "Calls/s", Number: true, Cell: func(v *visit, s client.Server) cell { return v.limit(s.MaxOutboundCallRate) }},
			{Key: "createdAt", Title: "Created", Extra: true, Cell: func(v *visit, s client.Server) cell { return v.time(s.CreatedAt) }},
			{Key: "_id", Title: "Id", Extra: true, Cell: func(v *visit, s client.Server) cell { return code(s.Id) }},
		},
		Filters: []filter{{Field: "status", Title: "State", Kind: oneOf, Choices: trunkStates}, {Field: "host", Title: "Address", Kind: exactly}},
	}
}

// limit is a number of which 0 is none.
func (v *visit) limit(n int) cell {
	if n == 0 {
		return cell{Text: v.t("no limit"), Off: true, Plain: "0"}
	}
	return plain(v.count(int64(n))).raw(itoa(int64(n)))
}

func (v *visit) trunksPage() error {
	l := v.trunks()
	return showList(v, &l, listPage{Title: v.t("Trunks")})
}

func (v *visit) customerTrunksPage() error {
	id := v.r.PathValue("id")
	return showWithin(v, within(v.trunks(), id), "/trunks", action{"POST /servers", "New trunk", customerLink(id) + "/trunks/new"})
}

func (v *visit) trunkFields(s *client.Server) []field {
	port := ""
	if s.Port != 0 {
		port = itoa(int64(s.Port))
	}
	return []field{
		{Name: "name", Label: v.t("Name"), Kind: "text", Value: s.Name, Required: true, Help: v.t("1 to 45 characters.")},
		{Name: "status", Label: v.t("State"), Kind: "select", Choices: v.options(string(s.Status), trunkStates...)},
		{Name: "host", Label: v.t("Address"), Kind: "text", Value: s.Host, Placeholder: "192.0.2.10", Help: v.t("Address or network that its calls come from.")},
		{Name: "port", Label: v.t("Port"), Kind: "number", Value: port, Help: v.t("Empty: any.")},
		{Name: "callerId", Label: v.t("Calling number"), Kind: "tel", Value: s.CallerId, Help: v.t("Of its outbound calls; empty: as the switch says.")},
		{Name: "digestUser", Label: v.t("Digest user"), Kind: "text", Value: s.DigestUser, Autocomplete: "off"},
		{Name: "digestPassword", Label: v.t("Digest password"), Kind: "password", Autocomplete: "new-password", Help: v.t("8 to 255 characters; only hashes of it are kept. Empty: as it is.")},
		{Name: "maxConcurrentCalls", Label: v.t("Calls at once"), Kind: "number", Value: itoa(int64(s.MaxConcurrentCalls)), Help: v.t("0: no limit but the customer's.")},
		{Name: "maxOutboundCallRate", Label: v.t("New outbound calls per second"), Kind: "number", Value: itoa(int64(s.MaxOutboundCallRate)), Help: v.t("0: no limit but the customer's.")},
	}
}

// trunkTyped reads the numbers of the form.
func (v *visit) trunkTyped(f *form) (port, calls, rate int) {
	for name, into := range map[string]*int{"port": &port, "maxConcurrentCalls": &calls, "maxOutboundCallRate": &rate} {
		if typed := v.typed(name); typed != "" {
			n, ok := readInt(typed)
			if *into = int(n); !ok {
				f.fault(name, v.t("must be a whole number"))
			}
		}
	}
	return port, calls, rate
}

func (v *visit) newTrunk() error {
	id, key := v.r.PathValue("id"), v.onceKey()
	f := form{Title: v.t("New trunk"), Submit: v.t("Create trunk"), Fields: v.trunkFields(&client.Server{Status: client.ServerActive}), Hidden: []pair{{"key", key}}}
	return v.ask(f, crumb{v.t("Trunks"), customerLink(id) + "/trunks"}, func(f *form) (string, error) {
		port, calls, rate := v.trunkTyped(f)
		if f.wrong() {
			return "", nil
		}
		typed := v.r.PostFormValue
		made, err := v.api.Servers.Create(v.ctx(), client.ServerCreate{
			Name: typed("name"), Customer: id, Status: client.ServerStatus(typed("status")), Host: typed("host"), Port: port, CallerId: typed("callerId"),
			DigestUser: typed("digestUser"), DigestPassword: typed("digestPassword"), MaxConcurrentCalls: calls, MaxOutboundCallRate: rate,
		}, client.IdempotencyKey(key))
		if err != nil {
			return "", err
		}
		return v.t("%s was created.", made.Name), nil
	})
}

func (v *visit) trunkPage() error {
	s, err := v.api.Servers.Get(v.ctx(), v.r.PathValue("id"))
	if err != nil {
		return err
	}
	p := detailPage{Title: s.Name, Badge: v.named(string(s.Status), trunkStates, trunkTones), Back: v.listOf(s.Customer, "Trunks", "/trunks")}
	if v.may("PATCH /servers/{id}") {
		f := form{Title: v.t("Change"), Action: trunkLink(s.Id), Submit: v.t("Save"), Fields: v.trunkFields(s), Hidden: []pair{{"etag", s.ETag}}}
		if v.posted() {
			f.refill(v.r)
			if err := v.changeTrunk(&f, s); err != nil || !f.wrong() {
				return err
			}
		}
		p.Forms = []form{f}
	}
	if v.customerNames, err = v.accounts(s.Customer); err != nil {
		return err
	}
	p.Actions = v.actions(action{"DELETE /servers/{id}", "Delete", trunkLink(s.Id) + "/delete"})
	port := v.t("any")
	if s.Port != 0 {
		port = itoa(int64(s.Port))
	}
	p.Groups = []detailGroup{{v.t("Trunk"), []detail{
		{v.t("Customer"), v.customer(s.Customer), ""}, {v.t("Address"), code(s.Host), ""}, {v.t("Port"), plain(port), ""}, {v.t("Calling number"), code(s.CallerId), ""},
		{v.t("Digest user"), code(s.DigestUser), s.DigestRealm}, {v.t("Calls at once"), v.limit(s.MaxConcurrentCalls), ""}, {v.t("New outbound calls per second"), v.limit(s.MaxOutboundCallRate), ""},
		{v.t("Created"), v.time(s.CreatedAt), ""}, {v.t("Id"), code(s.Id), ""},
	}}}
	return v.showDetail(p)
}

func (v *visit) changeTrunk(f *form, s *client.Server) error {
	port, calls, rate := v.trunkTyped(f)
	if f.wrong() {
		return nil
	}
	typed := v.r.PostFormValue
	changes := client.ServerPatch{
		Name: client.Set(typed("name")), Status: client.Set(client.ServerStatus(typed("status"))), Host: optionalText(typed("host")), CallerId: optionalText(typed("callerId")),
		DigestUser: optionalText(typed("digestUser")), Port: client.Set(port), MaxConcurrentCalls: client.Set(calls), MaxOutboundCallRate: client.Set(rate),
	}
	if port == 0 {
		changes.Port = client.Null[int]()
	}
	if password := typed("digestPassword"); password != "" {
		changes.DigestPassword = client.Set(password)
	}
	if _, err := v.api.Servers.Patch(v.ctx(), s.Id, changes, client.IfMatch(typed("etag"))); err != nil {
		return f.blame(err)
	}
	return v.done(trunkLink(s.Id), v.t("%s was saved.", typed("name")))
}

func (v *visit) deleteTrunk() error {
	s, err := v.api.Servers.Get(v.ctx(), v.r.PathValue("id"))
	if err != nil {
		return err
	}
	f := form{Title: v.t("Delete the trunk %s?", s.Name), Intro: v.t("Calls that come from it are nobody's any more, and are refused."), Submit: v.t("Delete trunk"), Cancel: trunkLink(s.Id)}
	return v.sure(f, crumb{v.t("Trunks"), customerLink(s.Customer) + "/trunks"}, func() error {
		_, err := v.api.Servers.Remove(v.ctx(), s.Id)
		return err
	}, v.t("%s was deleted.", s.Name))
}
