// The command line, the same for every minor's binary.
package judge

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"

	"plimsoll.example/upstream/judge/facts/collect"
	"plimsoll.example/upstream/judge/sibling"
)

const usage = `usage: judge [--json] [--force] [--allow-none] [--base-root DIR] TREE...
       judge [--json] --single KIND [--machine FILE] FILE
       judge --negative DIR
       judge --batch [--fresh]
       judge --facts
       judge --merge

Judges what plimsoll rendered with the code of Kubernetes %s.
KIND is kubelet, kube-proxy, kube-scheduler, kubeadm or nodeadm; or kubelet-flags, kube-proxy-flags, kube-scheduler-flags,
kube-controller-manager-flags, kube-apiserver-flags or etcd-flags.
Exit status: 0 all accepted, 1 something refused, 2 cannot run, or nothing was judged.

`

// Main is a minor's main.
func Main(a *Adapter) int {
	if len(os.Args) == 2 && os.Args[1] == jobArgument {
		return a.answerOneJob()
	}
	if status, asked := sibling.ServeBatch(a.batch); asked {
		return status
	}
	if len(os.Args) == 2 && os.Args[1] == "--merge" {
		return a.merge()
	}
	if len(os.Args) == 2 && os.Args[1] == "--facts" {
		return collect.Print(a.LoadKubelet)
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
	etcd := flags.String("etcd", "", "with --negative: run the cases of these `minors` of etcd, with commas; else the minor a file is for")
	negative := flags.String("negative", "", "run the cases of this `folder`, which state what must be refused")
	if err := flags.Parse(os.Args[1:]); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return 0
		}
		return 2
	}
	if *negative != "" {
		return a.negative(*negative, strings.Fields(strings.ReplaceAll(*etcd, ",", " ")))
	}
	a.etcd = *etcd
	if flags.NArg() == 0 || *single != "" && flags.NArg() != 1 {
		flags.Usage()
		return 2
	}
	if *single != "" {
		return a.single(*single, flags.Arg(0), *machine, *asJSON)
	}
	steps, err := a.collect(flags.Args(), Options{
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
func (a *Adapter) collect(args []string, opts Options) ([]step, error) {
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
