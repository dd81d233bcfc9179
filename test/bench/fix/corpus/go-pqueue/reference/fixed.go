// Package pqueue is the job queue of the scheduler: the job with the smallest priority number comes first.
package pqueue

// Job is a unit of work. Jobs of equal priority run in the order in which they were added.
type Job struct {
	Name     string
	Priority int
	sequence int
}

// Queue is a binary min-heap of jobs. The zero value is ready to use.
type Queue struct {
	jobs []Job
	next int
}

// Len returns how many jobs are waiting.
func (q *Queue) Len() int { return len(q.jobs) }

func (q *Queue) less(i, j int) bool {
	a, b := q.jobs[i], q.jobs[j]
	if a.Priority != b.Priority {
		return a.Priority < b.Priority
	}
	return a.sequence < b.sequence
}

// Push adds a job.
func (q *Queue) Push(name string, priority int) {
	q.jobs = append(q.jobs, Job{Name: name, Priority: priority, sequence: q.next})
	q.next++
	for i := len(q.jobs) - 1; i > 0; {
		parent := (i - 1) / 2
		if !q.less(i, parent) {
			break
		}
		q.jobs[i], q.jobs[parent] = q.jobs[parent], q.jobs[i]
		i = parent
	}
}

// Pop removes and returns the first job; ok is false when the queue is empty.
func (q *Queue) Pop() (job Job, ok bool) {
	if len(q.jobs) == 0 {
		return Job{}, false
	}
	job = q.jobs[0]
	last := len(q.jobs) - 1
	q.jobs[0] = q.jobs[last]
	q.jobs = q.jobs[:last]
	q.siftDown(0)
	return job, true
}

// siftDown moves the job at i towards the leaves until both of its children come after it.
func (q *Queue) siftDown(i int) {
	for {
		smallest := i
		left, right := 2*i+1, 2*i+2
		if left < len(q.jobs) && q.less(left, smallest) {
			smallest = left
		}
		if right < len(q.jobs) && q.less(right, smallest) {
			smallest = right
		}
		if smallest == i {
			return
		}
		q.jobs[i], q.jobs[smallest] = q.jobs[smallest], q.jobs[i]
		i = smallest
	}
}
