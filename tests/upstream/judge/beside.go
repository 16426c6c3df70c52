// Flags that a program beside the judge judges: kube-apiserver's of the same minor, etcd's of the minor the plan names.
package judge

import (
	"cmp"
	"errors"
	"regexp"

	"plimsoll.example/upstream/judge/etcd"
	"plimsoll.example/upstream/judge/sibling"
)

// beside names the program for a kind of flags.
func (a *Adapter) beside(j *Job) (program string, known bool) {
	switch j.Kind {
	case KindAPIServer:
		return "apiserver-" + a.Minor, true
	case KindEtcd:
		return "etcd-" + a.etcdOf(j), true
	}
	return "", false
}

// otherFlags asks that program. Without it the flags are not judged, and the answer says so.
func (a *Adapter) otherFlags(j *Job, program string, flags []string) (dropped []string, errs []error, built bool) {
	path, built := sibling.Path(program)
	if !built {
		return nil, nil, false
	}
	var answer sibling.Answer
	if j.Kind == KindEtcd {
		answer = etcd.Judge(path, flags)
	} else {
		answer, _, _ = sibling.Ask(path, flags)
	}
	for _, text := range answer.Errors {
		errs = append(errs, errors.New(text))
	}
	for _, note := range answer.Notes {
		j.note("%s", note)
	}
	return answer.Dropped, errs, true
}

// askBeside is ask for those kinds.
func (a *Adapter) askBeside(j *Job, program string) Verdict {
	flags, errs := sibling.Lines(j.Path)
	dropped, more, built := a.otherFlags(j, program, flags)
	if !built {
		v := a.skip(j, "not judged: "+program+" is not built")
		v.Tree = j.Tree
		return *v
	}
	return a.verdict(j, dropped, append(errs, more...))
}

// missing names the program of a component ("apiserver", "etcd") if it is not built.
func (a *Adapter) missing(component string) string {
	kinds := map[string]string{"apiserver": KindAPIServer, "etcd": KindEtcd}
	if program, known := a.beside(&Job{Kind: kinds[component]}); known {
		if _, built := sibling.Path(program); !built {
			return program
		}
	}
	return ""
}

// etcdOf is the minor of etcd a job is for: its own, or the command line's, or the newest.
func (a *Adapter) etcdOf(j *Job) string {
	if j.Etcd == "" && a.etcd == "" {
		return EtcdMinors[len(EtcdMinors)-1]
	}
	return cmp.Or(j.Etcd, a.etcd)
}

// EtcdMinors are those whose flags can be judged.
var EtcdMinors = []string{"3.4", "3.5", "3.6", "3.7"}

var etcdDefault = regexp.MustCompile(`^default/(\d+\.\d+)/etcd/`)

// etcd is the minor of the plan's etcd: as stated, or else the newest whose defaults the plan looked up.
func (p *Plan) etcd() (found string) {
	if p.Etcd != "" {
		return minor(p.Etcd)
	}
	for name := range p.Facts {
		if match := etcdDefault.FindStringSubmatch(name); match != nil {
			found = max(found, match[1])
		}
	}
	return found
}
