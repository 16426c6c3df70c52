package facts

import (
	"encoding/json"
	"strings"

	"github.com/spf13/pflag"
	cliflag "k8s.io/component-base/cli/flag"
)

// Flags lists a component's flags. --help and --version are none of its settings.
func Flags(component string, flags *pflag.FlagSet) []Field {
	list := []Field{}
	flags.SetNormalizeFunc(cliflag.WordSepNormalizeFunc) // as every component's main does
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Name == "help" || f.Name == "version" {
			return
		}
		list = append(list, Field{Path: component + "/" + f.Name, Kind: "flag", Type: f.Value.Type(),
			Default: flagDefault(f.Value.Type(), f.DefValue), Deprecated: f.Deprecated != ""})
	})
	return list
}

// flagDefault is the text that upstream prints as JSON: a bare number or boolean, a list, a string, or nothing.
func flagDefault(kind, text string) json.RawMessage {
	kind = strings.ToLower(kind)
	if text == "" || text == "[]" || text == "map[]" {
		return nil
	}
	var scalar any
	if json.Unmarshal([]byte(text), &scalar) == nil {
		switch scalar.(type) {
		case bool:
			return json.RawMessage(text)
		case float64:
			if strings.Contains(kind, "int") || strings.Contains(kind, "float") || strings.Contains(kind, "level") {
				return json.RawMessage(text)
			}
		}
	}
	var value any = text
	if strings.Contains(kind, "slice") {
		value = strings.Split(strings.Trim(text, "[]"), ",")
	}
	data, err := json.Marshal(value)
	if err != nil {
		return nil
	}
	return data
}
