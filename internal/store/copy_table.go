package store

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"tollkeeper"
)

// notCarried are the tables that a copy makes anew or leaves behind.
var notCarried = map[string]string{
	"customers_search":   "is made of the customers",
	"transcripts_search": "is made of the transcripts",
	"schema_version":     "is the target's own",
	"turn":               "is the target's own",
	"leases":             "are taken anew by the nodes",
	"copying":            "says that the target is not whole",
	"early_rows":         "is about rows of the embedded database",
}

// copyTable is a table that a copy carries.
type copyTable struct {
	name    string
	columns []string
	kinds   []string // of the columns: bigint, text or bytea
	key     []int    // the columns that it is sorted by, without two rows that are the same
	rows    multiRow
}

// carriedTables reads from the schema of a PostgreSQL database what there is to carry.
func carriedTables(ctx context.Context, s *Store) (tables []*copyTable, err error) {
	e, ok := s.engine.(*postgres)
	if !ok {
		return nil, errors.New("tables are looked up in PostgreSQL")
	}
	err = e.read(ctx, func(t tx) error {
		tables = nil
		err := t.query(func(r row) error {
			name := r.text(0)
			if _, not := notCarried[name]; not {
				return nil
			}
			if n := len(tables); n == 0 || tables[n-1].name != name {
				tables = append(tables, &copyTable{name: name})
			}
			return tables[len(tables)-1].add(r)
		}, `SELECT c.relname::text, a.attname::text, format_type(a.atttypid, NULL)::text,
 (SELECT k.place FROM pg_index i, unnest(i.indkey) WITH ORDINALITY AS k (attnum, place)
  WHERE i.indrelid = c.oid AND i.indisprimary AND k.attnum = a.attnum)
 FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
 WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition AND a.attnum > 0 AND NOT a.attisdropped
 ORDER BY c.relname, a.attnum`)
		return err
	})
	for _, table := range tables {
		if len(table.key) == 0 {
			err = errors.Join(err, fmt.Errorf("the table %s has no primary key to copy it by", table.name))
		}
		table.rows = newMultiRow(table.name, strings.Join(table.columns, ", "))
	}
	return tables, err
}

// add adds a column, as the query of carriedTables tells of it.
func (c *copyTable) add(r row) error {
	column, kind := r.text(1), r.text(2)
	if kind != "bigint" && kind != "text" && kind != "bytea" {
		return fmt.Errorf("the column %s.%s is of the type %s, which is not on both engines", c.name, column, kind)
	}
	if !r.null(3) {
		place := int(r.int(3))
		for len(c.key) < place {
			c.key = append(c.key, 0)
		}
		c.key[place-1] = len(c.columns)
	}
	c.columns, c.kinds = append(c.columns, column), append(c.kinds, kind)
	return nil
}

// sameTables makes sure that another database has the same tables and columns.
func sameTables(ctx context.Context, tables []*copyTable, other *Store) error {
	if _, same := other.engine.(*postgres); same {
		theirs, err := carriedTables(ctx, other)
		return errors.Join(err, agree(tables, theirs))
	}
	var theirs []*copyTable
	err := other.engine.read(ctx, func(t tx) error {
		theirs = nil
		return t.query(func(r row) error {
			name := r.text(0)
			if _, not := notCarried[name]; not || r.text(1) == "row" {
				return nil
			}
			if n := len(theirs); n == 0 || theirs[n-1].name != name {
				theirs = append(theirs, &copyTable{name: name})
			}
			last := theirs[len(theirs)-1]
			last.columns = append(last.columns, r.text(1))
			return nil
		}, `SELECT m.name, c.name FROM sqlite_schema m JOIN pragma_table_info(m.name) c
 WHERE m.type = 'table' AND m.name NOT LIKE '%\_search%' ESCAPE '\' AND m.name NOT LIKE 'sqlite\_%' ESCAPE '\' ORDER BY m.name, c.cid`)
	})
	return errors.Join(err, agree(tables, theirs))
}

