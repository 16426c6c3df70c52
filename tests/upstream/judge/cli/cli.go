// Package cli is what judging a component's command line takes, whichever component it is.
package cli

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/spf13/pflag"
	cliflag "k8s.io/component-base/cli/flag"
	"k8s.io/component-base/cli/globalflag"
	"k8s.io/component-base/logs"
	"k8s.io/component-base/version/verflag"
	"plimsoll.example/upstream/judge/sibling"
)

// Merged is the flag set that a component's command makes of named ones.
func Merged(component string, sets cliflag.NamedFlagSets) *pflag.FlagSet {
	verflag.AddFlags(sets.FlagSet("global"))
	globalflag.AddGlobalFlags(sets.FlagSet("global"), component, logs.SkipLoggingConfigurationFlags())
	flags := New(component)
	for _, set := range sets.FlagSets {
		flags.AddFlagSet(set)
	}
	return flags
}

// New is an empty flag set that reads names as every component does: with underscores, too.
func New(component string) *pflag.FlagSet {
	flags := pflag.NewFlagSet(component, pflag.ContinueOnError)
	flags.SetNormalizeFunc(cliflag.WordSepNormalizeFunc)
	return flags
}

// Parse parses every flag for itself, because the parser stops at its first mistake and all of them are wanted. readable are
// the others.
func Parse(set *pflag.FlagSet, flags []string) (readable, notes []string, errs []error) {
	for _, flag := range flags {
		err, f := set.Parse([]string{flag}), set.Lookup(sibling.Name(flag))
		switch {
		case err != nil:
			errs = append(errs, fmt.Errorf("%s: %w", flag, err))
			if f != nil && slices.Contains(scalars, f.Value.Type()) {
				_ = f.Value.Set(f.DefValue) // what it could not read it left as zero, which validation might refuse as well
			}
			continue
		case f != nil && f.Deprecated != "":
			notes = append(notes, fmt.Sprintf("--%s is deprecated: %s", f.Name, f.Deprecated))
		case f != nil && strings.HasPrefix(f.Usage, "DEPRECATED: "):
			notes = append(notes, fmt.Sprintf("--%s is deprecated: %s", f.Name, strings.TrimPrefix(f.Usage, "DEPRECATED: ")))
		}
		readable = append(readable, flag)
	}
	set.VisitAll(func(f *pflag.Flag) { sibling.Spent = sibling.Spent || f.Changed && global(f) })
	return readable, notes, errs
}

// globals are the values of flags that write to variables of packages.
var globals = map[pflag.Value]bool{}

// Remember notes the values of a set of flags that is never parsed: a value that another set has too is a package's.
func Remember(set *pflag.FlagSet) {
	set.VisitAll(func(f *pflag.Flag) {
		if reflect.ValueOf(f.Value).Kind() == reflect.Pointer {
			globals[f.Value] = true
		}
	})
}

func global(f *pflag.Flag) bool {
	value := reflect.ValueOf(f.Value)
	// Flags of Go's own package, as klog has them, are packages' all.
	return value.Kind() == reflect.Pointer && (globals[f.Value] || value.Type().Elem().Name() == "flagValueWrapper")
}

// scalars are types of flags whose default can be set as text.
var scalars = []string{"bool", "duration", "float32", "float64", "int", "int32", "int64", "uint", "uint32", "uint64"}
