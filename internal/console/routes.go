package console

import "net/http"

// routes are all pages, by subject. A form is sent to the address it stands at.
func (c *Console) routes() {
	c.mux.Handle("GET /console/static/", c.files)
	c.mux.Handle("GET /console", http.RedirectHandler("/console/", http.StatusSeeOther))
	c.visitRoutes()
	c.customerRoutes()
	c.moneyRoutes()
	c.callRoutes()
	c.recordingRoutes()
	c.deckRoutes()
	c.barringRoutes()
	c.numberRoutes()
	c.accessRoutes()
	c.watchRoutes()
	c.startRoutes()
	c.open("/console/", func(v *visit) error {
		if v.user == nil {
			return errSignedOut
		}
		v.showError(http.StatusNotFound, v.t("No page has this address."))
		return nil
	})
}

// visitRoutes are about whoever looks: the session, the looks, the own record.
func (c *Console) visitRoutes() {
	c.open("/console/operator", (*visit).operatorPage)
	c.open("GET /console/sign-in", (*visit).signInPage)
	c.open("POST /console/sign-in", (*visit).signIn)
	c.open("/console/forgotten", (*visit).forgotten)
	c.open("POST /console/sign-out", (*visit).signOut)
	c.open("POST /console/theme", (*visit).setTheme)
	c.open("POST /console/language", (*visit).setLanguage)
	c.route("GET /console/confirm", (*visit).confirmPage)
	c.route("POST /console/confirm", (*visit).confirm)
	c.route("GET /console/me", func(v *visit) error { return v.redirect(userLink(v.user.Id)) })
	c.route("/console/password", (*visit).changePassword)
	c.route("/console/totp", (*visit).enrol)
	c.route("/console/totp/disable", (*visit).disableFactor)
	c.route("POST /console/views", (*visit).keepView)
	c.route("POST /console/views/delete", (*visit).deleteView)
}

// customerRoutes are the record of a customer and what is set beside it.
func (c *Console) customerRoutes() {
	c.route("GET /console/customers", (*visit).customersPage)
	c.route("GET /console/balances", (*visit).balancesPage)
	c.route("/console/customers/new", (*visit).newCustomer)
	c.route("/console/customers/{id}", (*visit).customerPage)
	c.route("/console/customers/{id}/limits", (*visit).limitsPage)
	c.route("POST /console/customers/{id}/ratedeck", (*visit).assignDeck)
	c.route("/console/customers/{id}/status", (*visit).changeStatus)
	c.route("/console/customers/{id}/media", (*visit).mediaPage)
	toMedia := func(v *visit) error { return v.redirect(customerLink(v.r.PathValue("id")) + "/media") }
	c.route("GET /console/customers/{id}/holdmusic", toMedia) // which a refused file leaves in the address bar
	c.route("GET /console/customers/{id}/logo", toMedia)
	c.upload("PUT /customers/{id}/holdmusic", "POST /console/customers/{id}/holdmusic", (*visit).uploadMusic)
	c.route("POST /console/customers/{id}/holdmusic/delete", (*visit).removeMusic)
	c.upload("PUT /customers/{id}/logo", "POST /console/customers/{id}/logo", (*visit).uploadLogo)
	c.route("POST /console/customers/{id}/logo/delete", (*visit).removeLogo)
	c.route("/console/customers/{id}/retention", (*visit).retentionPage)
	c.dangerous("/console/customers/{id}/hold", (*visit).changeHold)
	c.dangerous("/console/customers/{id}/delete", (*visit).deleteCustomer)
}

