// Package ratelimit is a token bucket for outgoing requests.
package ratelimit

import (
	"sync"
	"time"
)

// Bucket allows bursts of up to capacity requests and refills steadily at rate tokens a second.
type Bucket struct {
	mu       sync.Mutex
	capacity float64
	rate     float64
	tokens   float64
	updated  time.Time
	now      func() time.Time
}

// New returns a full bucket. now tells the time; pass time.Now outside of tests.
func New(capacity, rate float64, now func() time.Time) *Bucket {
	return &Bucket{capacity: capacity, rate: rate, tokens: capacity, updated: now(), now: now}
}

// refill adds the tokens that were earned since the last call.
func (b *Bucket) refill() {
	current := b.now()
	elapsed := current.Sub(b.updated).Seconds()
	b.tokens += elapsed * b.rate
	if b.tokens > b.capacity {
		b.tokens = b.capacity
	}
	b.updated = current
}

// Allow takes one token and reports whether there was one.
func (b *Bucket) Allow() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.refill()
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}

// Wait returns how long it takes until the next token is there; 0 if there is one now.
func (b *Bucket) Wait() time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.refill()
	if b.tokens >= 1 {
		return 0
	}
	return time.Duration((1 - b.tokens) / b.rate * float64(time.Second))
}
