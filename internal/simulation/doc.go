// Package simulation proves that money is safe: its tests drive the ledger on the
// real embedded database with random customers, calls and mishaps, and an auditor
// beside it keeps books of its own and compares them after each step.
package simulation
