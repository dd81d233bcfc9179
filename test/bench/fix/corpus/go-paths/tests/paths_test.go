package paths

import (
	"reflect"
	"testing"
)

func TestAll(t *testing.T) {
	graph := Graph{
		"a": {"b"}, "b": {"c"}, "c": {"d"}, "d": {"e"},
		"e": {"r", "p", "q"}, "p": {"z"}, "q": {"z", "a"}, "r": {"z"},
	}
	want := [][]string{
		{"a", "b", "c", "d", "e", "p", "z"},
		{"a", "b", "c", "d", "e", "q", "z"},
		{"a", "b", "c", "d", "e", "r", "z"},
	}
	if got := All(graph, "a", "z"); !reflect.DeepEqual(got, want) {
		t.Errorf("All = %v, want %v", got, want)
	}
	diamond := Graph{"s": {"m"}, "m": {"n"}, "n": {"x", "y"}}
	if got := All(diamond, "s", "y"); !reflect.DeepEqual(got, [][]string{{"s", "m", "n", "y"}}) {
		t.Errorf("All = %v", got)
	}
	if got := All(graph, "z", "a"); got != nil {
		t.Errorf("All = %v, want none", got)
	}
	if got := All(graph, "a", "a"); !reflect.DeepEqual(got, [][]string{{"a"}}) {
		t.Errorf("All = %v", got)
	}
	if got := graph["e"]; !reflect.DeepEqual(got, []string{"r", "p", "q"}) {
		t.Errorf("the graph was changed: %v", got)
	}
}

func TestRevisit(t *testing.T) {
	graph := Graph{"a": {"b", "c"}, "b": {"c", "d"}, "c": {"d"}}
	want := [][]string{{"a", "b", "c", "d"}, {"a", "b", "d"}, {"a", "c", "d"}}
	if got := All(graph, "a", "d"); !reflect.DeepEqual(got, want) {
		t.Errorf("All = %v, want %v", got, want)
	}
	if got := Shortest(graph, "a", "d"); !reflect.DeepEqual(got, []string{"a", "b", "d"}) {
		t.Errorf("Shortest = %v", got)
	}
}
