package broker

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/assay-dev/assay/internal/wire"
)

// answer is an answer that has more than a code in it.
type answer struct {
	name string
	seed kmsg.Response // as another implementation writes it
	// read gives what this package reads, as text.
	read func(r *reader) (string, error)
	// want gives what another implementation reads; false where it is no answer to the request.
	want func(kmsg.Response) (string, bool)
}

// Those that the requests of these tests are about.
var asked = []TopicPartition{{"t", 0}, {"t", 1}}

// told lists a map as text, in the order of its keys.
func told[V any](m map[TopicPartition]V) string {
	var lines []string
	for _, tp := range slices.SortedFunc(maps.Keys(m), compare) {
		lines = append(lines, fmt.Sprintf("%q/%d %v", tp.Topic, tp.Partition, m[tp]))
	}
	return strings.Join(lines, "\n")
}

func refusalText(e *Error) string {
	if e == nil {
		return ""
	}
	return fmt.Sprintf("\nrefused %d %q/%d", e.Code, e.Topic, e.Partition)
}

var answers = []answer{
	{name: "Fetch", seed: fetchAnswer(), read: func(r *reader) (string, error) {
		f := &Fetch{}
		for _, tp := range asked {
			f.Parts = append(f.Parts, FetchPart{TopicPartition: tp})
		}
		code, err := readFetch(r, f)
		s := fmt.Sprint(code)
		for _, p := range f.Parts {
			s += fmt.Sprintf("\n%d %d %d %v %q %v", p.HighWatermark, p.LastStable, p.LogStart, p.Aborted, p.Records, p.Err)
		}
		return s, err
	}, want: func(k kmsg.Response) (string, bool) {
		resp := k.(*kmsg.FetchResponse)
		var parts [2]FetchPart
		seen := map[TopicPartition]bool{}
		for _, t := range resp.Topics {
			for _, p := range t.Partitions {
				tp := TopicPartition{t.Topic, p.Partition}
				if seen[tp] || !slices.Contains(asked, tp) {
					return "", false
				}
				seen[tp] = true
				out := FetchPart{HighWatermark: p.HighWatermark, LastStable: p.LastStableOffset, LogStart: p.LogStartOffset, Records: p.RecordBatches}
				if p.ErrorCode != 0 {
					out.Err = &Error{API: "Fetch", Code: p.ErrorCode, Topic: t.Topic, Partition: p.Partition}
				}
				for _, a := range p.AbortedTransactions {
					out.Aborted = append(out.Aborted, wire.Aborted{ProducerID: a.ProducerID, First: a.FirstOffset})
				}
				parts[p.Partition] = out
			}
		}
		s := fmt.Sprint(resp.ErrorCode)
		for _, p := range parts {
			s += fmt.Sprintf("\n%d %d %d %v %q %v", p.HighWatermark, p.LastStable, p.LogStart, p.Aborted, p.Records, p.Err)
		}
		return s, true
	}},
	{name: "Metadata", seed: metadataAnswer(12), read: metadataOf(apiMetadata), want: metadataWanted},
	{name: "Metadata of old brokers", seed: metadataAnswer(8), read: metadataOf(apiOldMetadata), want: metadataWanted},
	{name: "ListOffsets", seed: listAnswer(), read: func(r *reader) (string, error) {
		offsets, refused := map[TopicPartition]int64{}, map[TopicPartition]error{}
		readListOffsets(r, offsets, refused)
		return told(offsets) + told(refused), r.end()
	}, want: func(k kmsg.Response) (string, bool) {
		offsets, refused := map[TopicPartition]int64{}, map[TopicPartition]error{}
		for _, t := range k.(*kmsg.ListOffsetsResponse).Topics {
			for _, p := range t.Partitions {
				if tp := (TopicPartition{t.Topic, p.Partition}); p.ErrorCode == 0 {
					offsets[tp] = p.Offset
				} else {
					refused[tp] = &Error{API: "ListOffsets", Code: p.ErrorCode, Topic: t.Topic, Partition: p.Partition}
				}
			}
		}
		return told(offsets) + told(refused), true
	}},
	{name: "OffsetFetch", seed: offsetsAnswer(), read: func(r *reader) (string, error) {
		offsets, refusal := readStableOffsets(r, asked)
		return told(offsets) + refusalText(refusal), r.end()
	}, want: func(k kmsg.Response) (string, bool) {
		resp := k.(*kmsg.OffsetFetchResponse)
		offsets, wrong := map[TopicPartition]Committed{}, resp.ErrorCode != 0
		for _, t := range resp.Topics {
			for _, p := range t.Partitions {
				at := Committed{Offset: p.Offset}
				if p.Metadata != nil {
					at.Metadata = *p.Metadata
				}
				offsets[TopicPartition{t.Topic, p.Partition}] = at
				wrong = wrong || p.ErrorCode != 0
			}
		}
		return told(offsets), !wrong && holds(offsets, asked) // which of several refusals counts is tested with retries
	}},
	{name: "Produce", seed: produceAnswer(), read: func(r *reader) (string, error) {
		p := produceRequest{batches: []*ProduceBatch{{TopicPartition: asked[0]}}, errs: make([]error, 1)}
		err := p.read(r)
		return fmt.Sprint(p.errs[0]), err
	}, want: func(k kmsg.Response) (string, bool) {
		resp := k.(*kmsg.ProduceResponse)
		if len(resp.Topics) != 1 || resp.Topics[0].Topic != "t" || len(resp.Topics[0].Partitions) != 1 || resp.Topics[0].Partitions[0].Partition != 0 {
			return "", false
		}
		p := resp.Topics[0].Partitions[0]
		if p.ErrorCode == 0 || p.ErrorCode == codeDuplicateSequence {
			return fmt.Sprint(nil), true
		}
		e := &Error{API: "Produce", Code: p.ErrorCode, Topic: "t"}
		if p.ErrorMessage != nil {
			e.Message = *p.ErrorMessage
		}
		return fmt.Sprint(error(e)), true
	}},
	{name: "AddPartitionsToTxn", seed: addedAnswer(), read: func(r *reader) (string, error) {
		refusal := readPartitions(r, apiAddPartitions, len(asked))
		return refusalText(refusal), r.end()
	}, want: func(k kmsg.Response) (string, bool) {
		n, right := 0, true
		for _, t := range k.(*kmsg.AddPartitionsToTxnResponse).Topics {
			for _, p := range t.Partitions {
				n++
				right = right && p.ErrorCode == 0
			}
		}
		return "", right && n == len(asked)
	}},
	{name: "DescribeConfigs", seed: configsAnswer(), read: func(r *reader) (string, error) {
		r.int32() // throttle
		s := ""
		for n := r.array(); n > 0; n-- {
			code, message := r.int16(), r.string()
			r.int8() // kind
			name := r.string()
			values := readConfigs(r)
			_ = topicConfig(values)
			s += fmt.Sprintf("%d %q %q %q\n", code, message, name, values)
		}
		return s, r.end()
	}, want: func(k kmsg.Response) (string, bool) {
		s := ""
		for _, res := range k.(*kmsg.DescribeConfigsResponse).Resources {
			values := map[string]string{}
			for _, c := range res.Configs {
				if c.Value != nil && !c.IsSensitive {
					values[c.Name] = *c.Value
				}
			}
			message := ""
			if res.ErrorMessage != nil {
				message = *res.ErrorMessage
			}
			s += fmt.Sprintf("%d %q %q %q\n", res.ErrorCode, message, res.ResourceName, values)
		}
		return s, true
	}},
	{name: "DescribeGroups", seed: groupAnswer(), read: func(r *reader) (string, error) {
		g, code := readGroup(r)
		if err := r.end(); err != nil {
			return "", err
		}
		return fmt.Sprintf("%d %+v", code, *g), nil
	}, want: func(k kmsg.Response) (string, bool) {
		groups := k.(*kmsg.DescribeGroupsResponse).Groups
		if len(groups) != 1 {
			return "", false
		}
		g := Group{State: groups[0].State}
		for _, m := range groups[0].Members {
			g.Members = append(g.Members, GroupMember{ID: m.MemberID, ClientID: m.ClientID, Host: bareHost(m.ClientHost)})
		}
		return fmt.Sprintf("%d %+v", groups[0].ErrorCode, g), true
	}},
	{name: "tags", read: func(r *reader) (string, error) {
		r.flexible = true
		r.tags()
		return "", r.end()
	}},
}

