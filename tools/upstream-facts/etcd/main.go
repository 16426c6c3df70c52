// Command etcd prints, as JSON, every flag of one etcd minor with its type and default.
//
// newConfig is upstream's own: ../run-etcd.sh copies the file of etcd's main package that registers its flags.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"strings"
)

// Field is one command-line flag, in the form of the facts of Kubernetes' components.
type Field struct {
	Path       string          `json:"path"`
	Kind       string          `json:"kind"`
	Type       string          `json:"type"`
	Default    json.RawMessage `json:"default,omitempty"`
	Deprecated bool            `json:"deprecated,omitempty"`
}

// Go's flag package knows no deprecation. etcd has a list, deprecatedFlags, and says more in help texts; a text that only
// announces it, or speaks of a value, is no match.
var says = regexp.MustCompile(`(^|[.\]]\s*)Deprecated\b|^\[TO BE DEPRECATED`)

func deprecated(f *flag.Flag) bool {
	for _, name := range reflect.ValueOf(deprecatedFlags).MapKeys() { // the type of its values differs
		if name.String() == f.Name {
			return true
		}
	}
	return says.MatchString(f.Usage)
}

func main() {
	list := []Field{}
	newConfig().cf.flagSet.VisitAll(func(f *flag.Flag) { // in order of name
		if f.Name == "version" || f.Name == "help" {
			return
		}
		kind := fmt.Sprintf("%T", f.Value)
		list = append(list, Field{Path: "etcd/" + f.Name, Kind: "flag", Type: kind, Default: value(kind, f.DefValue), Deprecated: deprecated(f)})
	})
	out := json.NewEncoder(os.Stdout)
	out.SetIndent("", " ")
	if err := out.Encode(map[string]any{"fields": list}); err != nil {
		fmt.Fprintln(os.Stderr, "etcd:", err)
		os.Exit(1)
	}
}

// value is a default as JSON: a bare number or boolean where the flag is one, else the text; nothing when it is empty.
func value(kind, text string) json.RawMessage {
	bare := text == "true" || text == "false"
	for _, word := range []string{"int", "float"} {
		bare = bare || strings.Contains(strings.ToLower(kind), word)
	}
	if text == "" || bare {
		return json.RawMessage(text)
	}
	data, _ := json.Marshal(text)
	return data
}
