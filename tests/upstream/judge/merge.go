// What the kubelet makes of a main file and its drop-ins, field by field: ../merge asks for it and ../../check/merge.rs holds
// the tool's own merge against the answers.
package judge

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// mergeCase is a question: a main file, and drop-ins by their paths below the folder.
type mergeCase struct {
	Main    string            `json:"main"`
	DropIns map[string]string `json:"dropIns"`
}

// merged is the answer: the fields whose value is not the one of an empty main file, null where there is none.
type merged struct {
	Refused string         `json:"refused,omitempty"`
	Fields  map[string]any `json:"fields,omitempty"`
}

// merge answers the questions of standard input, one a line.
func (a *Adapter) merge() int {
	if a.MergeDropIns == nil {
		fmt.Fprintf(os.Stderr, "the kubelet of %s reads no drop-in by --config-dir alone\n", a.Minor)
		return 2
	}
	plain, err := a.mergedFields(mergeCase{Main: emptyMain})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	out := json.NewEncoder(os.Stdout)
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<22)
	for lines.Scan() {
		var question mergeCase
		if err := json.Unmarshal(lines.Bytes(), &question); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 2
		}
		var answer merged
		if fields, err := a.mergedFields(question); err != nil {
			answer.Refused = err.Error()
		} else {
			answer.Fields = departures(plain, fields)
		}
		if err := out.Encode(answer); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 2
		}
	}
	return 0
}

func (a *Adapter) mergedFields(question mergeCase) (map[string]string, error) {
	folder, err := os.MkdirTemp("", "upstream-judge-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(folder)
	dropIns := filepath.Join(folder, "conf.d")
	if err := os.Mkdir(dropIns, 0o700); err != nil {
		return nil, err
	}
	main := filepath.Join(folder, "main.yaml")
	if err := os.WriteFile(main, []byte(question.Main), 0o600); err != nil {
		return nil, err
	}
	for name, text := range question.DropIns {
		path := filepath.Join(dropIns, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return nil, err
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			return nil, err
		}
	}
	loaded, err := a.LoadKubelet(main)
	if err != nil {
		return nil, err
	}
	result := loaded.DeepCopy() // as in dropInMerge
	if len(question.DropIns) > 0 {
		if err := a.MergeDropIns(result, dropIns); err != nil {
			return nil, err
		}
	}
	return fields(result)
}

// departures are the fields that differ, as JSON values.
func departures(plain, fields map[string]string) map[string]any {
	out := map[string]any{}
	for name, value := range fields {
		if plain[name] != value {
			out[name] = json.RawMessage(value)
		}
	}
	for name := range plain {
		if _, there := fields[name]; !there {
			out[name] = nil
		}
	}
	delete(out, "apiVersion")
	delete(out, "kind")
	return out
}
