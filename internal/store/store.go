// Package store keeps everything in a database. All SQL of the server is here.
//
// An exported method of Store is one transaction; a lower-case function with a tx
// is work inside one. A transaction may run more than once, so it has no side
// effects outside the database.
package store

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"path/filepath"
	"sync"
	"time"

	"tollkeeper"
	"tollkeeper/internal/ledger"
)

// Store is an open database. Its methods are safe for concurrent use.
type Store struct {
	engine   engine
	now      func() time.Time
	ids      *tollkeeper.Generator
	decks    deckCache
	listen   listenerCache
	barrings barringCache
	totals   searchTotals
	terming  sync.Mutex // guards horizon, and is held by the job that gives records terms
	horizon  horizon
	limits   tollkeeper.EffectiveLimits
	policy   tollkeeper.PortoutPolicy
	rules    tollkeeper.BillingRules

	retention  tollkeeper.RetentionRules
	mediaGrace time.Duration
}

// Config says what to open.
type Config struct {
	Folder   string // of the embedded database; made if it does not exist
	Database string // the address of a PostgreSQL database, to be used instead
	Now      func() time.Time
	Limits   tollkeeper.EffectiveLimits // of customers who have none of their own
	Portouts tollkeeper.PortoutPolicy
	Billing  *tollkeeper.BillingRules // nil: the default ones
	// Retention bounds how long call records are kept. Without a grace a lowered one
	// takes effect at once.
	Retention tollkeeper.RetentionRules
	// MediaGrace is how long a deleted customer's media are kept; 0 is DefaultMediaGrace.
	MediaGrace time.Duration
	Fault      func(operation string) error // for tests: fails a commit, "before" or "after" it took effect
	Moved      func([]tollkeeper.Transfer)  // hears of ledger entries beside those of calls once they are durable; nil for none
}

// engine is one kind of database.
type engine interface {
	// read runs work in one consistent snapshot. Work that has been given a row does not
	// run again.
	read(ctx context.Context, work func(tx) error) error
	// readLong is read for work that may take as long as it needs.
	readLong(ctx context.Context, work func(tx) error) error
	// look is read for single look-ups, which need no transaction and are never kept
	// waiting by long queries.
	look(ctx context.Context, work func(tx) error) error
	// write runs work in a transaction that is durable when write returns nil.
	// Work may run more than once.
	write(ctx context.Context, work func(tx) error) error
	// writeWhole is write for work that fails only when the database does: an error
	// may fail others' work that shares the transaction, and nothing is spent on
	// being able to undo it alone.
	writeWhole(ctx context.Context, work func(tx) error) error
	// schema reports how many steps the schema has run, and how many there are.
	schema(ctx context.Context) (done, known int64, err error)
	// inspect says what the engine is, and what it may lose.
	inspect(context.Context, *Condition) error
	// migrate runs the steps that the schema lacks.
	migrate(ctx context.Context) error
	// customers is the table of customers with its index of substrings.
	customers() *source
	// transcripts is the table of transcripts with its index of words.
	transcripts() *source
	// together is the union of queries, for a list in the order of a clause; "" for any.
	together(queries []string, order string) string
	backup(ctx context.Context, path string, progress func(done, total int)) error
	// prepareMonths makes room for the months from a time on and for those to come,
	// where tables are divided by months.
	prepareMonths(ctx context.Context, from, now time.Time) (changed int, err error)
	// scrub removes what deleted rows have left outside the tables, as far as the
	// engine can.
	scrub(context.Context) error
	close() error
}

// tx is a transaction in an engine. Parameters are written as ? and are int64,
// int, string, []byte, tollkeeper.ID, tollkeeper.Micros, bool or nil.
type tx interface {
	// later is query for what the work does not wait for: it runs at the latest with
	// the next statement or at the transaction's end, in its place among the others,
	// so that many share a round trip. Each may be nil.
	later(each func(row) error, query string, args ...any) error
	exec(query string, args ...any) (rows int64, err error)
	// query calls each for every row; a row is valid only during the call.
	query(each func(row) error, query string, args ...any) error
	// customerKey is the quickest condition that finds one customer, and its parameters.
	customerKey(tollkeeper.ID) (condition string, parameters []any)
	// locked is what a query of a row ends with that is to be changed.
	locked() string
	// insertAccount inserts a customer's account.
	insertAccount(id tollkeeper.ID, columns string, values []any) error
	// index brings the index of substrings up to date.
	index(id tollkeeper.ID, before, after string) error
	// saveStates writes back what calls and money change of accounts.
	saveStates(accounts []*tollkeeper.Account) error
	// deleteCalls deletes calls in progress.
	deleteCalls(keys []tollkeeper.CallKey) error
	// rowsAtOnce are the numbers of rows that one statement inserts, the highest first
	// and 1 last.
	rowsAtOnce() []int
	// indexTranscript makes a transcript that is stored searchable, and unindexTranscript
	// undoes that before it is deleted.
	indexTranscript(customer, id tollkeeper.ID) error
	unindexTranscript(customer, id tollkeeper.ID) error
	// loadBook reads and locks what a batch touches. Calls that ended are known by
	// their records that are younger than an id.
	loadBook(touch ledger.Touch, since tollkeeper.ID, book *ledger.Book) error
	// indexLater notes a change of a customer's record for the indexes that are
	// written once for all of a transaction, at its end (flushIndexes).
	indexLater(before, after *tollkeeper.Customer)
	// auditLater notes an entry for the audit trail, which is likewise written once
	// (auditChain.flush).
	auditLater(tollkeeper.AuditEntry)
	// movedLater notes an entry of the ledger for those who hear of it after the commit.
	movedLater(tollkeeper.Transfer)
}

