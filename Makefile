# Two commands do everything: `make run` and `make test`.

GO ?= go
export CGO_ENABLED ?= 0

SCHEMATHESIS_VERSION = 4.32.5
SCHEMATHESIS = $(CURDIR)/.cache/schemathesis-$(SCHEMATHESIS_VERSION)/bin/st

POCKETSPHINX_VERSION = 5.1.1
POCKETSPHINX = $(CURDIR)/.cache/pocketsphinx-$(POCKETSPHINX_VERSION)/bin/python

STANDARDWEBHOOKS_VERSION = 1.1.0
STANDARDWEBHOOKS = $(CURDIR)/.cache/standardwebhooks-$(STANDARDWEBHOOKS_VERSION)/bin/python

AXE_VERSION = 4.14.1
AXE = $(CURDIR)/.cache/axe-core-$(AXE_VERSION)/package/axe.min.js
SCREENSHOTS = $(CURDIR)/bin/screenshots

STRIPE_MOCK_VERSION = 0.203.0
STRIPE_MOCK = $(CURDIR)/.cache/stripe-mock-$(STRIPE_MOCK_VERSION)/stripe-mock

# The oldest and the newest PostgreSQL that are served, as Maven Central has them.
POSTGRESQL_VERSIONS = 14.22.0 18.4.0
POSTGRESQL_PLATFORM = linux-$(subst aarch64,arm64v8,$(subst x86_64,amd64,$(shell uname -m)))

# Programs that tests talk to, as Debian names them. Tests skip what they do not find.
PACKAGES = \
	postgresql \
	chromium \
	espeak-ng sox ffmpeg \
	exim4-daemon-light \
	freeradius-utils \
	kamailio \
	kamailio-extra-modules \
	kamailio-ims-modules \
	kamailio-utils-modules \
	kamailio-radius-modules \
	sip-tester \
	rtpengine-daemon \
	poppler-utils

.PHONY: run build test unit check bench doors soak clean postgresql-versions screenshot gallery console-bench axe schemathesis standardwebhooks pocketsphinx stripe-mock packages

run: ## start the server with something to look at
	$(GO) run ./cmd/tollkeeper serve --demo --data ./tollkeeper-data/demo

build: ## the program, as bin/tollkeeper
	$(GO) build -trimpath -o bin/tollkeeper ./cmd/tollkeeper

test: packages check axe schemathesis standardwebhooks pocketsphinx stripe-mock ## everything: checks, unit tests on both engines, simulation, crash tests
	$(GO) test $$($(GO) list ./... | grep -v /cmd/tollkeeper$$)
	$(GO) test -timeout 20m ./cmd/tollkeeper # by itself: it has programs talk in real time
	TOLLKEEPER_TEST_DATABASE=postgres $(GO) test -timeout 20m ./internal/store/... ./internal/api ./internal/billing ./internal/notify ./internal/media ./internal/transcription ./internal/simulation
	@if [ -x "$(SCHEMATHESIS)" ]; then SCHEMATHESIS="$(SCHEMATHESIS)" $(GO) test -count=1 -run TestDescriptionHolds ./cmd/tollkeeper; fi
	@if [ -x "$(STANDARDWEBHOOKS)" ]; then STANDARDWEBHOOKS="$(STANDARDWEBHOOKS)" $(GO) test -count=1 -run TestTheirLibrary ./internal/webhook; fi
	@if [ -f "$(AXE)" ]; then AXE="$(AXE)" SCREENSHOTS="$(SCREENSHOTS)" $(GO) test -count=1 -run TestPagesAreAccessible ./internal/console; fi
	@if [ -x "$(POCKETSPHINX)" ]; then POCKETSPHINX="$(POCKETSPHINX)" $(GO) test -count=1 -run 'TestRealEngine|TestSpeech' ./internal/transcription ./cmd/tollkeeper; fi
	@if [ -x "$(STRIPE_MOCK)" ]; then STRIPE_MOCK="$(STRIPE_MOCK)" $(GO) test -count=1 -run TestStripeMock ./internal/payment; fi
	$(GO) test -count=1 -timeout 20m ./internal/simulation -args -seeds 200
	@if command -v gcc >/dev/null 2>&1; then \
		CGO_ENABLED=1 $(GO) test -race -short -timeout 20m . ./client/... ./internal/ledger/... ./internal/store/... ./internal/api/... ./internal/jobs/... ./internal/simulation/...; \
	else echo "skipped: tests under the race detector, which needs gcc"; fi

unit: ## what needs nothing but Go, in about a minute
	$(GO) test -short ./...

check: ## formatting, vet, staticcheck
	@test -z "$$(gofmt -l .)" || { echo "not formatted:"; gofmt -l .; exit 1; }
	$(GO) vet ./...
	$(GO) tool staticcheck ./...

bench: ## the figures of docs/performance.md, in under five minutes; DATABASE=postgres://... measures on PostgreSQL
	$(GO) run ./internal/bench $(if $(DATABASE),--database '$(DATABASE)')

