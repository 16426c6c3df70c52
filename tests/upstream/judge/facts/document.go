// Package facts writes down what one minor's code says about itself: fields, flags and feature gates with their
// defaults. It imports no component, so that each program that uses it knows the gates of its own component only.
package facts

import (
	"encoding/json"
	"fmt"
	"os"
	"sort"
)

// Document is one program's whole answer.
type Document struct {
	Kubernetes string   `json:"kubernetes"`       // the exact version, as in v1.30.14
	Others     []string `json:"others,omitempty"` // staging modules from another patch than that
	Fields     []Field  `json:"fields"`           // fields and flags, by path
	// Clashes are flags left out because a field has the very same path.
	Clashes []string `json:"clashes,omitempty"`
	// Undetermined are flags for which no probe showed what they set.
	Undetermined []string     `json:"undetermined,omitempty"`
	Plugins      []Plugin     `json:"plugins,omitempty"`
	Controllers  []Controller `json:"controllers,omitempty"`
	Gates        []Gate       `json:"gates"`
}

// Field is one path of a configuration type, or one command-line flag.
type Field struct {
	Path       string          `json:"path"`                 // component/path in upstream's JSON names, or component/flag
	Kind       string          `json:"kind"`                 // field or flag
	Type       string          `json:"type"`                 // Go type, pointer star included; for a flag, pflag's word
	Default    json.RawMessage `json:"default,omitempty"`    // absent when it holds nothing
	Deprecated bool            `json:"deprecated,omitempty"` // said of flags only
	Sets       string          `json:"sets,omitempty"`       // the field that this flag writes
}

// Plugin is one of the scheduler's own plugins.
type Plugin struct {
	Name    string `json:"name"`
	Default bool   `json:"default"`          // enabled in the default profile
	Weight  *int32 `json:"weight,omitempty"` // as the default profile states it; absent when it states none
}

// Controller is one of the controller-manager's loops.
type Controller struct {
	Name    string `json:"name"`
	Default bool   `json:"default"` // runs without being named in --controllers
}

// Add takes flags in, except those whose path a field already has.
func (d *Document) Add(flags []Field) {
	fields := map[string]bool{}
	for _, f := range d.Fields {
		fields[f.Path] = f.Kind == "field"
	}
	for _, f := range flags {
		if fields[f.Path] {
			d.Clashes = append(d.Clashes, f.Path)
		} else {
			d.Fields = append(d.Fields, f)
		}
	}
}

// Print writes the document, sorted; its result is the program's exit status.
func (d *Document) Print() int {
	d.Kubernetes, d.Others = versions()
	sort.Slice(d.Fields, func(i, j int) bool { return d.Fields[i].Path < d.Fields[j].Path })
	sort.Slice(d.Plugins, func(i, j int) bool { return d.Plugins[i].Name < d.Plugins[j].Name })
	sort.Slice(d.Controllers, func(i, j int) bool { return d.Controllers[i].Name < d.Controllers[j].Name })
	sort.Strings(d.Clashes)
	sort.Strings(d.Undetermined)
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	out.SetIndent("", " ")
	if err := out.Encode(d); err != nil {
		fmt.Fprintln(os.Stderr, "facts:", err)
		return 2
	}
	return 0
}
