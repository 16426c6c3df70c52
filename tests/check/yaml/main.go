// Says what upstream's YAML library makes of each text of corpus.json: the JSON of its first document, or that it is refused.
package main

import (
	"encoding/json"
	"os"

	"sigs.k8s.io/yaml"
)

type answer struct {
	JSON  json.RawMessage `json:"json,omitempty"`
	Error string          `json:"error,omitempty"`
}

func ask(text string) (out answer) {
	defer func() {
		if r := recover(); r != nil {
			out = answer{Error: "panic"}
		}
	}()
	found, err := yaml.YAMLToJSON([]byte(text))
	if err != nil {
		return answer{Error: err.Error()}
	}
	return answer{JSON: found}
}

func main() {
	var texts []string
	data, err := os.ReadFile("corpus.json")
	if err != nil {
		panic(err)
	}
	if err := json.Unmarshal(data, &texts); err != nil {
		panic(err)
	}
	answers := make([]answer, 0, len(texts))
	for _, text := range texts {
		answers = append(answers, ask(text))
	}
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetIndent("", "")
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(answers); err != nil {
		panic(err)
	}
}
