// One job judges one file at one stage, in a process of its own. Upstream keeps feature gates, metrics and
// logging in globals, and some of its code exits or panics instead of returning an error; a process per
// job makes each verdict independent of the ones before it and turns every such ending into a refusal.
package judge

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"

	"plimsoll.example/upstream/judge/sibling"
)

// Job is the question.
type Job struct {
	Kind  string `json:"kind"`
	Stage int    `json:"stage"`
	Tree  string `json:"tree,omitempty"` // the cluster's folder
	Name  string `json:"name"`           // as reported, relative to the cluster's folder
	Path  string `json:"path"`

	Machine     *Machine          `json:"machine,omitempty"`
	Allocatable map[string]string `json:"allocatable,omitempty"` // stage 2: what the plan promises
	Whole       string            `json:"whole,omitempty"`       // stage 3: the file the merge must equal; flags: the file beside them
	Base        string            `json:"base,omitempty"`        // stage 3: the main file merged onto
	Etcd        string            `json:"etcd,omitempty"`        // the minor of etcd

	notes []string
}

// note says something that is no mistake.
func (j *Job) note(format string, arguments ...any) {
	j.notes = append(j.notes, fmt.Sprintf(format, arguments...))
}

// Verdict is the answer, and the line printed.
type Verdict struct {
	Tree    string   `json:"tree,omitempty"`
	File    string   `json:"file"`
	Minor   string   `json:"minor"`
	Stage   int      `json:"stage"`
	Verdict string   `json:"verdict"` // accepted, refused, skipped
	Dropped []string `json:"dropped"` // fields a lenient reader would lose
	Errors  []string `json:"errors"`
	Notes   []string `json:"notes"`            // what upstream warns of
	Reason  string   `json:"reason,omitempty"` // why skipped
}

const jobArgument = "--answer-one-job"

// noJudge begins the answer to a question that is none of ours.
const noJudge = "no judge for kind "

// judge is the child's side: dispatch by kind and stage.
func (a *Adapter) judge(j *Job) (dropped []string, errs []error) {
	defer func() {
		// Newer minors panic where older ones return an error: on a feature gate, as early as in defaulting.
		if p := recover(); p != nil {
			errs = append(errs, fmt.Errorf("upstream's code panics: %v", p))
		}
	}()
	// Every job states the cgroup version; without a machine the planned one is taken to be v2.
	a.SetCgroup2(j.Machine == nil || j.Machine.Cgroup == 2)
	switch {
	case j.Kind == KindKubelet && j.Stage == StageFile:
		return a.kubeletFile(j.Path)
	case j.Kind == KindKubelet && j.Stage == StageMachine:
		return nil, a.kubeletStart(j)
	case j.Kind == KindDropIn && j.Stage == StageFile:
		return a.dropInFile(j.Path)
	case j.Kind == KindDropIn && j.Stage == StageMerge:
		return nil, a.dropInMerge(j)
	case j.Kind == KindProxy:
		return a.proxyFile(j.Path)
	case j.Kind == KindScheduler:
		return a.schedulerFile(j.Path)
	case j.Kind == KindController:
		return j.flagsFile(func(flags []string) ([]string, []error) { return nil, a.controllerArgs(j, flags) })
	case j.Kind == KindKubeletFlags:
		return j.flagsFile(func(flags []string) ([]string, []error) { return a.kubeletFlags(j, flags) })
	case j.Kind == KindProxyFlags:
		return j.flagsFile(func(flags []string) ([]string, []error) { return a.proxyFlags(j, flags) })
	case j.Kind == KindSchedulerFlags:
		return j.flagsFile(func(flags []string) ([]string, []error) { return a.schedulerFlags(j, flags) })
	case j.Kind == KindKubeadm:
		return a.kubeadmFile(j)
	case j.Kind == KindNodeadm:
		return a.nodeadmFile(j)
	}
	return nil, []error{fmt.Errorf(noJudge+"%q at stage %d", j.Kind, j.Stage)}
}

// answerOneJob is the child's main: a job on stdin, a verdict on descriptor 3, away from whatever upstream
// prints.
func (a *Adapter) answerOneJob() int {
	var j Job
	if err := json.NewDecoder(os.Stdin).Decode(&j); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	dropped, errs := a.judge(&j)
	v := a.verdict(&j, dropped, errs)
	if err := json.NewEncoder(os.NewFile(3, "verdict")).Encode(v); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	return 0
}

func (a *Adapter) verdict(j *Job, dropped []string, errs []error) Verdict {
	v := Verdict{Tree: j.Tree, File: j.Name, Minor: a.Minor, Stage: j.Stage, Verdict: "accepted", Dropped: []string{}, Errors: []string{},
		Notes: append([]string{}, j.notes...)}
	v.Dropped = append(v.Dropped, dropped...)
	for _, err := range errs {
		// One mistake may be met at several steps.
		if text := err.Error(); !slices.Contains(v.Errors, text) {
			v.Errors = append(v.Errors, text)
		}
	}
	if len(v.Dropped)+len(v.Errors) > 0 {
		v.Verdict = "refused"
	}
	return v
}

// ask runs a job in a child process.
func (a *Adapter) ask(j Job) Verdict {
	refuse := func(format string, args ...any) Verdict {
		return a.verdict(&j, nil, []error{fmt.Errorf(format, args...)})
	}
	if program, other := a.beside(&j); other {
		return a.askBeside(&j, program)
	}
	j.Etcd = a.etcdOf(&j) // kubeadm's documents may hold etcd's flags
	question, err := json.Marshal(j)
	if err != nil {
		return refuse("cannot ask: %v", err)
	}
	self, err := os.Executable()
	if err != nil {
		return refuse("cannot ask: %v", err)
	}
	read, write, err := os.Pipe()
	if err != nil {
		return refuse("cannot ask: %v", err)
	}
	defer read.Close()
	var talk bytes.Buffer
	child := exec.Command(self, jobArgument)
	child.Stdin, child.Stdout, child.Stderr = bytes.NewReader(question), &talk, &talk
	child.ExtraFiles = []*os.File{write}
	// Upstream reads gates and paths from the environment; a verdict must not depend on it.
	child.Env = []string{"TMPDIR=" + os.TempDir()}
	if err := child.Start(); err != nil {
		write.Close()
		return refuse("cannot ask: %v", err)
	}
	write.Close()
	answer, _ := io.ReadAll(read)
	ended := child.Wait()
	var v Verdict
	if err := json.Unmarshal(answer, &v); err != nil {
		return refuse("upstream's code ended the process (%v): %s", ended, sibling.Reason(talk.String()))
	}
	return v
}
