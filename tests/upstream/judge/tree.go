// The tree `plimsoll render` writes for one cluster, turned into jobs. Every file of the tree is met once:
// judged, skipped with a reason, or refused because the plan does not explain it.
package judge

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// step is a job, or a verdict that needs no judge.
type step struct {
	job  *Job
	made *Verdict
}

// in names the tree a step belongs to.
func (s step) in(tree string) step {
	if s.made != nil {
		s.made.Tree = tree
	} else {
		s.job.Tree = tree
	}
	return s
}

// Options of a run over trees.
type Options struct {
	Force    bool   // judge files of other minors too
	BaseRoot string // where a relative baseFile begins; beside plan.json when empty

	// Several minors' judges may share a run: files of the others' minors are left to them, and all but one
	// leave out what none of them judges, so that the counts of all add up.
	Others  []string
	NoSkips bool
}

// controlPlane are the flag files of that folder.
var controlPlane = map[string]string{
	"control-plane/kube-apiserver.flags":          KindAPIServer,
	"control-plane/kube-controller-manager.flags": KindController,
	"control-plane/kube-scheduler.flags":          KindSchedulerFlags,
	"control-plane/etcd.flags":                    KindEtcd,
	"control-plane/etcd-events.flags":             KindEtcd,
}

// clusters finds the cluster folders under a path: the path itself, or its sub-folders.
func clusters(path string) ([]string, error) {
	if _, err := os.Stat(filepath.Join(path, "plan.json")); err == nil {
		return []string{path}, nil
	}
	found, err := filepath.Glob(filepath.Join(path, "*", "plan.json"))
	if err != nil || len(found) == 0 {
		return nil, fmt.Errorf("%s holds no plan.json, nor does a folder in it", path)
	}
	for i := range found {
		found[i] = filepath.Dir(found[i])
	}
	return found, nil
}

func (a *Adapter) steps(tree string, opts Options) ([]step, error) {
	plan, err := readPlan(tree)
	if err != nil {
		return nil, err
	}
	var steps []step
	err = filepath.WalkDir(tree, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(tree, path)
		if err != nil {
			return err
		}
		for _, s := range a.fileSteps(plan, tree, filepath.ToSlash(name), opts) {
			if s.made == nil || s.made.Verdict != "skipped" || !opts.NoSkips {
				steps = append(steps, s.in(filepath.Base(tree)))
			}
		}
		return nil
	})
	return steps, err
}

// fileSteps says what one file is.
func (a *Adapter) fileSteps(plan *Plan, tree, name string, opts Options) []step {
	parts := strings.Split(name, "/")
	last := parts[len(parts)-1]
	job := func(kind string, stage int) *Job {
		return &Job{Kind: kind, Stage: stage, Name: name, Path: filepath.Join(tree, filepath.FromSlash(name))}
	}
	cluster := minor(plan.Kubernetes)
	switch {
	case name == "plan.json" || name == "SHA256SUMS" || last == "EXPECT":
		return nil
	case parts[0] == "node-class" && len(parts) > 2:
		return a.classSteps(plan, tree, parts[1], strings.Join(parts[2:], "/"), job, opts)
	case name == "cluster/kube-proxy.yaml":
		return a.ofMinor(cluster, opts, job(KindProxy, StageFile))
	case name == "control-plane/kube-scheduler.yaml":
		return a.ofMinor(cluster, opts, job(KindScheduler, StageFile))
	case name == "cluster/kube-proxy.flags":
		return a.ofMinor(cluster, opts, withFile(tree, "cluster/kube-proxy.yaml", job(KindProxyFlags, StageFile)))
	case controlPlane[name] != "":
		flags := job(controlPlane[name], StageFile)
		if flags.Etcd = plan.etcd(); flags.Kind == KindSchedulerFlags {
			withFile(tree, "control-plane/kube-scheduler.yaml", flags)
		}
		return a.ofMinor(cluster, opts, flags)
	case strings.HasPrefix(name, "target/kubeadm/") && len(parts) == 3 && strings.HasSuffix(last, ".yaml"):
		documents := job(KindKubeadm, StageFile)
		documents.Etcd = plan.etcd()
		return a.ofMinor(cluster, opts, documents)
	case strings.HasPrefix(name, "target/nodeadm/") && len(parts) == 3 && strings.HasSuffix(last, ".yaml"):
		return a.ofMinor(plan.kubelet(strings.TrimSuffix(last, ".yaml")), opts, job(KindNodeadm, StageFile))
	}
	return []step{{made: a.skip(job("", StageFile), "not judged: no Kubernetes code reads this file")}}
}

