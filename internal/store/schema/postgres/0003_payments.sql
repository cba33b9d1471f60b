-- How a customer is billed, and how far it was.
CREATE TABLE billing (
  customer BYTEA PRIMARY KEY,
  company TEXT COLLATE "C" NOT NULL,
  line1 TEXT COLLATE "C" NOT NULL,
  line2 TEXT COLLATE "C" NOT NULL,
  city TEXT COLLATE "C" NOT NULL,
  state TEXT COLLATE "C" NOT NULL,
  postal_code TEXT COLLATE "C" NOT NULL,
  country TEXT COLLATE "C" NOT NULL,
  tax_id TEXT COLLATE "C" NOT NULL,
  tax_exempt BIGINT NOT NULL,
  timezone TEXT COLLATE "C" NOT NULL,
  receivable BIGINT NOT NULL, -- invoiced and not paid
  through BYTEA NOT NULL, -- newest entry of the ledger that was invoiced or stated
  carry BIGINT NOT NULL, -- fraction of a cent of the usage up to it
  usage_from BIGINT NOT NULL, -- end of the usage that was invoiced
  period_from BIGINT NOT NULL, -- begin of the month to invoice next
  next_at BIGINT NOT NULL -- its end
);
CREATE INDEX billing_next_at ON billing (next_at);

-- What is to be done for a customer's money, written with what makes it necessary.
CREATE TABLE billing_tasks (
  customer BYTEA NOT NULL,
  task TEXT COLLATE "C" NOT NULL, -- 'refill' or 'invoice'
  next_at BIGINT NOT NULL, -- 0: not before something changes
  declines BIGINT NOT NULL, -- in a row
  failure TEXT COLLATE "C" NOT NULL, -- told of last
  PRIMARY KEY (customer, task)
);
CREATE INDEX billing_tasks_due ON billing_tasks (next_at) WHERE next_at > 0;

CREATE TABLE payment_methods (
  customer BYTEA NOT NULL,
  id BYTEA NOT NULL,
  provider TEXT COLLATE "C" NOT NULL,
  kind TEXT COLLATE "C" NOT NULL,
  label TEXT COLLATE "C" NOT NULL,
  last4 TEXT COLLATE "C" NOT NULL,
  exp_month BIGINT NOT NULL,
  exp_year BIGINT NOT NULL,
  is_default BIGINT NOT NULL,
  account TEXT COLLATE "C" NOT NULL,
  reference TEXT COLLATE "C" NOT NULL,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL,
  PRIMARY KEY (customer, id)
);
CREATE INDEX payment_methods_id ON payment_methods (id);
CREATE UNIQUE INDEX payment_methods_default ON payment_methods (customer) WHERE is_default = 1;
CREATE UNIQUE INDEX payment_methods_reference ON payment_methods (customer, provider, reference) WHERE reference <> '';

-- Customers as providers know them.
CREATE TABLE payment_accounts (
  customer BYTEA NOT NULL,
  provider TEXT COLLATE "C" NOT NULL,
  account TEXT COLLATE "C" NOT NULL,
  PRIMARY KEY (customer, provider)
);

CREATE TABLE payments (
  customer BYTEA NOT NULL,
  id BYTEA NOT NULL,
  purpose TEXT COLLATE "C" NOT NULL,
  invoice BYTEA,
  method BYTEA,
  provider TEXT COLLATE "C" NOT NULL,
  amount BIGINT NOT NULL CHECK (amount > 0), -- cents, with tax
  tax BIGINT NOT NULL,
  taxes TEXT COLLATE "C" NOT NULL, -- JSON
  state TEXT COLLATE "C" NOT NULL,
  reference TEXT COLLATE "C" NOT NULL,
  failure TEXT COLLATE "C" NOT NULL,
  automatic BIGINT NOT NULL,
  attempts BIGINT NOT NULL,
  next_at BIGINT NOT NULL, -- 0: the provider is not to be asked
  refunded BIGINT NOT NULL,
  disputed BIGINT NOT NULL,
  created_at BIGINT NOT NULL,
  settled_at BIGINT NOT NULL, -- 0: pending
  PRIMARY KEY (customer, id)
);
CREATE INDEX payments_id ON payments (id);
CREATE INDEX payments_due ON payments (next_at) WHERE next_at > 0;
CREATE INDEX payments_reference ON payments (reference) WHERE reference <> '';
-- However many nodes and requests race, a customer has one refill under way, and an
-- invoice one payment.
CREATE UNIQUE INDEX payments_open_refill ON payments (customer) WHERE state = 'pending' AND purpose = 'refill';
CREATE UNIQUE INDEX payments_open_invoice ON payments (customer, invoice) WHERE state = 'pending' AND purpose = 'invoice';

