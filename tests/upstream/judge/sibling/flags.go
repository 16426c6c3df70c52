package sibling

import (
	"fmt"
	"os"
	"slices"
	"strings"
)

// Lines reads a flags file: one --flag=value a line, '#' comments and empty lines apart.
func Lines(path string) (flags []string, errs []error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, []error{err}
	}
	return Split(string(data))
}

// Twice is a flag that is given twice: upstream takes the last one, or adds to the first, in silence.
type Twice struct{ Flag string }

func (t Twice) Error() string { return fmt.Sprintf("--%s is given twice", t.Flag) }

// Split is Lines of a text.
func Split(text string) (flags []string, errs []error) {
	seen := []string{}
	for _, line := range strings.Split(text, "\n") {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name := Name(line)
		if !strings.HasPrefix(line, "--") || strings.ContainsAny(name, " \t") {
			errs = append(errs, fmt.Errorf("%q is not a line of the form --flag=value", line))
			continue
		}
		if slices.Contains(seen, name) {
			errs = append(errs, Twice{name})
		}
		seen = append(seen, name)
		flags = append(flags, line)
	}
	return flags, errs
}

// Name is a flag's name without its dashes.
func Name(flag string) string {
	name, _, _ := strings.Cut(flag, "=")
	return strings.TrimPrefix(name, "--")
}

// Has tells whether a flag is given.
func Has(flags []string, name string) bool {
	return slices.ContainsFunc(flags, func(flag string) bool { return Name(flag) == name })
}
