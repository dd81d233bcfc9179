package slug

import "testing"

func TestSlug(t *testing.T) {
	for title, want := range map[string]string{
		"Go 1.22, out now!": "go-1-22-out-now",
		"  Déjà  vu ":       "déjà-vu",
		"!!!":               "untitled",
		"one two three four five six seven eight nine ten": "one-two-three-four-five-six-seven-eight",
	} {
		if got := Make(title); got != want {
			t.Errorf("Make(%q) = %q, want %q", title, got, want)
		}
	}
	used := map[string]bool{"hello": true, "hello-2": true}
	if got := Unique("Hello", func(s string) bool { return used[s] }); got != "hello-3" {
		t.Errorf("Unique = %q", got)
	}
	if got := Unique("Bye", func(s string) bool { return used[s] }); got != "bye" {
		t.Errorf("Unique = %q", got)
	}
}
