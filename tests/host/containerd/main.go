// Loads a containerd configuration as containerd 2 does, imports and all, and prints its plugins as JSON.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"

	"github.com/containerd/containerd/v2/cmd/containerd/server/config"
	"github.com/containerd/containerd/v2/version"
	"github.com/sirupsen/logrus"
)

// strict turns a warning into a failure: containerd ignores a key it does not know, and only says so.
type strict struct{ warned []string }

func (s *strict) Levels() []logrus.Level { return []logrus.Level{logrus.WarnLevel, logrus.ErrorLevel} }
func (s *strict) Fire(e *logrus.Entry) error {
	s.warned = append(s.warned, fmt.Sprint(e.Message, " ", e.Data))
	return nil
}

func main() {
	warnings := &strict{}
	logrus.AddHook(warnings)
	logrus.SetOutput(os.Stderr)
	out := config.Config{Version: version.ConfigVersion}
	if err := config.LoadConfig(context.Background(), os.Args[1], &out); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if out.Version < version.ConfigVersion {
		if err := out.MigrateConfig(context.Background()); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	answer := map[string]any{"version": out.Version, "plugins": out.Plugins, "warnings": warnings.warned}
	if err := json.NewEncoder(os.Stdout).Encode(answer); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