func fetchAnswer() kmsg.Response {
	k := kmsg.NewPtrFetchResponse()
	part := kmsg.NewFetchResponseTopicPartition()
	part.AbortedTransactions = []kmsg.FetchResponseTopicPartitionAbortedTransaction{{ProducerID: 3, FirstOffset: 4}}
	part.RecordBatches = []byte("records")
	k.Topics = []kmsg.FetchResponseTopic{{Topic: "t", Partitions: []kmsg.FetchResponseTopicPartition{part}}}
	k.Version = apiFetch.version
	return k
}

func metadataAnswer(version int16) kmsg.Response {
	name := "t"
	k := kmsg.NewPtrMetadataResponse()
	part := kmsg.NewMetadataResponseTopicPartition()
	part.Leader, part.Replicas = 1, []int32{1, 2}
	k.Brokers = []kmsg.MetadataResponseBroker{{NodeID: 1, Host: "h", Port: 1}}
	k.Topics = []kmsg.MetadataResponseTopic{{Topic: &name, Partitions: []kmsg.MetadataResponseTopicPartition{part}}}
	k.Version = version
	return k
}

func metadataOf(a api) func(r *reader) (string, error) {
	return func(r *reader) (string, error) {
		m := readMetadata(r, a)
		s := m.ClusterID
		for _, name := range slices.Sorted(maps.Keys(m.Topics)) {
			t := m.Topics[name]
			s += fmt.Sprintf("\n%q %x %v %v", name, t.ID, t.Leaders, t.Err)
		}
		return s, r.end()
	}
}

