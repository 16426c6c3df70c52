package apiserver

import (
	"errors"
	"fmt"
	"os"
	"strconv"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	utilerrors "k8s.io/apimachinery/pkg/util/errors"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	cliflag "k8s.io/component-base/cli/flag"
	logsapi "k8s.io/component-base/logs/api/v1"
	"k8s.io/kubernetes/cmd/kube-apiserver/app"
	"k8s.io/kubernetes/cmd/kube-apiserver/app/options"
	"k8s.io/kubernetes/pkg/controlplane/reconcilers"
	"plimsoll.example/upstream/judge/again"
	"plimsoll.example/upstream/judge/cli"
	"plimsoll.example/upstream/judge/sibling"
)

// Complete is one minor's completion of its options, which checks some of them, and fills in what validation reads.
type Complete func(*options.ServerRunOptions) (Completed, error)

// Completed is what it makes of them.
type Completed interface{ Validate() []error }

// answer takes the steps of upstream's command up to the start of the server.
func (complete Complete) answer(flags []string) (a sibling.Answer) {
	return complete.judged(app.NewAPIServerCommand(), flags, func(logging *logsapi.LoggingConfiguration) error {
		return logsapi.ValidateAndApply(logging, utilfeature.DefaultFeatureGate)
	})
}

// batch answers many questions in one process, whose logging cannot be set twice.
func (complete Complete) batch() func(sibling.Item) sibling.Result {
	restore := again.Remember()
	command := app.NewAPIServerCommand() // installs a signal handler, which can be done once
	cli.Remember(command.Flags())
	cli.Remember(cli.Merged("kube-apiserver", options.NewServerRunOptions().Flags()))
	restore()
	return func(item sibling.Item) (result sibling.Result) {
		restore()
		again.Registry(options.NewServerRunOptions())
		flags, errs := sibling.Split(item.Text)
		for _, err := range errs {
			if errors.As(err, &sibling.Twice{}) {
				result.Warnings = append(result.Warnings, err.Error())
			} else {
				result.Refuse(1, err.Error())
			}
		}
		answer := complete.judged(command, flags, func(logging *logsapi.LoggingConfiguration) error {
			return logsapi.Validate(logging, utilfeature.DefaultFeatureGate, nil).ToAggregate()
		})
		result.Refuse(1, answer.Errors...)
		result.Dropped = answer.Dropped
		result.Warnings = append(result.Warnings, answer.Notes...)
		return result
	}
}

func (complete Complete) judged(command *cobra.Command, flags []string, logging func(*logsapi.LoggingConfiguration) error) (a sibling.Answer) {
	refuse := func(err error) {
		var many utilerrors.Aggregate
		if errors.As(err, &many) {
			for _, one := range utilerrors.Flatten(many).Errors() {
				a.Err("%v", one)
			}
		} else if err != nil {
			a.Err("%v", err)
		}
	}
	opts := options.NewServerRunOptions()
	set := cli.Merged("kube-apiserver", opts.Flags())
	command.Flags().VisitAll(func(f *pflag.Flag) {
		if set.Lookup(f.Name) == nil { // what the command adds of its own, which writes to variables of packages
			set.AddFlag(f)
		}
	})
	readable, notes, errs := cli.Parse(set, flags)
	a.Notes = notes
	for _, err := range errs {
		refuse(err)
	}
	temp, err := os.MkdirTemp("", "upstream-judge-")
	if err != nil {
		refuse(err)
		return a
	}
	defer os.RemoveAll(temp)
	if err := neutral(set, readable, temp); err != nil {
		refuse(err)
		return a
	}
	if command.PersistentPreRunE != nil { // where gates are kept in a registry, this applies them
		refuse(command.PersistentPreRunE(command, nil))
	}
	refuse(logging(opts.Logs))
	completed, err := complete(opts)
	if err != nil {
		refuse(err)
		return a
	}
	for _, err := range completed.Validate() {
		refuse(err)
	}
	refuse(seats(set))
	refuse(reconciler(opts.EndpointReconcilerType))
	_, err = cliflag.TLSVersion(opts.SecureServing.MinTLSVersion)
	refuse(err)
	return a
}

// reconciler is createEndpointReconciler of the control plane's configuration, which ends the process, restated.
func reconciler(kind string) error {
	switch reconcilers.Type(kind) {
	case reconcilers.MasterCountReconcilerType, "", reconcilers.LeaseEndpointReconcilerType, reconcilers.NoneEndpointReconcilerType:
		return nil
	}
	return fmt.Errorf("Reconciler not implemented: %v", kind)
}

// seats is the check that priority and fairness makes while the server is built, restated.
func seats(set *pflag.FlagSet) error {
	number := func(name string) int {
		value, _ := strconv.Atoi(set.Lookup(name).Value.String())
		return value
	}
	fair := set.Lookup("enable-priority-and-fairness").Value.String() == "true"
	for gate := range utilfeature.DefaultMutableFeatureGate.GetAll() { // in front of it up to 1.30
		if gate == "APIPriorityAndFairness" && !utilfeature.DefaultFeatureGate.Enabled(gate) {
			fair = false
		}
	}
	reading, writing := number("max-requests-inflight"), number("max-mutating-requests-inflight")
	if fair && reading+writing <= 0 {
		return fmt.Errorf("invalid configuration: MaxRequestsInFlight=%d and MaxMutatingRequestsInFlight=%d; they must add up to something positive", reading, writing)
	}
	return nil
}
