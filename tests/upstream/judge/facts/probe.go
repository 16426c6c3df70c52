package facts

import (
	"errors"
	"io"
	"sort"
	"strings"

	"github.com/spf13/pflag"
	cliflag "k8s.io/component-base/cli/flag"
)

// probes are values of every kind of flag there is. A value that a flag does not take is refused by upstream's parser
// or completion, and costs nothing.
var probes = []string{"true", "false", "7", "1", "0.5", "7s", "3m0s", "127.0.0.9", "127.0.0.9:7777", "10.9.0.0/16", "7000-7001",
	"cpu=1m", "memory.available=7s", "memory.available<7%", "memory.available=7%", "AllAlpha=false", "probe=1", "0:memory=1Gi",
	"probe=1:NoSchedule", "none", "json", "pods", "VersionTLS12", "TLS_AES_128_GCM_SHA256", "/tmp/probe", "probe", "probe.crt,probe.key", "0", "NodeCIDR"}

// Attempt is one fresh, independent start of a component up to its configuration object.
type Attempt struct {
	Flags *pflag.FlagSet
	// Config completes the options as upstream does, and gives the versioned configuration.
	Config func() (any, error)
}

// Probe finds out which field each flag writes: it gives the flag a value in a fresh attempt, and compares the
// configuration with that of an attempt without it. It fills Sets in, and returns the flags for which no value was taken
// or more than one field changed. extra are probes only this component can be given.
func Probe(component string, flags []Field, fresh func() (Attempt, error), extra ...string) (undetermined []string, err error) {
	plain, err := fresh()
	if err != nil {
		return nil, err
	}
	plain.Flags.SetNormalizeFunc(cliflag.WordSepNormalizeFunc)
	config, err := plain.Config()
	if err != nil {
		return nil, err
	}
	without := values(component, config)
	for i := range flags {
		name := strings.TrimPrefix(flags[i].Path, component+"/")
		if flags[i].Sets != "" || plain.Flags.Lookup(name) == nil {
			continue // known already, or bound to something else than the configuration
		}
		changed, taken := []string{}, false
		for _, value := range append(append([]string{}, probes...), extra...) {
			config, err := try(fresh, name, value)
			if err != nil {
				continue
			}
			taken = true
			if changed = differing(without, values(component, config)); len(changed) > 0 {
				break
			}
		}
		switch {
		case !taken:
			undetermined = append(undetermined, flags[i].Path)
		case len(changed) == 1:
			flags[i].Sets = changed[0]
		case len(changed) > 1:
			undetermined = append(undetermined, flags[i].Path+" changes "+strings.Join(changed, ", "))
		}
	}
	return undetermined, nil
}

var errNotTaken = errors.New("the flag holds that value already")

// try is an attempt with one flag.
func try(fresh func() (Attempt, error), name, value string) (any, error) {
	attempt, err := fresh()
	if err != nil {
		return nil, err
	}
	attempt.Flags.SetNormalizeFunc(cliflag.WordSepNormalizeFunc)
	attempt.Flags.SetOutput(io.Discard) // where pflag warns of deprecated flags
	flag := attempt.Flags.Lookup(name)
	before := flag.Value.String()
	if err := attempt.Flags.Set(name, value); err != nil {
		return nil, err
	}
	if flag.Value.String() == before {
		return nil, errNotTaken
	}
	return attempt.Config()
}

// values is a configuration by path.
func values(component string, config any) map[string]string {
	table := map[string]string{}
	for _, f := range Fields(component, config) {
		table[f.Path] = string(f.Default)
	}
	return table
}

// differing lists the paths whose values differ, without those that only contain another of them.
func differing(a, b map[string]string) (paths []string) {
	for path := range a {
		if a[path] != b[path] {
			paths = append(paths, path)
		}
	}
	sort.Strings(paths)
	innermost := paths[:0]
	for i, path := range paths {
		inner := false
		for _, other := range paths[i+1:] {
			inner = inner || strings.HasPrefix(other, path+".")
		}
		if !inner {
			innermost = append(innermost, path)
		}
	}
	return innermost
}
