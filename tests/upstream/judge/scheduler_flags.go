// kube-scheduler flags: its flag set, its option validation, its leader election, and what it ignores beside a file.
package judge

import (
	"fmt"
	"reflect"

	schedulerapp "k8s.io/kubernetes/cmd/kube-scheduler/app"
	"k8s.io/kubernetes/cmd/kube-scheduler/app/options"
	"k8s.io/kubernetes/pkg/scheduler/apis/config/latest"
	"plimsoll.example/upstream/judge/cli"
	"plimsoll.example/upstream/judge/sibling"
)

// schedulerFlags judges flags, together with the configuration file beside them if there is one. What --config names is a
// path on the node, and not read.
func (a *Adapter) schedulerFlags(j *Job, flags []string) (dropped []string, errs []error) {
	command := schedulerapp.NewSchedulerCommand() // before parsing: it may empty the registry of gates
	opts, err := schedulerOptions()
	if err != nil {
		return nil, []error{err}
	}
	readable, errs := j.parseEach(cli.Merged("kube-scheduler", *opts.Flags), flags)
	// Where upstream keeps gates in a registry, its command applies them before it starts.
	if command.PersistentPreRunE != nil {
		if err := command.PersistentPreRunE(command, nil); err != nil {
			errs = append(errs, flatten(err)...)
		}
	}
	// Defaults follow the gates.
	if opts.ComponentConfig, err = latest.Default(); err != nil {
		return nil, append(errs, err)
	}
	for _, err := range opts.Validate() {
		errs = append(errs, flatten(err)...)
	}
	errs = append(errs, loggingErrors(opts.Logs)...)
	errs = append(errs, tlsErrors(opts.SecureServing.MinTLSVersion, opts.SecureServing.BindPort)...)
	config, beside := opts.ComponentConfig, j.Whole != "" || sibling.Has(flags, "config")
	if j.Whole != "" {
		loaded, err := a.LoadScheduler(j.Whole)
		if err != nil {
			return nil, append(errs, err)
		}
		config = loaded
	}
	opts.ApplyLeaderElectionTo(config)
	errs = append(errs, electionErrors(config.LeaderElection)...)
	for _, flag := range readable {
		if beside && schedulerDeprecated(flag) {
			dropped = append(dropped, fmt.Sprintf("%s: kube-scheduler ignores it beside a configuration file", flag))
		}
	}
	return dropped, errs
}

// schedulerOptions is the start of upstream's Setup.
func schedulerOptions() (*options.Options, error) {
	opts := options.NewOptions()
	config, err := latest.Default()
	opts.ComponentConfig = config
	return opts, err
}

// schedulerDeprecated tells whether a flag changes the configuration in the one step that upstream leaves out beside a file.
func schedulerDeprecated(flag string) bool {
	opts, err := schedulerOptions()
	if err != nil || cli.Merged("kube-scheduler", *opts.Flags).Parse([]string{flag}) != nil {
		return false
	}
	before := opts.ComponentConfig.DeepCopy()
	opts.ApplyDeprecated()
	return !reflect.DeepEqual(before, opts.ComponentConfig)
}
