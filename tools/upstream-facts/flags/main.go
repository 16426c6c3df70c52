// Command flags prints, as JSON, every flag of one minor's kube-controller-manager with its type and default,
// and every feature gate that it knows: some are registered by packages that only it imports.
//
// The options are upstream's own: the defaults are those a process started without any flag would use.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"reflect"
	"sort"

	"upstream-facts/gates"

	"github.com/spf13/pflag"
	cliflag "k8s.io/component-base/cli/flag"
	"k8s.io/kubernetes/cmd/kube-controller-manager/app/options"
)

// Flag is one command-line flag.
type Flag struct {
	Name       string `json:"name"`
	Type       string `json:"type"`
	Default    string `json:"default"`
	Deprecated string `json:"deprecated,omitempty"`
}

// Facts is the whole answer for one minor.
type Facts struct {
	Flags []Flag       `json:"flags"`
	Gates []gates.Gate `json:"gates"`
}

func main() {
	controllerManager, err := options.NewKubeControllerManagerOptions()
	if err != nil {
		fmt.Fprintln(os.Stderr, "flags:", err)
		os.Exit(1)
	}
	// Flags takes two or three lists of controller names, depending on the minor; they only fill help texts.
	method := reflect.ValueOf(controllerManager.Flags)
	arguments := make([]reflect.Value, method.Type().NumIn())
	for i := range arguments {
		arguments[i] = reflect.Zero(method.Type().In(i))
	}
	sets := method.Call(arguments)[0].Interface().(cliflag.NamedFlagSets)

	seen := map[string]bool{}
	var list []Flag
	for _, set := range sets.FlagSets {
		set.VisitAll(func(f *pflag.Flag) {
			if !seen[f.Name] {
				seen[f.Name] = true
				list = append(list, Flag{Name: f.Name, Type: f.Value.Type(), Default: f.DefValue, Deprecated: f.Deprecated})
			}
		})
	}
	sort.Slice(list, func(i, j int) bool { return list[i].Name < list[j].Name })
	out := json.NewEncoder(os.Stdout)
	out.SetIndent("", " ")
	if err := out.Encode(Facts{Flags: list, Gates: gates.List()}); err != nil {
		fmt.Fprintln(os.Stderr, "flags:", err)
		os.Exit(1)
	}
}
