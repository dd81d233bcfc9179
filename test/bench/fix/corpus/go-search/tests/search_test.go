package search

import (
	"reflect"
	"testing"
)

func TestSearch(t *testing.T) {
	values := []int{1, 3, 3, 5, 9}
	for target, want := range map[int]int{0: 0, 1: 0, 2: 1, 3: 1, 4: 3, 9: 4, 10: 5} {
		if got := LowerBound(values, target); got != want {
			t.Errorf("LowerBound(%d) = %d, want %d", target, got, want)
		}
	}
	if LowerBound(nil, 1) != 0 {
		t.Error("LowerBound of an empty slice")
	}
	if Contains(values, 4) || !Contains(values, 9) || !Contains(values, 1) || Contains(nil, 0) {
		t.Error("Contains")
	}
	if Count(values, 3) != 2 || Count(values, 9) != 1 || Count(values, 4) != 0 {
		t.Error("Count")
	}
	if got := Insert(values, 12); !reflect.DeepEqual(got, []int{1, 3, 3, 5, 9, 12}) {
		t.Errorf("Insert(12) = %v", got)
	}
	if got := Insert(values, 4); !reflect.DeepEqual(got, []int{1, 3, 3, 4, 5, 9}) || len(values) != 5 {
		t.Errorf("Insert(4) = %v", got)
	}
}
