-- Who is low on credit (the lowest bit of alerts), to be counted for charts. The index is
-- written only when somebody crosses the line, and not by every call.
CREATE INDEX customers_low_on_credit ON customers (id) WHERE (alerts & 1) = 1;
