package broker

import (
	"cmp"
	"slices"

	"github.com/segmentio/kafka-go"
)

// copartition gives each member a range of partition numbers, the same numbers in every topic: partition 3 of one input and
// partition 3 of another meet in one member, and in it in one lane. The range assignor that other clients have does so only
// where all topics have the same number of partitions.
type copartition struct{}

// ProtocolName is what the members of a group agree on.
func (copartition) ProtocolName() string { return "assay-copartition" }

// UserData is empty.
func (copartition) UserData() ([]byte, error) { return nil, nil }

// AssignGroups is called in the group's leader, for all members.
func (copartition) AssignGroups(members []kafka.GroupMember, partitions []kafka.Partition) kafka.GroupMemberAssignments {
	members = slices.Clone(members)
	slices.SortFunc(members, func(a, b kafka.GroupMember) int { return cmp.Compare(a.ID, b.ID) })
	numbers := 0
	for _, p := range partitions {
		numbers = max(numbers, p.ID+1)
	}
	assignments := make(kafka.GroupMemberAssignments, len(members))
	for _, m := range members {
		assignments[m.ID] = make(map[string][]int)
	}
	for _, p := range partitions {
		// While a new version of the process rolls out, not every member asks for every topic.
		asking := slices.DeleteFunc(slices.Clone(members), func(m kafka.GroupMember) bool { return !slices.Contains(m.Topics, p.Topic) })
		if len(asking) == 0 {
			continue
		}
		m := asking[owner(p.ID, numbers, len(asking))]
		assignments[m.ID][p.Topic] = append(assignments[m.ID][p.Topic], p.ID)
	}
	for _, topics := range assignments {
		for _, ids := range topics {
			slices.Sort(ids)
		}
	}
	return assignments
}

// owner gives the index of the member, of count, in whose range the partition number of numbers lies.
func owner(partition, numbers, count int) int {
	// The ranges are [i·numbers/count, (i+1)·numbers/count); this is the inverse.
	return ((partition+1)*count - 1) / numbers
}
