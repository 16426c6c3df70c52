// Minors as numbers, and the ranges of them that the negative cases name.
package judge

import (
	"fmt"
	"strconv"
	"strings"
)

// minorNumber is 37 of "1.37". Cases of etcd's flags name etcd's minors.
func minorNumber(minor string) (int, error) {
	major, number, _ := strings.Cut(minor, ".")
	if major != "1" && major != "3" {
		return 0, fmt.Errorf("%q is no minor of Kubernetes 1 or etcd 3", minor)
	}
	return strconv.Atoi(number)
}

// covers tells whether a list of minors and ranges ("1.25", "1.25-1.32", "1.33+"), with spaces, has this minor in it.
func covers(list, minor string) (bool, error) {
	is, err := minorNumber(minor)
	if err != nil {
		return false, err
	}
	for _, part := range strings.Fields(list) {
		open := strings.HasSuffix(part, "+")
		from, to, isRange := strings.Cut(strings.TrimSuffix(part, "+"), "-")
		if !isRange {
			to = from
		}
		first, err := minorNumber(from)
		if err != nil {
			return false, err
		}
		last, err := minorNumber(to)
		if err != nil {
			return false, err
		}
		if first <= is && (open || is <= last) {
			return true, nil
		}
	}
	return false, nil
}
