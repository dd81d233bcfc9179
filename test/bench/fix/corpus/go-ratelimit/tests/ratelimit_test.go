package ratelimit

import (
	"testing"
	"time"
)

func TestBucket(t *testing.T) {
	clock := time.Unix(1000, 0)
	bucket := New(2, 1, func() time.Time { return clock })
	if !bucket.Allow() || !bucket.Allow() || bucket.Allow() {
		t.Fatal("a full bucket of 2 allows exactly 2")
	}
	if got := bucket.Wait(); got != time.Second {
		t.Errorf("Wait = %v, want 1s", got)
	}
	clock = clock.Add(500 * time.Millisecond)
	if bucket.Allow() {
		t.Error("half a token is not enough")
	}
	if got := bucket.Wait(); got != 500*time.Millisecond {
		t.Errorf("Wait = %v, want 500ms", got)
	}
	clock = clock.Add(500 * time.Millisecond)
	if !bucket.Allow() {
		t.Error("two halves make a token")
	}
	clock = clock.Add(time.Hour)
	if !bucket.Allow() || !bucket.Allow() || bucket.Allow() {
		t.Error("the bucket never holds more than its capacity")
	}
	clock = clock.Add(2500 * time.Millisecond)
	if !bucket.Allow() || bucket.Wait() != 0 {
		t.Error("2 tokens after 2.5 seconds")
	}
}