func agree(tables, others []*copyTable) error {
	columns := func(tables []*copyTable) map[string]bool {
		all := map[string]bool{}
		for _, table := range tables {
			for _, column := range table.columns {
				all[table.name+"."+column] = true
			}
		}
		return all
	}
	one, other := columns(tables), columns(others)
	for _, name := range slices.Sorted(maps.Keys(one)) {
		if !other[name] {
			return fmt.Errorf("only one of the databases has %s", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(other)) {
		if !one[name] {
			return fmt.Errorf("only one of the databases has %s", name)
		}
	}
	return nil
}

// keys writes the columns of the key, each with what is appended to it.
func (c *copyTable) keys(appended string) string {
	names := make([]string, len(c.key))
	for i, column := range c.key {
		names[i] = c.columns[column] + appended
	}
	return strings.Join(names, ", ")
}

// read returns the rows that follow a key; a key of nil is before all.
func (c *copyTable) read(ctx context.Context, s *Store, after []any) (rows [][]any, err error) {
	sql := "SELECT " + strings.Join(c.columns, ", ") + " FROM " + c.name
	if after != nil {
		sql += " WHERE (" + c.keys("") + ") > (" + marks(len(after)) + ")"
	}
	sql += " ORDER BY " + c.keys("") + " LIMIT ?"
	errEnough := errors.New("enough for once")
	err = s.engine.read(ctx, func(t tx) error {
		rows = nil
		size := 0
		err := t.query(func(r row) error {
			if size > copyBytes {
				return errEnough
			}
			values, bytes := c.scan(r)
			rows = append(rows, values)
			size += bytes
			return nil
		}, sql, append(slices.Clone(after), copyRows)...)
		if errors.Is(err, errEnough) {
			err = nil
		}
		return err
	})
	return rows, err
}

// scan reads the columns of a row, and says how many bytes they are.
func (c *copyTable) scan(r row) (values []any, size int) {
	values = make([]any, len(c.columns))
	for i, kind := range c.kinds {
		switch {
		case r.null(i):
		case kind == "bigint":
			values[i] = r.int(i)
		case kind == "text":
			text := r.text(i)
			values[i], size = text, size+len(text)
		default:
			blob := r.blob(i)
			if blob == nil {
				blob = []byte{}
			}
			values[i], size = blob, size+len(blob)
		}
	}
	return values, size
}

func (c *copyTable) keyOf(values []any) []any {
	key := make([]any, len(c.key))
	for i, column := range c.key {
		key[i] = values[column]
	}
	return key
}

// last returns the highest key there is; nil for none.
func (c *copyTable) last(t tx) (key []any, err error) {
	err = t.query(func(r row) error {
		values, _ := c.scan(r)
		key = c.keyOf(values)
		return nil
	}, "SELECT "+strings.Join(c.columns, ", ")+" FROM "+c.name+" ORDER BY "+c.keys(" DESC")+" LIMIT 1")
	return key, err
}

// same compares rows of both databases.
func (c *copyTable) same(source, target [][]any) error {
	if reflect.DeepEqual(source, target) {
		return nil
	}
	for i := range source {
		if i >= len(target) || !reflect.DeepEqual(source[i], target[i]) {
			return tollkeeper.Errorf(tollkeeper.CodeConflict, "the copy of %s differs from its source at %s; nothing may write to either meanwhile: begin again with a new database", c.name, c.describe(source[i]))
		}
	}
	return tollkeeper.Errorf(tollkeeper.CodeConflict, "the copy of %s has a row more than its source, %s; nothing may write to either meanwhile: begin again with a new database", c.name, c.describe(target[len(source)]))
}

// describe names a row by its key.
func (c *copyTable) describe(values []any) string {
	parts := make([]string, len(c.key))
	for i, column := range c.key {
		parts[i] = fmt.Sprintf("%s %v", c.columns[column], values[column])
		if blob, ok := values[column].([]byte); ok {
			parts[i] = fmt.Sprintf("%s %x", c.columns[column], blob)
		}
	}
	return strings.Join(parts, ", ")
}
