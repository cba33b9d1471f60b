package main

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"

	"tollkeeper/client"
)

// cdrsSettings are what a carrier can decide about lists of call records.
type cdrsSettings struct {
	CdrCountLimit int64 `help:"Call records up to which a list counts its total, 100 to 2000000000; 0 counts all." default:"10000" placeholder:"RECORDS"`
}

// validate finds what is wrong with the settings.
func (s *cdrsSettings) validate() (faults []string) {
	if n := s.CdrCountLimit; n != 0 && (n < 100 || n > 2_000_000_000) {
		faults = append(faults, "cdr-count-limit: must be 0, or from 100 to 2000000000")
	}
	return faults
}

type cdrsCommand struct {
	Export cdrsExportCommand `cmd:"" help:"Write call records to a file, as CSV, lines of JSON or Parquet."`
}

type cdrsExportCommand struct {
	remote   `embed:""`
	Format   string    `help:"csv, jsonl or parquet; by the file's name where absent." enum:"csv,jsonl,parquet," default:"" env:"-" placeholder:"FORMAT"`
	Customer string    `help:"Only records of this customer." env:"-" placeholder:"ID"`
	Number   string    `help:"Only calls from or to this number, in E.164." env:"-" placeholder:"NUMBER"`
	Since    time.Time `help:"Only calls that began at this time (RFC 3339) or day (UTC), or later." env:"-" placeholder:"TIME"`
	Before   time.Time `help:"Only calls that began before this time or day." env:"-" placeholder:"TIME"`
	Search   string    `help:"Only records that contain this text." env:"-" placeholder:"TEXT"`
	Resume   bool      `help:"Go on with a file that an earlier export has begun; not for Parquet." env:"-"`
	File     string    `arg:"" help:"File to write; - is standard output."`

	headed bool // the file has the header of a table, and perhaps rows
}

// Run writes the file. One that is there already is only touched to be resumed.
func (c *cdrsExportCommand) Run(ctx context.Context) (err error) {
	server, err := c.client()
	if err != nil {
		return err
	}
	if c.Format == "" {
		c.Format = formatOf(c.File)
	}
	if c.Number != "" && !e164.MatchString(c.Number) {
		return fmt.Errorf("--number: must be in E.164, such as +12125550100; got %q", c.Number)
	}
	wanted := client.CdrsExport{Format: client.ExportFormat(c.Format), Search: c.Search, Where: c.conditions()}
	if c.File == "-" && c.Resume {
		return errors.New("--resume: needs a file to go on with")
	}
	if c.File == "-" {
		return server.Cdrs.Export(ctx, wanted, os.Stdout)
	}
	file, after, err := c.open()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	wanted.After = after
	bar := newProgress("export", -1, progressbar.OptionShowBytes(true))
	err = server.Cdrs.Export(ctx, wanted, io.MultiWriter(c.body(file), bar))
	bar.Finish()
	if refused := (*client.Error)(nil); errors.As(err, &refused) { // nothing came
		if !c.Resume {
			err = errors.Join(err, os.Remove(c.File))
		}
		return err
	}
	if err != nil && c.Format != "parquet" {
		return fmt.Errorf("%w; what came is in %s, go on with --resume", err, c.File)
	}
	return errors.Join(err, file.Sync())
}

func (c *cdrsExportCommand) conditions() (all []client.Condition) {
	all = ofCustomer(c.Customer)
	if c.Number != "" {
		all = append(all, client.Or(client.Eq("from", c.Number), client.Eq("to", c.Number)))
	}
	if !c.Since.IsZero() {
		all = append(all, client.Gte("startedAt", c.Since))
	}
	if !c.Before.IsZero() {
		all = append(all, client.Lt("startedAt", c.Before))
	}
	return all
}

var e164 = regexp.MustCompile(`^\+[0-9]{1,15}$`)

// formatOf is the format of a file with a name.
func formatOf(name string) string {
	switch format := strings.TrimPrefix(filepath.Ext(name), "."); format {
	case "jsonl", "parquet":
		return format
	}
	return "csv"
}

// open opens the file where writing begins, and returns the id of the last record that is
// whole in it.
func (c *cdrsExportCommand) open() (file *os.File, after string, err error) {
	if !c.Resume {
		file, err = newFile(c.File, "go on with it by --resume")
		return file, "", err
	}
	if c.Format == "parquet" {
		return nil, "", errors.New("--resume: a Parquet file cannot be gone on with; export once more, or by parts with --since and --before")
	}
	if file, err = os.OpenFile(c.File, os.O_RDWR, 0); err != nil {
		return nil, "", err
	}
	begins, last := "_id,", lastRow
	if c.Format == "jsonl" {
		begins, last = `{"_id":"`, lastLine
	}
	whole := int64(0)
	if err = c.mustBegin(file, begins); err == nil {
		after, whole = last(file)
		err = file.Truncate(whole)
	}
	if err == nil {
		c.headed = whole > 0
		_, err = file.Seek(whole, io.SeekStart)
	}
	if err != nil {
		return nil, "", errors.Join(err, file.Close())
	}
	return file, after, nil
}

// mustBegin refuses to go on with what is no export in the format.
func (c *cdrsExportCommand) mustBegin(file *os.File, with string) error {
	beginning := make([]byte, len(with))
	n, err := io.ReadFull(file, beginning)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	if string(beginning[:n]) != with[:n] {
		return fmt.Errorf("%s is no export as %s, and was left as it is; name its --format, or another file", c.File, c.Format)
	}
	_, err = file.Seek(0, io.SeekStart)
	return err
}

// lastRow reads a table up to its last whole row, and returns the id in it.
func lastRow(from io.Reader) (id string, whole int64) {
	ended := &endings{from: from}
	rows := csv.NewReader(ended)
	rows.ReuseRecord = true
	for {
		row, err := rows.Read()
		if err != nil || !ended.at(rows.InputOffset()) {
			return id, whole
		}
		if whole > 0 { // the first row is the header
			id = row[0]
		}
		whole = rows.InputOffset()
	}
}

// endings notes whether what was read so far ends with the end of a line.
type endings struct {
	from io.Reader
	read int64
	last byte
}

func (e *endings) Read(b []byte) (int, error) {
	n, err := e.from.Read(b)
	if n > 0 {
		e.read, e.last = e.read+int64(n), b[n-1]
	}
	return n, err
}

// at reports whether a row that ends at an offset is whole: more follows, or its end of
// the line is there.
func (e *endings) at(offset int64) bool { return offset < e.read || e.last == '\n' }

// lastLine reads lines of JSON up to the last whole one, and returns the id in it.
func lastLine(from io.Reader) (id string, whole int64) {
	lines := bufio.NewReader(from)
	for {
		line, err := lines.ReadBytes('\n')
		var record struct {
			ID string `json:"_id"`
		}
		if err != nil || json.Unmarshal(line, &record) != nil {
			return id, whole
		}
		id, whole = record.ID, whole+int64(len(line))
	}
}

// body passes the answer on to the file, without the header of a table that has one.
func (c *cdrsExportCommand) body(file io.Writer) io.Writer {
	if c.Format == "csv" && c.headed {
		return &headless{to: file}
	}
	return file
}

// headless leaves out the first line.
type headless struct {
	to    io.Writer
	begun bool
}

func (h *headless) Write(b []byte) (int, error) {
	rest := b
	for !h.begun && len(rest) > 0 {
		h.begun = rest[0] == '\n'
		rest = rest[1:]
	}
	if len(rest) > 0 {
		if _, err := h.to.Write(rest); err != nil {
			return 0, err
		}
	}
	return len(b), nil
}
