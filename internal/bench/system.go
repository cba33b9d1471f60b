package main

import (
	"errors"
	"time"
)

// system is what is measured: one server, or nodes that share a database.
type system struct {
	processes  []*process
	addresses  []string
	folder     string
	postmaster int // the first process of PostgreSQL; 0: none, or on another machine
}

// usage is processor time.
type usage struct{ nodes, database time.Duration }

func (u usage) since(before usage) usage {
	return usage{u.nodes - before.nodes, u.database - before.database}
}

// used is the processor time of all processes up to now.
func (s *system) used() (u usage, err error) {
	for _, p := range s.processes {
		used, processErr := p.cpu()
		u.nodes, err = u.nodes+used, errors.Join(err, processErr)
	}
	if s.postmaster != 0 {
		var databaseErr error
		u.database, databaseErr = familyCPU(s.postmaster)
		err = errors.Join(err, databaseErr)
	}
	return u, err
}

// memory is that of the node which holds most.
func (s *system) memory() (most memory, err error) {
	for _, p := range s.processes {
		m, processErr := p.memory()
		if err = errors.Join(err, processErr); m.rss > most.rss {
			most = m
		}
	}
	return most, err
}
