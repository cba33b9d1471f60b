// Package tollkeeper holds the nouns and the rules of a telephone carrier's
// customer account server: the customer's record, exact money, calls and the
// decisions about them, the transfers of the ledger, and the errors all of
// them share. It uses the standard library only and does no I/O: databases,
// HTTP and switches live in the packages below internal, which import this one.
package tollkeeper
