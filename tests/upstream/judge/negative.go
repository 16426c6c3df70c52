// The judge judged: cases that say of themselves what must become of them. A case that is accepted against
// its word, or refused for another reason than stated, fails.
package judge

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// expectation is one stated refusal.
type expectation struct {
	file     string // trees only
	stage    int
	fragment string
	met      bool
}

// header lines of a case: `# expect: stage 2: text`, `# expect[1.30-1.34]: …`, `# note: text`, `# machine: file`, `# needs: etcd`, `# minors: 1.25 1.33+`.
var header = regexp.MustCompile(`^#?\s*(expect|note|machine|minors|needs)(?:\[([0-9.+ -]+)\])?:\s*(.*)$`)

// stated is the right side of an expectation.
var stated = regexp.MustCompile(`^(?:(\S+) )?stage (\d): (.+)$`)

type caseFile struct {
	accepted bool
	expected []*expectation
	notes    []string
	needs    string // the program beside the judge without which the case is skipped
	machine  string
	minors   string // those it is for; all when empty
	here     bool   // whether this minor is one of them
}

// readCase reads the header of a file, or the EXPECT file of a tree.
func readCase(path, minor string) (*caseFile, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	c := &caseFile{here: true}
	for _, line := range strings.Split(string(data), "\n") {
		m := header.FindStringSubmatch(strings.TrimSpace(line))
		if m == nil {
			continue
		}
		if m[2] != "" {
			meant, err := covers(m[2], minor)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", path, err)
			}
			if !meant {
				continue
			}
		}
		switch value := strings.TrimSpace(m[3]); {
		case m[1] == "machine":
			c.machine = value
		case m[1] == "needs":
			c.needs = value
		case m[1] == "note":
			c.notes = append(c.notes, value)
		case m[1] == "minors":
			c.minors = value
			if c.here, err = covers(value, minor); err != nil {
				return nil, fmt.Errorf("%s: %w", path, err)
			}
		case value == "accepted":
			c.accepted = true
		default:
			e := stated.FindStringSubmatch(value)
			if e == nil {
				return nil, fmt.Errorf("%s: cannot read %q", path, line)
			}
			stage, _ := strconv.Atoi(e[2])
			c.expected = append(c.expected, &expectation{file: e[1], stage: stage, fragment: e[3]})
		}
	}
	if c.here && c.accepted == (len(c.expected) > 0) {
		return nil, fmt.Errorf("%s: states neither that it is accepted nor what refuses it, or both", path)
	}
	return c, nil
}

// wrong compares verdicts with what was stated. Notes need not be stated.
func (c *caseFile) wrong(verdicts []Verdict) (faults []string) {
	for _, v := range verdicts {
		for _, text := range append(slices.Clone(v.Dropped), v.Errors...) {
			known := false
			for _, e := range c.expected {
				if e.stage == v.Stage && (e.file == "" || e.file == v.File) && strings.Contains(text, e.fragment) {
					e.met, known = true, true
				}
			}
			if !known {
				faults = append(faults, fmt.Sprintf("not stated: %s stage %d: %s", v.File, v.Stage, text))
			}
		}
	}
	for _, e := range c.expected {
		if !e.met {
			faults = append(faults, fmt.Sprintf("did not happen: %s stage %d: %s", e.file, e.stage, e.fragment))
		}
	}
	for _, text := range c.notes {
		if !slices.ContainsFunc(verdicts, func(v Verdict) bool { return strings.Contains(strings.Join(v.Notes, "\n"), text) }) {
			faults = append(faults, "no such note: "+text)
		}
	}
	return faults
}
