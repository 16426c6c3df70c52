// Many files in one process: what the component itself would do with each of them. README.md has the form of questions and
// answers.
package judge

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	kcmoptions "k8s.io/kubernetes/cmd/kube-controller-manager/app/options"
	kubeletconfig "k8s.io/kubernetes/pkg/kubelet/apis/config"
	"plimsoll.example/upstream/judge/again"
	"plimsoll.example/upstream/judge/cli"
	"plimsoll.example/upstream/judge/sibling"
)

// ours is an objection of this judge that upstream does not make. It refuses a plan's file; in a batch it is a warning.
type ours struct{ error }

func objection(format string, arguments ...any) error {
	return ours{fmt.Errorf(format, arguments...)}
}

// batch answers the items of one process, which writes them into its temporary folder, one over the other.
func (a *Adapter) batch() func(sibling.Item) sibling.Result {
	restore := again.Remember()
	a.rememberFlags()
	restore()
	folder := os.TempDir()
	return func(item sibling.Item) (result sibling.Result) {
		restore()
		if options, err := kcmoptions.NewKubeControllerManagerOptions(); err == nil {
			again.Registry(options)
		}
		a.item(item, folder, &result)
		return result
	}
}

// rememberFlags makes each set of flags once, to know later which of them are packages' own.
func (a *Adapter) rememberFlags() {
	if options, err := kcmoptions.NewKubeControllerManagerOptions(); err == nil {
		cli.Remember(cli.Merged("kube-controller-manager", a.ControllerFlags(options)))
	}
	if options, err := schedulerOptions(); err == nil {
		cli.Remember(cli.Merged("kube-scheduler", *options.Flags))
	}
	if _, _, set, err := kubeletOptions(); err == nil {
		cli.Remember(set)
	}
	if _, set, err := proxyOptions(); err == nil {
		cli.Remember(set)
	}
}

// item takes the steps of a component in order, up to the stage that refuses.
func (a *Adapter) item(item sibling.Item, folder string, result *sibling.Result) {
	b := batchItem{folder: folder, result: result, job: Job{Name: item.ID}}
	if len(item.Machine) > 0 && string(item.Machine) != "null" {
		err := json.Unmarshal(item.Machine, &b.job.Machine)
		if err == nil {
			err = b.job.Machine.Check()
		}
		if err != nil {
			b.refuse(0, fmt.Errorf("cannot ask: %w", err))
			return
		}
	}
	a.SetCgroup2(b.job.Machine == nil || b.job.Machine.Cgroup == 2)
	write := func(name, text string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			b.refuse(0, fmt.Errorf("cannot ask: %w", err))
		}
		return path
	}
	switch kind := item.Component + "/" + item.Form; kind {
	case "kubelet/file":
		b.job.Path = write("kubelet.yaml", item.Text)
		a.kubeletItem(&b, item.Text)
	case "kubelet/drop-in":
		b.job.Base = write("kubelet.yaml", item.Base)
		name := cmp.Or(item.Name, "20.conf")
		directory := filepath.Join(folder, "conf.d")
		if err := errors.Join(os.RemoveAll(directory), os.Mkdir(directory, 0o700)); err != nil {
			b.refuse(0, fmt.Errorf("cannot ask: %w", err))
			return
		}
		// A name that the kubelet does not read shows by a text that it could not read.
		b.job.Path = write("conf.d/"+name, "[")
		unread := a.MergeDropIns != nil && a.MergeDropIns(&kubeletconfig.KubeletConfiguration{}, directory) == nil
		b.job.Path = write("conf.d/"+name, item.Text)
		if a.dropInItem(&b, item.Text); unread {
			result.Dropped = []string{name}
		}
	case "kubelet/flags":
		if item.Base != "" {
			b.job.Whole = write("beside.yaml", item.Base)
		}
		a.kubeletFlagsItem(&b, item.Text)
	case "kube-proxy/file":
		a.proxyItem(&b, item.Text)
	case "kube-scheduler/file":
		dropped, errs := a.schedulerFile(write("kube-scheduler.yaml", item.Text))
		for _, text := range dropped {
			errs = append(errs, errors.New(text)) // the scheduler reads strictly only
		}
		b.refuse(1, errs...)
	default:
		b.job.Path = write("flags", item.Text)
		if b.job.Kind = item.Component + "-" + item.Form; item.Base != "" {
			b.job.Whole = write("beside.yaml", item.Base)
			sibling.Spent = sibling.Spent || b.job.Kind == KindProxyFlags // it watches its file, with one of few watchers
		}
		b.job.Stage = StageFile
		dropped, errs := a.judge(&b.job)
		b.drop(dropped)
		b.refuse(1, errs...)
	}
	result.Warnings = append(result.Warnings, b.job.notes...)
}