// moneyRoutes are credit, invoices and payments.
func (c *Console) moneyRoutes() {
	c.route("GET /console/customers/{id}/ledger", (*visit).ledgerPage)
	c.dangerous("/console/customers/{id}/ledger/new", (*visit).adjust)
	c.route("GET /console/customers/{id}/usage", (*visit).usagePage)
	c.route("/console/customers/{id}/billing", (*visit).billingPage)
	c.dangerous("/console/customers/{id}/refill", (*visit).refill)
	c.dangerous("/console/customers/{id}/methods/new", (*visit).newMethod)
	c.dangerous("/console/customers/{id}/methods/card", (*visit).setUpCard)
	c.route("GET /console/customers/{id}/methods/return", (*visit).setUpDone)
	c.route("POST /console/customers/{id}/methods/default", (*visit).defaultMethod)
	c.dangerous("/console/customers/{id}/methods/{method}/delete", (*visit).deleteMethod)

	c.route("GET /console/customers/{id}/invoices", (*visit).customerInvoicesPage)
	c.route("GET /console/invoices", (*visit).invoicesPage)
	c.route("GET /console/invoices/{id}", (*visit).invoicePage)
	c.route("GET /console/invoices/{id}/pdf", (*visit).invoicePDF)
	c.dangerous("/console/invoices/{id}/pay", (*visit).payInvoice)
	c.dangerous("/console/invoices/{id}/decide", (*visit).decideInvoice)

	c.route("GET /console/customers/{id}/payments", (*visit).customerPaymentsPage)
	c.route("GET /console/payments", (*visit).paymentsPage)
	c.route("GET /console/payments/{id}", (*visit).paymentPage)
	c.dangerous("/console/payments/{id}/record", (*visit).recordPayment)
	c.dangerous("/console/payments/{id}/cancel", (*visit).cancelPayment)
	c.dangerous("/console/payments/{id}/refund", (*visit).refundPayment)
}

// callRoutes are calls, from the decision to the record.
func (c *Console) callRoutes() {
	c.route("GET /console/customers/{id}/calls", (*visit).customerCallsPage)
	c.route("GET /console/calls", (*visit).callsPage)
	c.route("POST /console/calls/end", (*visit).endCall)
	c.route("/console/customers/{id}/check", (*visit).checkCall)
	c.route("GET /console/customers/{id}/decisions", (*visit).customerDecisionsPage)
	c.route("GET /console/decisions", (*visit).decisionsPage)
	c.route("GET /console/decisions/live", (*visit).watch)
	c.route("GET /console/customers/{id}/cdrs", (*visit).customerRecordsPage)
	c.route("GET /console/cdrs", (*visit).recordsPage)
	c.route("GET /console/cdrs/{id}", (*visit).recordPage)
}

// recordingRoutes are what was said in calls.
func (c *Console) recordingRoutes() {
	c.route("GET /console/customers/{id}/recordings", (*visit).customerRecordingsPage)
	c.route("GET /console/recordings", (*visit).recordingsPage)
	c.route("GET /console/recordings/{id}", (*visit).recordingPage)
	c.route("GET /console/recordings/{id}/audio", (*visit).playRecording)
	c.dangerous("/console/recordings/{id}/delete", (*visit).deleteRecording)
	c.route("GET /console/customers/{id}/transcripts", (*visit).customerTranscriptsPage)
	c.route("GET /console/transcripts", (*visit).transcriptsPage)
}

// deckRoutes are prices.
func (c *Console) deckRoutes() {
	c.route("GET /console/ratedecks", (*visit).decksPage)
	c.upload("PUT /ratedecks/{name}", "/console/upload", (*visit).uploadDeck)
	c.route("GET /console/ratedecks/{name}", (*visit).deckPage)
	c.route("GET /console/ratedecks/{name}/versions/{version}", (*visit).exportDeck)
	c.dangerous("/console/ratedecks/{name}/rollback", (*visit).rollBack)
	c.dangerous("/console/ratedecks/{name}/delete", (*visit).deleteDeck)
}

// barringRoutes are which numbers may be called.
func (c *Console) barringRoutes() {
	c.route("GET /console/customers/{id}/barrings", (*visit).customerBarringsPage)
	c.route("GET /console/barrings", (*visit).barringsPage)
	c.route("GET /console/barrings/plan", (*visit).barringPlanPage)
	c.route("/console/barrings/new", (*visit).newBarring)
	c.upload("POST /barrings/import", "/console/barrings/import", (*visit).importBarrings)
	c.route("GET /console/barrings/export", (*visit).exportBarrings)
	c.route("/console/barrings/{id}", (*visit).barringPage)
	c.route("/console/barrings/{id}/delete", (*visit).deleteBarring)
}