// row reads the columns of a result by their position.
type row interface {
	null(column int) bool
	int(column int) int64
	text(column int) string
	blob(column int) []byte // a copy; nil when null
	id(column int) tollkeeper.ID
}

// Open opens the database, making and migrating it where needed.
func Open(ctx context.Context, config Config) (*Store, error) {
	s, err := openPart(ctx, config)
	if err != nil {
		return nil, err
	}
	if err := s.mustBeWhole(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// openPart is Open for a database that may be a copy which is not whole.
func openPart(ctx context.Context, config Config) (*Store, error) {
	if config.Now == nil {
		config.Now = time.Now
	}
	s := &Store{now: config.Now, limits: config.Limits, rules: tollkeeper.DefaultBillingRules, policy: config.Portouts, retention: config.Retention, mediaGrace: cmp.Or(config.MediaGrace, DefaultMediaGrace)}
	if config.Billing != nil {
		s.rules = *config.Billing
	}
	e, err := openEngine(ctx, config, newAuditChain(s.NewID, config.Now))
	if err != nil {
		return nil, err
	}
	s.engine = e
	if err := e.migrate(ctx); err != nil {
		return nil, errors.Join(err, e.close())
	}
	if _, err := s.PrepareMonths(ctx); err != nil {
		return nil, errors.Join(err, e.close())
	}
	floor, err := s.newestID(ctx)
	if err != nil {
		return nil, errors.Join(err, e.close())
	}
	s.ids = tollkeeper.NewGenerator(config.Now, floor)
	return s, nil
}

func openEngine(ctx context.Context, config Config, audit *auditChain) (engine, error) {
	h := hooks{config.Fault, config.Moved}
	if config.Database != "" {
		return openPostgres(ctx, config.Database, h, audit)
	}
	return openSQLite(filepath.Join(config.Folder, DatabaseFile), h, audit)
}

// DatabaseFile is the name of the embedded database in its folder.
const DatabaseFile = "tollkeeper.db"

// Close waits for the work under way and closes the database.
func (s *Store) Close() error { return s.engine.close() }

// NewID makes an id that is younger than every id this node has seen.
func (s *Store) NewID() tollkeeper.ID { return s.ids.New() }

// NewIDAfter makes an id that is also higher than another.
func (s *Store) NewIDAfter(other tollkeeper.ID) tollkeeper.ID { return s.ids.After(other) }

// Ready reports whether the database answers.
func (s *Store) Ready(ctx context.Context) error {
	return s.engine.look(ctx, func(t tx) error {
		return t.query(func(row) error { return nil }, "SELECT 1")
	})
}

// Backup writes a consistent copy of the database to a file that must not exist
// yet, while the store is in use.
func (s *Store) Backup(ctx context.Context, path string, progress func(done, total int)) error {
	return s.engine.backup(ctx, path, progress)
}

// newestID returns the highest id there is, so that ids rise over restarts although
// a clock was set back. Entries of the ledger rise by their accounts (LastEntry).
func (s *Store) newestID(ctx context.Context) (newest tollkeeper.ID, err error) {
	err = s.engine.read(ctx, func(t tx) error {
		for _, table := range []string{"customers", "calls", "cdrs", "audit", "events"} {
			err := t.query(func(r row) error {
				if id := r.id(0); string(id[:]) > string(newest[:]) {
					newest = id
				}
				return nil
			}, "SELECT id FROM "+table+" ORDER BY id DESC LIMIT 1")
			if err != nil {
				return err
			}
		}
		return nil
	})
	return newest, err
}

func notFound(noun string, id string) error {
	return tollkeeper.Errorf(tollkeeper.CodeNotFound, "no %s %s exists", noun, id)
}

func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func fromMillis(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// exists reports whether a query has any row.
func exists(t tx, query string, args ...any) (found bool, err error) {
	err = t.query(func(row) error { found = true; return nil }, query, args...)
	return found, err
}

// count returns the one number a query has for its result.
func count(t tx, query string, args ...any) (n int64, err error) {
	err = t.query(func(r row) error { n = r.int(0); return nil }, query, args...)
	return n, err
}

// isMissing reports an error about a file that is not there.
func isMissing(err error) bool { return errors.Is(err, fs.ErrNotExist) }
