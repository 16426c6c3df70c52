// One file outside of any tree: its verdict for a reader, or as one JSON object for a program.
package judge

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// SingleVerdict is everything upstream says of one file. README.md documents it: programs read it.
type SingleVerdict struct {
	Minor   string        `json:"minor"`
	Module  string        `json:"module"` // the release of k8s.io/kubernetes that judged
	Kind    string        `json:"kind"`
	File    string        `json:"file"` // as given
	Stages  []SingleStage `json:"stages"`
	Verdict string        `json:"verdict"` // accepted, refused, or skipped where nothing was judged
}

// SingleStage is one stage's part of it.
type SingleStage struct {
	Stage   int      `json:"stage"`
	Verdict string   `json:"verdict"`          // accepted, refused, skipped
	Dropped []string `json:"dropped"`          // paths of fields that a lenient reader loses in silence
	Errors  []string `json:"errors"`           // upstream's texts
	Notes   []string `json:"notes"`            // what upstream warns of
	Reason  string   `json:"reason,omitempty"` // why skipped
}

// lost is how upstream's strict decoder names an unknown field; a document's kind may stand in front.
var lost = regexp.MustCompile(`^(\w+: )?unknown field "(.+)"$`)

func (a *Adapter) single(kind, path, machine string, asJSON bool) int {
	steps, err := singleSteps(kind, path, machine)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	verdicts := a.run(steps)
	answer := SingleVerdict{Minor: a.Minor, Module: a.Module, Kind: kind, File: path, Verdict: "accepted"}
	var tally Tally
	for _, v := range verdicts {
		if len(v.Errors) == 1 && strings.HasPrefix(v.Errors[0], noJudge) {
			fmt.Fprintln(os.Stderr, v.Errors[0])
			return 2
		}
		answer.Stages = append(answer.Stages, singleStage(v))
		if v.Verdict == "refused" {
			answer.Verdict = "refused"
		}
		tally.add(v.Verdict)
		if !asJSON {
			v.print(os.Stdout, false)
		}
	}
	if tally.Passed+tally.Failed == 0 {
		answer.Verdict = "skipped"
	}
	if !asJSON {
		fmt.Println(tally)
	} else if err := answer.write(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	return map[string]int{"accepted": 0, "refused": 1, "skipped": 2}[answer.Verdict]
}

func (v SingleVerdict) write() error {
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	return out.Encode(v)
}

// singleStage turns lost fields into paths. What else a strict decoder says, as of a key given twice, is an error.
func singleStage(v Verdict) SingleStage {
	s := SingleStage{Stage: v.Stage, Verdict: v.Verdict, Dropped: []string{}, Errors: []string{}, Notes: append([]string{}, v.Notes...), Reason: v.Reason}
	for _, text := range v.Dropped {
		if m := lost.FindStringSubmatch(text); m != nil {
			s.Dropped = append(s.Dropped, m[1]+m[2])
		} else {
			s.Errors = append(s.Errors, text)
		}
	}
	s.Errors = append(s.Errors, v.Errors...)
	return s
}

// singleSteps are the stages that one file has; a kubelet file's start-up needs a machine.
func singleSteps(kind, path, machine string) ([]step, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	file.Close()
	job := Job{Kind: kind, Stage: StageFile, Name: filepath.Base(path), Path: path}
	if kind == KindDropIn {
		return []step{{job: &job}, skipped(job, StageMerge, "a drop-in is merged onto its main file in a tree only")}, nil
	}
	if machine == "" {
		if kind == KindKubelet {
			return []step{{job: &job}, skipped(job, StageMachine, "no machine is stated (--machine)")}, nil
		}
		return []step{{job: &job}}, nil
	}
	data, err := os.ReadFile(machine)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(data, &job.Machine); err != nil {
		return nil, fmt.Errorf("%s: %w", machine, err)
	}
	if err := job.Machine.Check(); err != nil {
		return nil, fmt.Errorf("%s: %w", machine, err)
	}
	start := job
	start.Stage = StageMachine
	return []step{{job: &job}, {job: &start}}, nil
}

func skipped(job Job, stage int, reason string) step {
	return step{made: &Verdict{File: job.Name, Stage: stage, Verdict: "skipped", Dropped: []string{}, Errors: []string{}, Reason: reason}}
}
