// A KubeSchedulerConfiguration: the scheduler's own strict loading and validation, the leader elector's
// checks, and the construction of the scheduler, which is where a plugin that does not exist is refused.
package judge

import (
	"context"
	"os"

	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/events"
	"k8s.io/client-go/tools/leaderelection"
	"k8s.io/client-go/tools/leaderelection/resourcelock"
	componentbaseconfig "k8s.io/component-base/config"
	"k8s.io/kubernetes/pkg/scheduler"
	"k8s.io/kubernetes/pkg/scheduler/apis/config"
	"k8s.io/kubernetes/pkg/scheduler/apis/config/validation"
	"k8s.io/kubernetes/pkg/scheduler/profile"
)

func (a *Adapter) schedulerFile(path string) (dropped []string, errs []error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, []error{err}
	}
	if err := single(data); err != nil {
		errs = append(errs, err)
	}
	cfg, err := a.LoadScheduler(path)
	if err != nil {
		dropped, more := split(err)
		return dropped, append(errs, more...)
	}
	if err := validation.ValidateKubeSchedulerConfiguration(cfg); err != nil {
		errs = append(errs, flatten(err)...)
	}
	errs = append(errs, electionErrors(cfg.LeaderElection)...)
	if len(errs) > 0 {
		return nil, errs
	}
	return nil, flatten(a.buildScheduler(cfg))
}

// buildScheduler makes every profile's plugins from their arguments. The client is never used: nothing is
// started.
func (a *Adapter) buildScheduler(cfg *config.KubeSchedulerConfiguration) error {
	client, err := kubernetes.NewForConfig(&rest.Config{Host: "127.0.0.1:1"})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	broadcaster := events.NewBroadcaster(&events.EventSinkImpl{Interface: client.EventsV1()})
	defer broadcaster.Shutdown()
	recorder := profile.NewRecorderFactory(broadcaster)
	return a.BuildScheduler(ctx, client, recorder,
		scheduler.WithComponentConfigVersion(cfg.APIVersion),
		scheduler.WithKubeConfig(&rest.Config{Host: "127.0.0.1:1"}),
		scheduler.WithProfiles(cfg.Profiles...),
		scheduler.WithPercentageOfNodesToScore(cfg.PercentageOfNodesToScore),
		scheduler.WithPodMaxBackoffSeconds(cfg.PodMaxBackoffSeconds),
		scheduler.WithPodInitialBackoffSeconds(cfg.PodInitialBackoffSeconds),
		scheduler.WithExtenders(cfg.Extenders...),
		scheduler.WithParallelism(cfg.Parallelism))
}

// electionErrors asks client-go for the lock, as a component does that is about to run, and its elector, whose rule on the retry
// period no option validation knows; the controller-manager panics on it. The lock's clients are never used.
func electionErrors(e componentbaseconfig.LeaderElectionConfiguration) []error {
	if !e.LeaderElect {
		return nil
	}
	identity := resourcelock.ResourceLockConfig{Identity: "judge"}
	lock, err := resourcelock.New(e.ResourceLock, e.ResourceNamespace, e.ResourceName, nil, nil, identity)
	if err != nil {
		return []error{err}
	}
	_, err = leaderelection.NewLeaderElector(leaderelection.LeaderElectionConfig{
		Lock:          lock,
		LeaseDuration: e.LeaseDuration.Duration,
		RenewDeadline: e.RenewDeadline.Duration,
		RetryPeriod:   e.RetryPeriod.Duration,
		Callbacks: leaderelection.LeaderCallbacks{
			OnStartedLeading: func(context.Context) {},
			OnStoppedLeading: func() {},
		},
	})
	return flatten(err)
}
