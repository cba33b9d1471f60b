package export

import (
	"io"

	"github.com/parquet-go/parquet-go"

	"tollkeeper"
)

// groupRows is how many records one row group holds: it is gathered in memory.
const groupRows = 20_000

type columns struct {
	out  *parquet.GenericWriter[row]
	rows [1]row
	held int // in the row group
}

func newParquet(to io.Writer) Writer {
	return &columns{out: parquet.NewGenericWriter[row](to, parquet.Compression(&parquet.Snappy), parquet.CreatedBy("tollkeeper", "", ""))}
}

func (c *columns) Write(r *tollkeeper.CDR) error {
	c.rows[0] = rowOf(r)
	if _, err := c.out.Write(c.rows[:]); err != nil {
		return err
	}
	if c.held++; c.held < groupRows {
		return nil
	}
	c.held = 0
	return c.out.Flush()
}

// Flush does nothing: small row groups would make a file that is slow to read.
func (c *columns) Flush() error { return nil }

func (c *columns) Close() error { return c.out.Close() }