func metadataWanted(k kmsg.Response) (string, bool) {
	resp := k.(*kmsg.MetadataResponse)
	topics := map[string]Topic{}
	for _, t := range resp.Topics {
		name := ""
		if t.Topic != nil {
			name = *t.Topic
		}
		out := Topic{ID: t.TopicID, Leaders: []int32{}}
		for range t.Partitions {
			out.Leaders = append(out.Leaders, -1)
		}
		highest := int32(-1)
		for _, p := range t.Partitions {
			if p.Partition < 0 || int(p.Partition) >= len(t.Partitions) {
				return "", false
			}
			out.Leaders[p.Partition] = p.Leader
			highest = max(highest, p.Partition)
		}
		out.Leaders = out.Leaders[:highest+1]
		if t.ErrorCode != 0 {
			out = Topic{Err: &Error{API: "Metadata", Code: t.ErrorCode, Topic: name, Partition: -1}}
		}
		topics[name] = out
	}
	s := ""
	if resp.ClusterID != nil {
		s = *resp.ClusterID
	}
	for _, name := range slices.Sorted(maps.Keys(topics)) {
		t := topics[name]
		s += fmt.Sprintf("\n%q %x %v %v", name, t.ID, t.Leaders, t.Err)
	}
	return s, true
}

func listAnswer() kmsg.Response {
	k := kmsg.NewPtrListOffsetsResponse()
	k.Topics = []kmsg.ListOffsetsResponseTopic{{Topic: "t", Partitions: []kmsg.ListOffsetsResponseTopicPartition{kmsg.NewListOffsetsResponseTopicPartition()}}}
	k.Version = apiListOffsets.version
	return k
}

func offsetsAnswer() kmsg.Response {
	k := kmsg.NewPtrOffsetFetchResponse()
	k.Topics = []kmsg.OffsetFetchResponseTopic{{Topic: "t"}}
	metadata := "000102030405060708090a0b0c0d0e0f"
	for i := range int32(2) {
		part := kmsg.NewOffsetFetchResponseTopicPartition()
		part.Partition, part.Offset, part.Metadata = i, 42, &metadata
		k.Topics[0].Partitions = append(k.Topics[0].Partitions, part)
	}
	k.Version = apiOffsetFetch.version
	return k
}

func produceAnswer() kmsg.Response {
	k := kmsg.NewPtrProduceResponse()
	k.Topics = []kmsg.ProduceResponseTopic{{Topic: "t", Partitions: []kmsg.ProduceResponseTopicPartition{kmsg.NewProduceResponseTopicPartition()}}}
	k.Version = apiProduce.version
	return k
}

func addedAnswer() kmsg.Response {
	k := kmsg.NewPtrAddPartitionsToTxnResponse()
	k.Topics = []kmsg.AddPartitionsToTxnResponseTopic{{Topic: "t"}}
	for i := range int32(2) {
		part := kmsg.NewAddPartitionsToTxnResponseTopicPartition()
		part.Partition = i
		k.Topics[0].Partitions = append(k.Topics[0].Partitions, part)
	}
	k.Version = apiAddPartitions.version
	return k
}