// classSteps is fileSteps inside node-class/<class>/.
func (a *Adapter) classSteps(plan *Plan, tree, class, file string, job func(string, int) *Job, opts Options) []step {
	stated, known := plan.NodeClasses[class]
	if !known {
		v := a.verdict(job("", StageFile), nil, []error{fmt.Errorf("plan.json knows no node class %s", class)})
		return []step{{made: &v}}
	}
	kubelet := plan.kubelet(class)
	switch {
	case file == "kubelet.yaml":
		alone, start := job(KindKubelet, StageFile), job(KindKubelet, StageMachine)
		alone.Machine, start.Machine, start.Allocatable = stated.Machine, stated.Machine, stated.Allocatable
		steps := a.ofMinor(kubelet, opts, alone, start)
		if err := stated.gap(class); err != nil && len(steps) > 1 && steps[1].job != nil {
			v := a.verdict(start, nil, []error{err})
			steps[1] = step{made: &v}
		}
		return steps
	case file == "kubelet.conf.d/20-plimsoll.conf":
		alone, merge := job(KindDropIn, StageFile), job(KindDropIn, StageMerge)
		merge.Whole = filepath.Join(tree, "node-class", class, "kubelet.yaml")
		if merge.Base = stated.BaseFile; merge.Base != "" && !filepath.IsAbs(merge.Base) {
			root := opts.BaseRoot
			if root == "" {
				root = tree
			}
			merge.Base = filepath.Join(root, merge.Base)
		}
		if a.MergeDropIns == nil {
			return a.ofMinor(kubelet, opts, alone) // which refuses it
		}
		return a.ofMinor(kubelet, opts, alone, merge)
	case strings.HasPrefix(file, "kubelet.conf.d/"):
		// The merge reads the whole folder, so a stray file changes what the drop-in means.
		v := a.verdict(job(KindDropIn, StageFile), nil, []error{fmt.Errorf("only 20-plimsoll.conf belongs into this folder")})
		return []step{{made: &v}}
	case file == "kube-proxy.yaml":
		return a.ofMinor(minor(plan.Kubernetes), opts, job(KindProxy, StageFile))
	case file == "kubelet.flags":
		return a.ofMinor(kubelet, opts, withFile(tree, "node-class/"+class+"/kubelet.yaml", job(KindKubeletFlags, StageFile)))
	case file == "kube-proxy.flags":
		flags := withFile(tree, "cluster/kube-proxy.yaml", job(KindProxyFlags, StageFile))
		return a.ofMinor(minor(plan.Kubernetes), opts, withFile(tree, "node-class/"+class+"/kube-proxy.yaml", flags))
	}
	return []step{{made: a.skip(job("", StageFile), "not judged: no Kubernetes code reads this file")}}
}

// withFile names the configuration file that the same process reads, if the tree has it.
func withFile(tree, file string, flags *Job) *Job {
	if path := filepath.Join(tree, filepath.FromSlash(file)); isFile(path) {
		flags.Whole = path
	}
	return flags
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
}

// ofMinor keeps jobs of this judge's own minor and skips the others.
func (a *Adapter) ofMinor(of string, opts Options, jobs ...*Job) (steps []step) {
	for _, j := range jobs {
		if of == a.Minor || opts.Force {
			steps = append(steps, step{job: j})
		} else if !slices.Contains(opts.Others, of) {
			steps = append(steps, step{made: a.skip(j, fmt.Sprintf("for Kubernetes %s, this judge is %s", of, a.Minor))})
		}
	}
	return steps
}

func (a *Adapter) skip(j *Job, reason string) *Verdict {
	return &Verdict{File: j.Name, Minor: a.Minor, Stage: j.Stage, Verdict: "skipped", Dropped: []string{}, Errors: []string{}, Notes: []string{}, Reason: reason}
}
