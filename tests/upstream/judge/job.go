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
	"strings"
)

// Kinds of files.
const (
	KindKubelet    = "kubelet"
	KindDropIn     = "kubelet-drop-in"
	KindProxy      = "kube-proxy"
	KindScheduler  = "kube-scheduler"
	KindController = "kube-controller-manager"
	KindKubeadm    = "kubeadm"
	KindNodeadm    = "nodeadm"
)

// Stages: 1 a file alone, 2 a kubelet file with its machine, 3 a drop-in merged onto its base.
const (
	StageFile    = 1
	StageMachine = 2
	StageMerge   = 3
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
	Whole       string            `json:"whole,omitempty"`       // stage 3: the file the merge must equal
	Base        string            `json:"base,omitempty"`        // stage 3: the main file merged onto
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
	Reason  string   `json:"reason,omitempty"` // why skipped
}

const jobArgument = "--answer-one-job"

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
		return dropInFile(j.Path)
	case j.Kind == KindDropIn && j.Stage == StageMerge:
		return nil, a.dropInMerge(j)
	case j.Kind == KindProxy:
		return proxyFile(j.Path)
	case j.Kind == KindScheduler:
		return schedulerFile(j.Path)
	case j.Kind == KindController:
		return nil, controllerFlags(j.Path)
	case j.Kind == KindKubeadm:
		return a.kubeadmFile(j.Path)
	case j.Kind == KindNodeadm:
		return a.nodeadmFile(j.Path)
	}
	return nil, []error{fmt.Errorf("no judge for %s at stage %d", j.Kind, j.Stage)}
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
	v := Verdict{Tree: j.Tree, File: j.Name, Minor: a.Minor, Stage: j.Stage, Verdict: "accepted", Dropped: []string{}, Errors: []string{}}
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
		return refuse("upstream's code ended the process (%v): %s", ended, lastLines(talk.String(), 12))
	}
	return v
}

func lastLines(text string, count int) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	if len(lines) > count {
		lines = lines[len(lines)-count:]
	}
	return strings.Join(lines, " | ")
}
