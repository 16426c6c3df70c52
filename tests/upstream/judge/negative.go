// The judge judged: cases that say of themselves what must become of them. A case that is accepted against
// its word, or refused for another reason than stated, fails.
package judge

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
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

// header lines of a case: `# expect: stage 2: text`, `# expect[1.30]: …`, `# machine: file`, `# minors: 1.37`.
var header = regexp.MustCompile(`^#?\s*(expect|machine|minors)(?:\[([0-9.]+)\])?:\s*(.*)$`)

// stated is the right side of an expectation.
var stated = regexp.MustCompile(`^(?:(\S+) )?stage (\d): (.+)$`)

type caseFile struct {
	accepted bool
	expected []*expectation
	machine  string
	minors   []string
}

// readCase reads the header of a file, or the EXPECT file of a tree.
func readCase(path, minor string) (*caseFile, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	c := &caseFile{}
	for _, line := range strings.Split(string(data), "\n") {
		m := header.FindStringSubmatch(strings.TrimSpace(line))
		if m == nil || m[2] != "" && m[2] != minor {
			continue
		}
		switch value := strings.TrimSpace(m[3]); {
		case m[1] == "machine":
			c.machine = value
		case m[1] == "minors":
			c.minors = strings.Fields(value)
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
	if c.accepted == (len(c.expected) > 0) && (len(c.minors) == 0 || slices.Contains(c.minors, minor)) {
		return nil, fmt.Errorf("%s: states neither that it is accepted nor what refuses it, or both", path)
	}
	return c, nil
}

// wrong compares verdicts with what was stated.
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
	return faults
}

// caseSteps are the jobs of a case: a tree's folder, or a single file of the kind its folder names.
func (a *Adapter) caseSteps(dir, path string, c *caseFile) ([]step, error) {
	if filepath.Base(path) == "EXPECT" {
		return a.steps(filepath.Dir(path), Options{Force: true})
	}
	machine := c.machine
	if machine != "" {
		machine = filepath.Join(dir, machine)
	}
	return singleSteps(filepath.Base(filepath.Dir(path)), path, machine)
}

func (a *Adapter) negative(dir string) int {
	var tally Tally
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(dir, path)
		top := strings.Split(filepath.ToSlash(name), "/")[0]
		inTree := top == "trees" && entry.Name() != "EXPECT"
		if entry.IsDir() || inTree || top == "machines" || top == "bases" {
			return nil
		}
		c, err := readCase(path, a.Minor)
		if err != nil {
			return err
		}
		if len(c.minors) > 0 && !slices.Contains(c.minors, a.Minor) {
			fmt.Printf("skip  %s  %s: for %s\n", a.Minor, name, strings.Join(c.minors, ", "))
			tally.Skipped++
			return nil
		}
		steps, err := a.caseSteps(dir, path, c)
		if err != nil {
			return err
		}
		faults := c.wrong(a.run(steps))
		if len(faults) == 0 {
			fmt.Printf("ok    %s  %s\n", a.Minor, name)
			tally.Passed++
			return nil
		}
		fmt.Printf("FAIL  %s  %s\n      %s\n", a.Minor, name, strings.Join(faults, "\n      "))
		tally.Failed++
		return nil
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	fmt.Println(tally)
	if tally.Failed > 0 {
		return 1
	}
	if tally.Passed == 0 {
		return 2
	}
	return 0
}