// numberRoutes are numbers, the trunks that calls come from, and port-outs.
func (c *Console) numberRoutes() {
	c.route("GET /console/customers/{id}/numbers", (*visit).customerNumbersPage)
	c.route("GET /console/numbers", (*visit).numbersPage)
	c.route("/console/numbers/new", (*visit).newNumber)
	c.upload("POST /numbers/import", "/console/numbers/import", (*visit).importNumbers)
	c.route("/console/numbers/{id}", (*visit).numberPage)
	c.dangerous("/console/numbers/{id}/release", (*visit).releaseNumber)
	c.dangerous("/console/numbers/{id}/delete", (*visit).deleteNumber)

	c.route("GET /console/customers/{id}/trunks", (*visit).customerTrunksPage)
	c.route("/console/customers/{id}/trunks/new", (*visit).newTrunk)
	c.route("GET /console/trunks", (*visit).trunksPage)
	c.route("/console/trunks/{id}", (*visit).trunkPage)
	c.dangerous("/console/trunks/{id}/delete", (*visit).deleteTrunk)

	c.route("/console/customers/{id}/porting", (*visit).portingPage)
	c.dangerous("/console/customers/{id}/lock", (*visit).changeLock)
	c.route("GET /console/callernames", (*visit).callerNamesPage)
	c.upload("PUT /callernames", "/console/callernames/import", (*visit).importCallerNames)
	c.route("GET /console/portouts", (*visit).portoutsPage)
	c.route("/console/portouts/new", (*visit).newPortout)
	c.route("/console/portouts/{id}", (*visit).portoutPage)
	c.route("/console/portouts/{id}/decision", (*visit).decidePortout)
	c.dangerous("/console/portouts/{id}/state", (*visit).movePortout)
}

// accessRoutes are who may come in: users, tokens.
func (c *Console) accessRoutes() {
	c.route("GET /console/customers/{id}/users", (*visit).customerUsersPage)
	c.route("GET /console/users", (*visit).usersPage)
	c.route("/console/users/new", (*visit).newUser)
	c.route("/console/users/{id}", (*visit).userPage)
	c.dangerous("/console/users/{id}/delete", (*visit).deleteUser)
	c.dangerous("/console/users/{id}/totp", (*visit).removeFactor)

	c.route("GET /console/customers/{id}/tokens", (*visit).customerTokensPage)
	c.route("GET /console/tokens", (*visit).tokensPage)
	c.dangerous("/console/tokens/new", (*visit).newToken)
	c.route("/console/tokens/{id}", (*visit).tokenPage)
	c.dangerous("/console/tokens/{id}/delete", (*visit).deleteToken)
}

// watchRoutes are what happened, who is told of it, and the server itself.
func (c *Console) watchRoutes() {
	c.route("GET /console/{$}", (*visit).overview)
	c.route("GET /console/customers/{id}/events", (*visit).customerEventsPage)
	c.route("GET /console/events", (*visit).eventsPage)
	c.route("GET /console/mails", (*visit).mailsPage)
	c.route("GET /console/mails/{id}", (*visit).mailPage)
	c.route("GET /console/customers/{id}/audit", (*visit).customerTrailPage)
	c.route("GET /console/audit", (*visit).trailPage)

	c.route("GET /console/customers/{id}/webhooks", (*visit).customerWebhooksPage)
	c.route("GET /console/webhooks", (*visit).webhooksPage)
	c.dangerous("/console/webhooks/new", (*visit).newWebhook)
	c.route("/console/webhooks/{id}", (*visit).webhookPage)
	c.dangerous("/console/webhooks/{id}/secret", (*visit).renewWebhookSecret)
	c.dangerous("/console/webhooks/{id}/delete", (*visit).deleteWebhook)
	c.route("/console/webhooks/{id}/deliveries", (*visit).deliveriesPage)

	c.route("GET /console/settings", (*visit).settingsPage)
	c.route("GET /console/jobs", (*visit).jobsPage)
	c.route("POST /console/jobs/run", (*visit).runJob)
}

// startRoutes are the first steps on a new server.
func (c *Console) startRoutes() {
	c.route("GET /console/start", (*visit).startPage)
	c.route("POST /console/start/leave", (*visit).leaveStart)
	c.route("/console/start/customer", (*visit).startCustomer)
	c.upload("PUT /ratedecks/{name}", "/console/start/deck", (*visit).startDeck)
	c.dangerous("/console/start/token", (*visit).startToken)
	c.route("GET /console/start/call", (*visit).startCall)
	c.route("GET /console/start/files/{name}", (*visit).switchFile)
}
