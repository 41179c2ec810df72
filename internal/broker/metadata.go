package broker

import (
	"context"
	"io"
)

// Metadata describes topics; a topic that does not exist has Err set and no partitions. Without topics it gives the cluster's
// id alone.
func (c *Client) Metadata(ctx context.Context, topics ...string) (*Metadata, error) {
	var m *Metadata
	err := c.retry(ctx, true, func() error {
		return c.exchange(ctx, apiMetadata, anyNode, c.config.RequestTimeout, func(conn io.ReadWriter) error {
			// kafka-go knows no version with topic ids and so does not tell whether this broker has it; a broker that has
			// not closes the connection without a word.
			highest, err := c.highest(conn, apiMetadata.key)
			if err != nil {
				return err
			}
			a := apiMetadata
			if highest < a.version {
				a = apiOldMetadata
			}
			w := c.begin(a)
			writeMetadata(&w, a, topics)
			if err := w.frame(0); err != nil {
				return err
			}
			return trip(conn, a, w, func(r *reader) { m = readMetadata(r, a) })
		})
	})
	if err != nil {
		return nil, err
	}
	c.learnLeaders(m)
	return m, nil
}

// highest asks the broker behind conn for the highest version of a request that it knows.
func (c *Client) highest(conn io.ReadWriter, key int16) (int16, error) {
	w := c.begin(apiVersions)
	if err := w.frame(0); err != nil {
		return 0, err
	}
	highest := int16(-1)
	err := trip(conn, apiVersions, w, func(r *reader) {
		r.int16() // the code, 0 at this version
		for n := r.array(); n > 0; n-- {
			k := r.int16()
			r.int16()
			if v := r.int16(); k == key {
				highest = v
			}
		}
	})
	return highest, err
}

func writeMetadata(w *writer, a api, topics []string) {
	w.array(len(topics))
	for _, t := range topics {
		if a.flexible {
			w.b = append(w.b, make([]byte, 16)...) // no id: ask by name
		}
		w.string(t)
		w.tags()
	}
	w.bool(false) // create topics
	if !a.flexible {
		w.bool(false) // tell what may be done with the cluster
	}
	w.bool(false) // tell what may be done with the topics
	w.tags()
}

func readMetadata(r *reader, a api) *Metadata {
	m := &Metadata{Topics: make(map[string]Topic)}
	r.int32() // throttle
	for n := r.array(); n > 0; n-- {
		r.int32() // node
		r.text()  // host
		r.int32() // port
		r.text()  // rack
		r.tags()
	}
	m.ClusterID = r.string()
	r.int32() // controller
	for n := r.array(); n > 0; n-- {
		code := r.int16()
		name := r.string()
		var t Topic
		if a.flexible {
			copy(t.ID[:], r.take(len(t.ID)))
		}
		r.bool() // internal
		t.Leaders = readLeaders(r)
		r.int32() // what may be done with it
		r.tags()
		if code != 0 {
			t = Topic{Err: &Error{API: a.name, Code: code, Topic: name, Partition: -1}}
		}
		m.Topics[name] = t
	}
	return m
}

// readLeaders gives the leader of each partition. Brokers list partitions in any order.
func readLeaders(r *reader) []int32 {
	n := r.array()
	leaders := make([]int32, 0, n)
	for range n {
		r.int16() // code: with one, the leader is -1, or a replica is away, which is no concern of clients
		partition, leader := r.int32(), r.int32()
		r.int32()     // leader's epoch
		for range 3 { // replicas, in sync, offline
			for k := r.array(); k > 0; k-- {
				r.int32()
			}
		}
		r.tags()
		if partition < 0 || int(partition) >= n {
			r.bad = true
			return nil
		}
		for len(leaders) <= int(partition) {
			leaders = append(leaders, -1)
		}
		leaders[partition] = leader
	}
	return leaders
}

func (c *Client) learnLeaders(m *Metadata) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for name, t := range m.Topics {
		for p, node := range t.Leaders {
			tp := TopicPartition{name, int32(p)}
			if node < 0 {
				delete(c.leaders, tp)
			} else {
				c.leaders[tp] = node
			}
		}
	}
}