func configsAnswer() kmsg.Response {
	k := kmsg.NewPtrDescribeConfigsResponse()
	hour, secret := "3600000", "secret"
	k.Resources = []kmsg.DescribeConfigsResponseResource{{ResourceType: kmsg.ConfigResourceTypeTopic, ResourceName: "t", Configs: []kmsg.DescribeConfigsResponseResourceConfig{
		{Name: "retention.ms", Value: &hour, ConfigSynonyms: []kmsg.DescribeConfigsResponseResourceConfigConfigSynonym{{Name: "log.retention.ms", Value: &hour}}},
		{Name: "sasl.jaas.config", Value: &secret, IsSensitive: true},
	}}}
	k.Version = apiDescribeConfigs.version
	return k
}

// bytesOf is the seed on the wire, behind the answer's header.
func (a *answer) bytesOf() []byte {
	if a.seed == nil {
		return []byte{1, 7, 2, 'x', 'y'}
	}
	return a.seed.AppendTo(nil)
}

func (a *answer) from(b []byte) (text string, rest []byte, err error) {
	r := reader{b: b, flexible: a.seed != nil && a.seed.IsFlexible()}
	text, err = a.read(&r)
	return text, r.b, err
}

// as gives what another implementation makes of b; nil where it cannot read all of it. It reads up to four thousand million tags
// that are not there, and so is not asked where there might be many: where this package stops, or in what it leaves unread.
func (a *answer) as(b, rest []byte, err error) kmsg.Response {
	if err != nil {
		rest = b
	}
	high := 0
	for _, c := range rest {
		if high++; c < 0x80 {
			high = 0
		}
		if high > 1 && a.seed.IsFlexible() {
			return nil
		}
	}
	k := kmsg.ResponseForKey(a.seed.Key())
	k.SetVersion(a.seed.GetVersion())
	if k.ReadFrom(bytes.Clone(b)) != nil || !bytes.Equal(k.AppendTo(nil), b) {
		return nil
	}
	return k
}

// TestAnswersOfAnother decodes the seeds whole, and finds every cut of them.
func TestAnswersOfAnother(t *testing.T) {
	for i := range answers {
		a := &answers[i]
		b := a.bytesOf()
		got, _, err := a.from(b)
		if err != nil {
			t.Errorf("%s: %v", a.name, err)
		}
		if a.seed != nil {
			if want, ok := a.want(a.seed); !ok || got != want {
				t.Errorf("%s: %s, want %s", a.name, got, want)
			}
		}
		// Some end with a throttle time or tags, which are not read.
		for n := range len(b) - 4 {
			if _, _, err := a.from(b[:n:n]); err == nil {
				t.Errorf("%s cut at %d of %d: nobody noticed", a.name, n, len(b))
				break
			}
		}
	}
}

// A broker that answers with as many partitions as were asked for, but others, has told nothing of them.
func TestStableOffsetsOfOtherPartitions(t *testing.T) {
	k := offsetsAnswer().(*kmsg.OffsetFetchResponse)
	k.Topics[0].Partitions[1].Partition = 7
	r := reader{b: k.AppendTo(nil), flexible: true}
	if offsets, _ := readStableOffsets(&r, asked); r.end() == nil {
		t.Errorf("taken for %v", offsets)
	}
}

// FuzzAnswers decodes arbitrary bytes as every answer: an error or none, but no panic and no end of memory. Bytes that another
// implementation writes are read as it reads them.
func FuzzAnswers(f *testing.F) {
	for i := range answers {
		f.Add(uint8(i), answers[i].bytesOf())
	}
	f.Fuzz(func(t *testing.T, which uint8, b []byte) {
		a := &answers[int(which)%len(answers)]
		got, rest, err := a.from(b)
		if a.seed == nil {
			return
		}
		k := a.as(b, rest, err)
		if k == nil {
			return
		}
		want, is := a.want(k)
		switch {
		case is && (err != nil || got != want):
			t.Fatalf("%s: %s, %v, want %s", a.name, got, err, want)
		case !is && err != nil && errors.Is(err, errShortAnswer) != (a.name != "Fetch"):
			t.Fatalf("%s: %v", a.name, err)
		}
	})
}
