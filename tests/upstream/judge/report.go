// Running steps and printing verdicts: one line each, in the order of the tree, and the closing count.
package judge

import (
	"encoding/json"
	"fmt"
	"io"
	"path"
	"runtime"
	"sync"
)

// run answers all steps, as many at once as there are processors; order is kept.
func (a *Adapter) run(steps []step) []Verdict {
	verdicts := make([]Verdict, len(steps))
	slots := make(chan struct{}, runtime.NumCPU())
	var wait sync.WaitGroup
	for i, s := range steps {
		if s.made != nil {
			verdicts[i] = *s.made
			continue
		}
		wait.Add(1)
		slots <- struct{}{}
		go func() {
			defer func() { <-slots; wait.Done() }()
			verdicts[i] = a.ask(*s.job)
		}()
	}
	wait.Wait()
	return verdicts
}

// Tally counts (file, stage) pairs.
type Tally struct{ Passed, Failed, Skipped int }

func (t *Tally) add(verdict string) {
	switch verdict {
	case "accepted":
		t.Passed++
	case "refused":
		t.Failed++
	default:
		t.Skipped++
	}
}

func (t Tally) String() string {
	return fmt.Sprintf("%d passed, %d failed, %d skipped", t.Passed, t.Failed, t.Skipped)
}

// print writes one verdict.
func (v Verdict) print(out io.Writer, asJSON bool) {
	if asJSON {
		line, err := json.Marshal(v)
		if err != nil {
			panic(err) // strings and numbers only
		}
		fmt.Fprintln(out, string(line))
		return
	}
	fmt.Fprintf(out, "%-8s %s  %s stage %d", v.Verdict, v.Minor, path.Join(v.Tree, v.File), v.Stage)
	if v.Reason != "" {
		fmt.Fprintf(out, ": %s", v.Reason)
	}
	fmt.Fprintln(out)
	for _, d := range v.Dropped {
		fmt.Fprintf(out, "           dropped: %s\n", d)
	}
	for _, n := range v.Notes {
		fmt.Fprintf(out, "           note: %s\n", n)
	}
	for _, e := range v.Errors {
		fmt.Fprintf(out, "           %s\n", e)
	}
}
