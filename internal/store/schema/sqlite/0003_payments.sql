-- How a customer is billed, and how far it was.
CREATE TABLE billing (
  customer BLOB PRIMARY KEY,
  company TEXT NOT NULL,
  line1 TEXT NOT NULL,
  line2 TEXT NOT NULL,
  city TEXT NOT NULL,
  state TEXT NOT NULL,
  postal_code TEXT NOT NULL,
  country TEXT NOT NULL,
  tax_id TEXT NOT NULL,
  tax_exempt INTEGER NOT NULL,
  timezone TEXT NOT NULL,
  receivable INTEGER NOT NULL, -- invoiced and not paid
  through BLOB NOT NULL, -- newest entry of the ledger that was invoiced or stated
  carry INTEGER NOT NULL, -- fraction of a cent of the usage up to it
  usage_from INTEGER NOT NULL, -- end of the usage that was invoiced
  period_from INTEGER NOT NULL, -- begin of the month to invoice next
  next_at INTEGER NOT NULL -- its end
) WITHOUT ROWID;
CREATE INDEX billing_next_at ON billing (next_at);

-- What is to be done for a customer's money, written with what makes it necessary.
CREATE TABLE billing_tasks (
  customer BLOB NOT NULL,
  task TEXT NOT NULL, -- 'refill' or 'invoice'
  next_at INTEGER NOT NULL, -- 0: not before something changes
  declines INTEGER NOT NULL, -- in a row
  failure TEXT NOT NULL, -- told of last
  PRIMARY KEY (customer, task)
) WITHOUT ROWID;
CREATE INDEX billing_tasks_due ON billing_tasks (next_at) WHERE next_at > 0;

CREATE TABLE payment_methods (
  customer BLOB NOT NULL,
  id BLOB NOT NULL,
  provider TEXT NOT NULL,
  kind TEXT NOT NULL,
  label TEXT NOT NULL,
  last4 TEXT NOT NULL,
  exp_month INTEGER NOT NULL,
  exp_year INTEGER NOT NULL,
  is_default INTEGER NOT NULL,
  account TEXT NOT NULL,
  reference TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  PRIMARY KEY (customer, id)
) WITHOUT ROWID;
CREATE INDEX payment_methods_id ON payment_methods (id);
CREATE UNIQUE INDEX payment_methods_default ON payment_methods (customer) WHERE is_default = 1;
CREATE UNIQUE INDEX payment_methods_reference ON payment_methods (customer, provider, reference) WHERE reference <> '';

-- Customers as providers know them.
CREATE TABLE payment_accounts (
  customer BLOB NOT NULL,
  provider TEXT NOT NULL,
  account TEXT NOT NULL,
  PRIMARY KEY (customer, provider)
) WITHOUT ROWID;

CREATE TABLE payments (
  customer BLOB NOT NULL,
  id BLOB NOT NULL,
  purpose TEXT NOT NULL,
  invoice BLOB,
  method BLOB,
  provider TEXT NOT NULL,
  amount INTEGER NOT NULL CHECK (amount > 0), -- cents, with tax
  tax INTEGER NOT NULL,
  taxes TEXT NOT NULL, -- JSON
  state TEXT NOT NULL,
  reference TEXT NOT NULL,
  failure TEXT NOT NULL,
  automatic INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  next_at INTEGER NOT NULL, -- 0: the provider is not to be asked
  refunded INTEGER NOT NULL,
  disputed INTEGER NOT NULL,
  created_at INTEGER NOT NULL,
  settled_at INTEGER NOT NULL, -- 0: pending
  PRIMARY KEY (customer, id)
) WITHOUT ROWID;
CREATE INDEX payments_id ON payments (id);
CREATE INDEX payments_due ON payments (next_at) WHERE next_at > 0;
CREATE INDEX payments_reference ON payments (reference) WHERE reference <> '';
-- However many nodes and requests race, a customer has one refill under way, and an
-- invoice one payment.
CREATE UNIQUE INDEX payments_open_refill ON payments (customer) WHERE state = 'pending' AND purpose = 'refill';
CREATE UNIQUE INDEX payments_open_invoice ON payments (customer, invoice) WHERE state = 'pending' AND purpose = 'invoice';

CREATE TABLE refunds (
  customer BLOB NOT NULL,
  id BLOB NOT NULL,
  payment BLOB NOT NULL,
  amount INTEGER NOT NULL CHECK (amount > 0), -- cents
  reason TEXT NOT NULL,
  state TEXT NOT NULL,
  reference TEXT NOT NULL,
  failure TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  next_at INTEGER NOT NULL, -- 0: done with
  created_at INTEGER NOT NULL,
  settled_at INTEGER NOT NULL,
  PRIMARY KEY (customer, id)
) WITHOUT ROWID;
CREATE INDEX refunds_due ON refunds (next_at) WHERE next_at > 0;
CREATE INDEX refunds_payment ON refunds (customer, payment);
CREATE UNIQUE INDEX refunds_reference ON refunds (customer, reference) WHERE reference <> '';

CREATE TABLE invoices (
  customer BLOB NOT NULL,
  id BLOB NOT NULL,
  number TEXT NOT NULL,
  kind TEXT NOT NULL,
  status TEXT NOT NULL,
  reason TEXT NOT NULL,
  currency TEXT NOT NULL,
  period_start INTEGER NOT NULL,
  period_end INTEGER NOT NULL,
  subtotal INTEGER NOT NULL, -- cents, as all amounts
  tax INTEGER NOT NULL,
  total INTEGER NOT NULL,
  paid INTEGER NOT NULL,
  written_off INTEGER NOT NULL,
  opening INTEGER NOT NULL,
  closing INTEGER NOT NULL,
  seller TEXT NOT NULL,
  buyer TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  next_at INTEGER NOT NULL, -- 0: nothing is to be tried
  created_at INTEGER NOT NULL,
  due_at INTEGER NOT NULL,
  closed_at INTEGER NOT NULL,
  PRIMARY KEY (customer, id)
) WITHOUT ROWID;
CREATE INDEX invoices_id ON invoices (id);
CREATE INDEX invoices_number ON invoices (number);
CREATE INDEX invoices_due ON invoices (next_at) WHERE next_at > 0;

CREATE TABLE invoice_items (
  customer BLOB NOT NULL,
  id BLOB NOT NULL,
  invoice BLOB NOT NULL,
  kind TEXT NOT NULL,
  description TEXT NOT NULL,
  quantity INTEGER NOT NULL,
  seconds INTEGER NOT NULL,
  rate INTEGER NOT NULL,
  amount INTEGER NOT NULL, -- cents
  exact INTEGER NOT NULL, -- micro-units
  PRIMARY KEY (customer, id)
) WITHOUT ROWID;
CREATE INDEX invoice_items_id ON invoice_items (id);
CREATE INDEX invoice_items_invoice ON invoice_items (customer, invoice, id);

-- The last number of each series of invoices. It moves with the invoice that takes
-- it, so that no series has gaps.
CREATE TABLE invoice_numbers (
  series TEXT PRIMARY KEY,
  last INTEGER NOT NULL
) WITHOUT ROWID;

-- Messages of providers that were acted on.
CREATE TABLE provider_messages (
  provider TEXT NOT NULL,
  id TEXT NOT NULL,
  received_at INTEGER NOT NULL,
  PRIMARY KEY (provider, id)
) WITHOUT ROWID;
CREATE INDEX provider_messages_received ON provider_messages (received_at);
