// The command line, the same for every minor's binary.
package judge

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

const usage = `usage: judge [--json] [--force] [--allow-none] [--base-root DIR] TREE...
       judge [--json] --single KIND [--machine FILE] FILE
       judge --negative DIR

Judges what plimsoll rendered with the code of Kubernetes %s.
KIND is kubelet, kube-proxy, kube-scheduler, kube-controller-manager, kubeadm or nodeadm.
Exit status: 0 all accepted, 1 something refused, 2 cannot run, or nothing was judged.

`

// Main is a minor's main.
func Main(a *Adapter) int {
	if len(os.Args) == 2 && os.Args[1] == jobArgument {
		return a.answerOneJob()
	}
	flags := flag.NewFlagSet("judge", flag.ContinueOnError)
	flags.Usage = func() { fmt.Fprintf(os.Stderr, usage, a.Module); flags.PrintDefaults() }
	asJSON := flags.Bool("json", false, "print verdicts as JSON lines")
	force := flags.Bool("force", false, "judge files of other minors too")
	allowNone := flags.Bool("allow-none", false, "a run in which nothing is judged is no error")
	others := flags.String("others", "", "`minors` that other judges of this run look after, with commas")
	noSkips := flags.Bool("no-skips", false, "leave out what is skipped; another judge of this run says it")
	baseRoot := flags.String("base-root", "", "`folder` a relative baseFile of plan.json begins at (default: beside plan.json)")
	single := flags.String("single", "", "judge one file of this `kind`")
	machine := flags.String("machine", "", "with --single kubelet: the machine, a JSON `file`")
	negative := flags.String("negative", "", "run the cases of this `folder`, which state what must be refused")
	if err := flags.Parse(os.Args[1:]); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return 0
		}
		return 2
	}
	if *negative != "" {
		return a.negative(*negative)
	}
	if flags.NArg() == 0 || *single != "" && flags.NArg() != 1 {
		flags.Usage()
		return 2
	}
	steps, err := a.collect(flags.Args(), *single, *machine, Options{
		Force: *force, BaseRoot: *baseRoot, Others: strings.Split(*others, ","), NoSkips: *noSkips})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	var tally Tally
	for _, v := range a.run(steps) {
		v.print(os.Stdout, *asJSON)
		tally.add(v.Verdict)
	}
	closing := os.Stdout
	if *asJSON {
		closing = os.Stderr // stdout stays JSON lines
	}
	fmt.Fprintln(closing, tally)
	switch {
	case tally.Failed > 0:
		return 1
	case tally.Passed == 0 && !*allowNone:
		fmt.Fprintln(os.Stderr, "nothing was judged")
		return 2
	}
	return 0
}

// collect turns the arguments into steps.
func (a *Adapter) collect(args []string, single, machine string, opts Options) ([]step, error) {
	if single != "" {
		return singleSteps(single, args[0], machine)
	}
	var steps []step
	for _, arg := range args {
		trees, err := clusters(arg)
		if err != nil {
			return nil, err
		}
		for _, tree := range trees {
			more, err := a.steps(tree, opts)
			if err != nil {
				return nil, err
			}
			steps = append(steps, more...)
		}
	}
	return steps, nil
}

// singleSteps judges one file outside of any tree, at stage 2 as well when a machine is given.
func singleSteps(kind, path, machine string) ([]step, error) {
	job := Job{Kind: kind, Stage: StageFile, Name: filepath.Base(path), Path: path}
	if machine == "" {
		return []step{{job: &job}}, nil
	}
	data, err := os.ReadFile(machine)
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(data, &job.Machine); err != nil {
		return nil, fmt.Errorf("%s: %w", machine, err)
	}
	start := job
	start.Stage = StageMachine
	return []step{{job: &job}, {job: &start}}, nil
}
