// Package slug makes the last part of an article's address from its title.
package slug

import (
	"strconv"
	"strings"
)

const maxLength = 40

// Make returns the title in lower case with words joined by single dashes: "Go 1.22, out now!" becomes "go-1-22-out-now".
// It is cut between words so that it has at most maxLength characters.
func Make(title string) string {
	words := strings.FieldsFunc(strings.ToLower(title), func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r)
	})
	var result []string
	length := 0
	for _, word := range words {
		added := len([]rune(word))
		if len(result) > 0 {
			added++
		}
		if length+added > maxLength {
			break
		}
		result = append(result, word)
		length += added
	}
	if len(result) == 0 {
		return "untitled"
	}
	return strings.Join(result, "-")
}

// Unique returns the title's slug, with -2, -3, ... appended if taken says that it is in use.
func Unique(title string, taken func(string) bool) string {
	base := Make(title)
	slug := base
	for n := 2; taken(slug); n++ {
		slug = base + "-" + strconv.Itoa(n)
	}
	return slug
}