CREATE TABLE refunds (
  customer BYTEA NOT NULL,
  id BYTEA NOT NULL,
  payment BYTEA NOT NULL,
  amount BIGINT NOT NULL CHECK (amount > 0), -- cents
  reason TEXT COLLATE "C" NOT NULL,
  state TEXT COLLATE "C" NOT NULL,
  reference TEXT COLLATE "C" NOT NULL,
  failure TEXT COLLATE "C" NOT NULL,
  attempts BIGINT NOT NULL,
  next_at BIGINT NOT NULL, -- 0: done with
  created_at BIGINT NOT NULL,
  settled_at BIGINT NOT NULL,
  PRIMARY KEY (customer, id)
);
CREATE INDEX refunds_due ON refunds (next_at) WHERE next_at > 0;
CREATE INDEX refunds_payment ON refunds (customer, payment);
CREATE UNIQUE INDEX refunds_reference ON refunds (customer, reference) WHERE reference <> '';

CREATE TABLE invoices (
  customer BYTEA NOT NULL,
  id BYTEA NOT NULL,
  number TEXT COLLATE "C" NOT NULL,
  kind TEXT COLLATE "C" NOT NULL,
  status TEXT COLLATE "C" NOT NULL,
  reason TEXT COLLATE "C" NOT NULL,
  currency TEXT COLLATE "C" NOT NULL,
  period_start BIGINT NOT NULL,
  period_end BIGINT NOT NULL,
  subtotal BIGINT NOT NULL, -- cents, as all amounts
  tax BIGINT NOT NULL,
  total BIGINT NOT NULL,
  paid BIGINT NOT NULL,
  written_off BIGINT NOT NULL,
  opening BIGINT NOT NULL,
  closing BIGINT NOT NULL,
  seller TEXT COLLATE "C" NOT NULL,
  buyer TEXT COLLATE "C" NOT NULL,
  attempts BIGINT NOT NULL,
  next_at BIGINT NOT NULL, -- 0: nothing is to be tried
  created_at BIGINT NOT NULL,
  due_at BIGINT NOT NULL,
  closed_at BIGINT NOT NULL,
  PRIMARY KEY (customer, id)
);
CREATE INDEX invoices_id ON invoices (id);
CREATE INDEX invoices_number ON invoices (number);
CREATE INDEX invoices_due ON invoices (next_at) WHERE next_at > 0;

CREATE TABLE invoice_items (
  customer BYTEA NOT NULL,
  id BYTEA NOT NULL,
  invoice BYTEA NOT NULL,
  kind TEXT COLLATE "C" NOT NULL,
  description TEXT COLLATE "C" NOT NULL,
  quantity BIGINT NOT NULL,
  seconds BIGINT NOT NULL,
  rate BIGINT NOT NULL,
  amount BIGINT NOT NULL, -- cents
  exact BIGINT NOT NULL, -- micro-units
  PRIMARY KEY (customer, id)
);
CREATE INDEX invoice_items_id ON invoice_items (id);
CREATE INDEX invoice_items_invoice ON invoice_items (customer, invoice, id);

-- The last number of each series of invoices. It moves with the invoice that takes
-- it, so that no series has gaps.
CREATE TABLE invoice_numbers (
  series TEXT COLLATE "C" PRIMARY KEY,
  last BIGINT NOT NULL
);

-- Messages of providers that were acted on.
CREATE TABLE provider_messages (
  provider TEXT COLLATE "C" NOT NULL,
  id TEXT COLLATE "C" NOT NULL,
  received_at BIGINT NOT NULL,
  PRIMARY KEY (provider, id)
);
CREATE INDEX provider_messages_received ON provider_messages (received_at);
