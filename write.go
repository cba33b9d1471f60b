package tollkeeper

// Write says who makes a write and, where Once is set, makes it safe to repeat.
type Write struct {
	Principal
	Once *Once
}

// Once ties a write to an Idempotency-Key: the answer is stored in the write's
// own transaction, so that a repeat finds either both or neither.
type Once struct {
	Principal string // keys of different principals never meet
	Key       string
	Hash      []byte                   // of the whole request
	Render    func(result any) *Answer // makes the answer to store of what the write returns

	Replayed *Answer // set instead of writing when the key was used before
}

// Answer is what a write with an Idempotency-Key was answered.
type Answer struct {
	Status int
	ETag   string
	Body   []byte
}

// Page is one page of a list, and how many records there are on all pages.
type Page[T any] struct {
	Total   int64
	AtLeast bool // Total is where counting was stopped, and no more than that is known
	Items   []T
}
