// Package search finds positions in sorted slices.
package search

// LowerBound returns the first index whose value is not less than target.
// It returns len(sorted) when all values are less.
func LowerBound(sorted []int, target int) int {
	lo, hi := 0, len(sorted)
	for lo < hi {
		mid := lo + (hi-lo)/2
		if sorted[mid] < target {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo
}

// Contains reports whether target is one of the values.
func Contains(sorted []int, target int) bool {
	i := LowerBound(sorted, target)
	return i < len(sorted) && sorted[i] == target
}

// Count returns how often target occurs.
func Count(sorted []int, target int) int {
	return LowerBound(sorted, target+1) - LowerBound(sorted, target)
}

// Insert returns a new sorted slice that has target in its place. The input is not changed.
func Insert(sorted []int, target int) []int {
	i := LowerBound(sorted, target)
	result := make([]int, 0, len(sorted)+1)
	result = append(result, sorted[:i]...)
	result = append(result, target)
	return append(result, sorted[i:]...)
}
