package pqueue

import (
	"math/rand"
	"sort"
	"testing"
)

func TestOrder(t *testing.T) {
	random := rand.New(rand.NewSource(7))
	for round := 0; round < 50; round++ {
		var queue Queue
		var want []int
		for i := 0; i < 1+round; i++ {
			priority := random.Intn(100)
			want = append(want, priority)
			queue.Push("job", priority)
		}
		sort.Ints(want)
		for i, priority := range want {
			job, ok := queue.Pop()
			if !ok || job.Priority != priority {
				t.Fatalf("round %d, job %d: priority %d, want %d", round, i, job.Priority, priority)
			}
		}
		if _, ok := queue.Pop(); ok || queue.Len() != 0 {
			t.Fatal("the queue should be empty")
		}
	}
}

func TestEqualPriorities(t *testing.T) {
	var queue Queue
	names := []string{"a", "b", "c", "d", "e", "f"}
	for _, name := range names {
		queue.Push(name, 1)
	}
	for _, name := range names {
		if job, _ := queue.Pop(); job.Name != name {
			t.Fatalf("got %s, want %s", job.Name, name)
		}
	}
}