doors: ## how fast each door for switches is, in about a minute, on a machine that does nothing else
	@$(GO) test -count=1 -v -run 'DoorLoad|RedirectLoad|KamailioLoad' ./cmd/tollkeeper | grep -E '^ +[a-z_]+\.go:|^ *--- |^(ok|FAIL|panic)'

SOAK ?= 30m
soak: ## calls for half an hour at half load: does memory or latency grow? SOAK=5m is shorter, DATABASE as above
	$(GO) run ./internal/bench --only disk --soak $(SOAK) $(if $(DATABASE),--database '$(DATABASE)')

schemathesis: ## the program that tests the API's description, from PyPI
	@[ -x "$(SCHEMATHESIS)" ] || { python3 -m venv "$(dir $(SCHEMATHESIS)).." \
		&& "$(dir $(SCHEMATHESIS))pip" install --quiet --disable-pip-version-check schemathesis==$(SCHEMATHESIS_VERSION); } >/dev/null 2>&1 \
		|| echo "skipped: Schemathesis, which needs python3 with venv and PyPI"

screenshot: ## the picture of the console in README.md, from the demonstration's data, with Chromium
	SCREENSHOT="$(CURDIR)/docs/console.png" $(GO) test -count=1 -run TestScreenshot ./internal/console

gallery: ## pictures of all pages of the console with the demonstration's data, in bin/gallery, to be looked through
	GALLERY="$(CURDIR)/bin/gallery" $(GO) test -count=1 -timeout 30m -run TestGallery ./internal/console

console-bench: ## how quick the console is with 100,000 customers, and what 100 open ones cost
	$(GO) test -run '^$$' -bench 'Pages|OpenConsoles|Read' ./internal/console ./internal/balances

axe: ## the rules of accessibility that tests hold the console's pages to, from npm
	@[ -f "$(AXE)" ] || { mkdir -p "$(dir $(AXE)).." && cd "$(dir $(AXE)).." && npm pack --silent axe-core@$(AXE_VERSION) \
		&& tar xzf axe-core-$(AXE_VERSION).tgz; } >/dev/null 2>&1 \
		|| echo "skipped: axe-core, which needs npm and its registry"

pocketsphinx: ## a speech engine with its English model, from PyPI
	@[ -x "$(POCKETSPHINX)" ] || { python3 -m venv "$(dir $(POCKETSPHINX)).." \
		&& "$(dir $(POCKETSPHINX))pip" install --quiet --disable-pip-version-check pocketsphinx==$(POCKETSPHINX_VERSION); } >/dev/null 2>&1 \
		|| echo "skipped: PocketSphinx, which needs python3 with venv and PyPI"

standardwebhooks: ## the library that checks the signatures of webhooks, from PyPI
	@[ -x "$(STANDARDWEBHOOKS)" ] || { python3 -m venv "$(dir $(STANDARDWEBHOOKS)).." \
		&& "$(dir $(STANDARDWEBHOOKS))pip" install --quiet --disable-pip-version-check standardwebhooks==$(STANDARDWEBHOOKS_VERSION); } >/dev/null 2>&1 \
		|| echo "skipped: the library standardwebhooks, which needs python3 with venv and PyPI"

stripe-mock: ## Stripe's own stand-in, which checks the shape of requests, from the Go proxy
	@[ -x "$(STRIPE_MOCK)" ] || GOBIN="$(dir $(STRIPE_MOCK))" $(GO) install github.com/stripe/stripe-mock@v$(STRIPE_MOCK_VERSION) >/dev/null 2>&1 \
		|| echo "skipped: stripe-mock, which needs the Go proxy"

postgresql-versions: $(addprefix postgresql-,$(POSTGRESQL_VERSIONS)) ## the tests of the store and the API on the oldest and the newest PostgreSQL, from Maven

postgresql-%:
	@[ -x .cache/$@/bin/postgres ] || { mkdir -p .cache/$@ && cd .cache/$@ \
		&& mvn --quiet dependency:copy -DoutputDirectory=. -Dartifact=io.zonky.test.postgres:embedded-postgres-binaries-$(POSTGRESQL_PLATFORM):$* \
		&& unzip -p *.jar '*.txz' | tar xJ; }
	PATH="$(CURDIR)/.cache/$@/bin:$$PATH" TOLLKEEPER_TEST_DATABASE=postgres $(GO) test -count=1 -short ./internal/store ./internal/api

packages: ## what Debian has of the programs that tests talk to
	@missing=; for p in $(PACKAGES); do dpkg-query -W -f '$${Status}' $$p 2>/dev/null | grep -q 'ok installed' || missing="$$missing $$p"; done; \
	if [ -z "$$missing" ]; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then \
		echo "installing$$missing"; apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$missing >/dev/null; \
	else echo "skipped: tests that need these packages of Debian, or what they hold:$$missing"; fi

clean:
	rm -rf bin tollkeeper-data
