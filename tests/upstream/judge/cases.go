// Running the negative cases: those of one minor, and of etcd's minors.
package judge

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

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

// negative runs the cases of the judge's own minor, and those of the minors of etcd named.
func (a *Adapter) negative(dir string, etcds []string) int {
	var tally Tally
	err := a.cases(dir, false, &tally)
	for _, minor := range etcds {
		of := *a
		of.Minor, of.etcd = minor, minor
		err = errors.Join(err, of.cases(dir, true, &tally))
	}
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

// cases runs the cases of etcd's flags, or all others.
func (a *Adapter) cases(dir string, etcd bool, tally *Tally) error {
	return filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, _ := filepath.Rel(dir, path)
		top := strings.Split(filepath.ToSlash(name), "/")[0]
		inTree := top == "trees" && entry.Name() != "EXPECT"
		if entry.IsDir() || inTree || top == "machines" || top == "bases" || (top == KindEtcd) != etcd {
			return nil
		}
		c, err := readCase(path, a.Minor)
		if err != nil {
			return err
		}
		if !c.here {
			fmt.Printf("skip  %s  %s: for %s\n", a.Minor, name, c.minors)
			tally.Skipped++
			return nil
		}
		if missing := a.missing(c.needs); missing != "" {
			fmt.Printf("skip  %s  %s: %s is not built\n", a.Minor, name, missing)
			tally.Skipped++
			return nil
		}
		steps, err := a.caseSteps(dir, path, c)
		if err != nil {
			return err
		}
		verdicts := a.run(steps)
		if reason := verdicts[0].Reason; top != "trees" && reason != "" {
			fmt.Printf("skip  %s  %s: %s\n", a.Minor, name, reason)
			tally.Skipped++
			return nil
		}
		faults := c.wrong(verdicts)
		if len(faults) == 0 {
			fmt.Printf("ok    %s  %s\n", a.Minor, name)
			tally.Passed++
			return nil
		}
		fmt.Printf("FAIL  %s  %s\n      %s\n", a.Minor, name, strings.Join(faults, "\n      "))
		tally.Failed++
		return nil
	})
}