type batchItem struct {
	folder string // which no answer names, as it has another name in every run
	result *sibling.Result
	job    Job
}

// refuse adds upstream's errors; objections of our own are warnings.
func (b *batchItem) refuse(stage int, errs ...error) {
	for _, err := range errs {
		var own ours
		var twice sibling.Twice
		if errors.As(err, &own) || errors.As(err, &twice) {
			b.result.Warnings = append(b.result.Warnings, err.Error())
		} else if err != nil {
			b.result.Refuse(stage, strings.ReplaceAll(err.Error(), b.folder+"/", ""))
		}
	}
}

// twiceInYAML and twiceInJSON are how decoders name a key that is there twice.
var (
	twiceInYAML = regexp.MustCompile(`key "(.+)" already set in map`)
	twiceInJSON = regexp.MustCompile(`duplicate field "(.+)"`)
)

// drop turns what a strict decoder says into paths; of a key given twice YAML says the last part of the path only.
func (b *batchItem) drop(said []string) {
	for _, text := range said {
		found := false
		if match := lost.FindStringSubmatch(text); match != nil {
			b.result.Dropped, found = append(b.result.Dropped, match[2]), true
		}
		for _, pattern := range []*regexp.Regexp{twiceInYAML, twiceInJSON} {
			for _, match := range pattern.FindAllStringSubmatch(text, -1) {
				b.result.Dropped, found = append(b.result.Dropped, match[1]), true
			}
		}
		if !found {
			b.result.Dropped = append(b.result.Dropped, strings.TrimSpace(text))
		}
	}
}

func (a *Adapter) kubeletItem(b *batchItem, text string) {
	dropped, _ := strictKubelet([]byte(text))
	b.drop(dropped)
	b.refuse(1, single([]byte(text)))
	kc, err := a.LoadKubelet(b.job.Path)
	if err != nil {
		b.refuse(1, err)
		return
	}
	a.configured(b, kc)
}

// configured is what follows when the kubelet has read all of its configuration.
func (a *Adapter) configured(b *batchItem, kc *kubeletconfig.KubeletConfiguration) {
	b.refuse(1, validateKubelet(kc)...)
	if b.job.Machine != nil && !b.result.Refused {
		b.refuse(2, a.start(kc, &b.job)...)
	}
}

func (a *Adapter) dropInItem(b *batchItem, text string) {
	if a.MergeDropIns == nil {
		b.refuse(1, fmt.Errorf("the kubelet of %s reads no drop-in by --config-dir alone", a.Minor))
		return
	}
	dropped, _ := strictKubelet([]byte(text))
	b.drop(slices.DeleteFunc(dropped, inAnyCase))
	merged, err := a.LoadKubelet(b.job.Base)
	if err != nil {
		b.refuse(0, fmt.Errorf("cannot ask: the main file does not load: %w", err))
		return
	}
	merged = merged.DeepCopy() // as in dropInMerge
	if err := a.MergeDropIns(merged, filepath.Dir(b.job.Path)); err != nil {
		b.refuse(1, err)
		return
	}
	a.configured(b, merged)
}

func (a *Adapter) kubeletFlagsItem(b *batchItem, text string) {
	flags, errs := sibling.Split(text)
	b.refuse(1, errs...)
	if b.job.Whole != "" {
		if beside, err := os.ReadFile(b.job.Whole); err == nil {
			dropped, _ := strictKubelet(beside)
			b.drop(dropped)
		}
	}
	kc, errs := a.flaggedKubelet(&b.job, flags)
	b.refuse(1, errs...)
	if kc != nil {
		a.configured(b, kc)
	}
}

func (a *Adapter) proxyItem(b *batchItem, text string) {
	dropped, _ := a.proxyDocument([]byte(text))
	b.drop(dropped)
	b.refuse(1, single([]byte(text)))
	b.refuse(1, a.lenientProxy([]byte(text))...)
}
