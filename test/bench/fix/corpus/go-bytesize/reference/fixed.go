// Package bytesize reads and writes sizes such as "1.5 MiB" in the settings file.
package bytesize

import (
	"fmt"
	"strconv"
	"strings"
)

var units = []struct {
	suffix string
	factor int64
}{
	{"GiB", 1 << 30},
	{"MiB", 1 << 20},
	{"KiB", 1 << 10},
	{"B", 1},
}

// Parse reads a size. A number without a unit is in bytes.
func Parse(text string) (int64, error) {
	text = strings.TrimSpace(text)
	factor := int64(1)
	for _, unit := range units {
		if strings.HasSuffix(text, unit.suffix) {
			factor = unit.factor
			text = strings.TrimSpace(strings.TrimSuffix(text, unit.suffix))
			break
		}
	}
	number, err := strconv.ParseFloat(text, 64)
	if err != nil || number < 0 {
		return 0, fmt.Errorf("not a size: %q", text)
	}
	return int64(number * float64(factor)), nil
}

// Format writes a size with the largest unit that it reaches and one decimal; bytes have none.
func Format(size int64) string {
	for _, unit := range units {
		if size >= unit.factor && unit.factor > 1 {
			return fmt.Sprintf("%.1f %s", float64(size)/float64(unit.factor), unit.suffix)
		}
	}
	return fmt.Sprintf("%d B", size)
}
