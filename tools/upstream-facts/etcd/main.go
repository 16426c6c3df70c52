// Command etcd prints, as JSON, every flag of one etcd minor with its type and default.
//
// newConfig is upstream's own: ../run-etcd.sh copies the file of etcd's main package that registers its flags.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
)

// Flag is one command-line flag.
type Flag struct {
	Name    string `json:"name"`
	Type    string `json:"type"`
	Default string `json:"default"`
}

func main() {
	list := []Flag{}
	newConfig().cf.flagSet.VisitAll(func(f *flag.Flag) { // in order of name
		list = append(list, Flag{Name: f.Name, Type: fmt.Sprintf("%T", f.Value), Default: f.DefValue})
	})
	out := json.NewEncoder(os.Stdout)
	out.SetIndent("", " ")
	if err := out.Encode(list); err != nil {
		fmt.Fprintln(os.Stderr, "etcd:", err)
		os.Exit(1)
	}
}
