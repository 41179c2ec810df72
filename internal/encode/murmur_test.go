package encode

import (
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"
	"pgregory.net/rapid"
)

// The vectors of the Java client's own test, org.apache.kafka.common.utils.UtilsTest.
func TestMurmur2(t *testing.T) {
	for key, want := range map[string]int32{
		"21":                         -973932308,
		"foobar":                     -790332482,
		"a-little-bit-long-string":   -985981536,
		"a-little-bit-longer-string": -1486304829,
		"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8": -58897971,
		"abc": 479470107,
	} {
		if got := int32(murmur2([]byte(key))); got != want {
			t.Errorf("%s: %d, want %d", key, got, want)
		}
		for _, n := range []int32{1, 2, 7, 12, 100, 1<<31 - 1} {
			if got, want := KeyPartition([]byte(key), n), want&0x7fffffff%n; got != want {
				t.Errorf("%s among %d: %d, want %d", key, n, got, want)
			}
		}
	}
}

// The same partition as another client's partitioner, which is compatible with Java's, takes.
func TestKeyPartitionIsOthers(t *testing.T) {
	theirs := kgo.StickyKeyPartitioner(nil).ForTopic("t")
	rapid.Check(t, func(t *rapid.T) {
		key := rapid.SliceOf(rapid.Byte()).Draw(t, "key")
		n := rapid.IntRange(1, 1000).Draw(t, "partitions")
		if key == nil {
			key = []byte{}
		}
		want := theirs.Partition(&kgo.Record{Key: key}, n)
		if got := KeyPartition(key, int32(n)); int(got) != want {
			t.Fatalf("%q among %d: %d, want %d", key, n, got, want)
		}
	})
}
