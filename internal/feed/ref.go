package feed

import "github.com/assay-dev/assay/internal/flow"

// Ref is a reference set: a CSV file whose rows are found by a key and add columns to the feed's rows. It never adds rows.
type Ref struct {
	Name string
	At   Pos

	File    string // as the contract names it
	FileAt  Pos
	Data    []byte // the file's bytes; nil after DropSets
	Version string // the Digest of Data

	Key   string // column of the file
	KeyAt Pos
	On    string // column of the feed; Key unless the contract says otherwise
	OnAt  Pos

	Add   []string // columns of the file
	AddAt []Pos    // of each
}

// DropSets forgets the bytes of the files of reference sets: a program that has been compiled from the contract holds the sets in
// another form, and they may be large.
func (c *Contract) DropSets() {
	for i := range c.Refs {
		c.Refs[i].Data = nil
	}
}

// Count gives the name by which expressions know how many rows of the set were found.
func (r *Ref) Count() string { return r.Name + ".count" }

// Fields gives the columns that the set adds, which are text, and then Count, an int64 that only expressions see.
func (r *Ref) Fields() flow.Schema {
	var s flow.Schema
	for _, name := range r.Add {
		s = append(s, flow.Field{Name: name, Type: flow.String})
	}
	return append(s, flow.Field{Name: r.Count(), Type: flow.Int64})
}

func (r *reader) refs(block member) []Ref {
	var refs []Ref
	members, _ := r.members(block.value, block.name)
	for _, m := range members {
		ref := Ref{Name: m.name, At: at(m.key)}
		r.formed(ref.At, "the name of a reference set", m.name, block.spec.form)
		switch m.name { // assay-version names all of them
		case "model":
			r.problem(ref.At, "a reference set cannot be called model: versions say model=… for the scorer's")
		case "vocabulary":
			r.problem(ref.At, "a reference set cannot be called vocabulary: versions say vocabulary=… for the files of categories")
		}
		r.ref(&ref, m)
		refs = append(refs, ref)
	}
	return refs
}

func (r *reader) ref(ref *Ref, block member) {
	other := false // the feed's column has another name than the key
	for _, m := range r.block(block.value, "reference set "+ref.Name, ref.At, refSpec) {
		switch m.name {
		case "file":
			if f := r.open(m); f != nil {
				ref.File, _ = r.text(m)
				ref.Data, ref.Version, ref.FileAt = f.data, Digest(f.data), at(m.value)
			}
		case "key":
			ref.Key, _ = r.text(m)
			ref.KeyAt = at(m.value)
		case "on":
			other = true
			ref.On, _ = r.text(m)
			ref.OnAt = at(m.value)
		case "add":
			ref.Add, ref.AddAt = r.columnNames(m)
		}
	}
	if !other {
		ref.On, ref.OnAt = ref.Key, ref.KeyAt
	}
}
