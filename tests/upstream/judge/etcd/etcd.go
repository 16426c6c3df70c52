// Package etcd is what the etcd programs of all minors share: upstream's own parsing and validation of flags. It imports no
// etcd; the module of each minor links upstream's functions.
package etcd

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"
	"unsafe"

	"plimsoll.example/upstream/judge/sibling"
)

// Upstream is one minor's etcdmain. Its config type is not exported, so a pointer to one is all there is of it here.
type Upstream struct {
	Release   string
	NewConfig func() unsafe.Pointer
	// Parse parses, validates, and sets up logging. It ends the process on a flag it does not know or cannot read.
	Parse func(config unsafe.Pointer, flags []string) error
	// Retention reads the two flags of compaction, which the server does when it starts.
	Retention func(mode, retention string) (time.Duration, error)
	// Ignored are the flags that it accepts without reading them.
	Ignored []string
}

// Main is a minor's main.
func Main(u Upstream) int {
	if status, asked := sibling.Serve(u.answer); asked {
		return status
	}
	if status, asked := sibling.ServeBatch(func() func(sibling.Item) sibling.Result { return u.item }); asked {
		return status
	}
	if len(os.Args) != 2 || strings.HasPrefix(os.Args[1], "-") {
		fmt.Fprintf(os.Stderr, "usage: etcd FILE\n\nJudges a flags file with the code of etcd %s, and prints the answer as JSON.\n", u.Release)
		return 2
	}
	self, err := os.Executable()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2
	}
	flags, errs := sibling.Lines(os.Args[1])
	answer := Judge(self, flags)
	for _, err := range errs {
		answer.Err("%v", err)
	}
	text, _ := json.Marshal(answer)
	fmt.Println(string(text))
	return min(len(answer.Errors)+len(answer.Dropped), 1)
}

// item is answer for a batch. Upstream ends the process at a flag it cannot read, which is a refusal too.
func (u Upstream) item(item sibling.Item) (result sibling.Result) {
	flags, errs := sibling.Split(item.Text)
	for _, err := range errs {
		if errors.As(err, &sibling.Twice{}) {
			result.Warnings = append(result.Warnings, err.Error())
		} else {
			result.Refuse(1, err.Error())
		}
	}
	answer := u.answer(flags)
	result.Refuse(1, answer.Errors...)
	result.Dropped = answer.Dropped
	return result
}

func (u Upstream) answer(flags []string) (a sibling.Answer) {
	for _, flag := range flags {
		switch name := sibling.Name(flag); {
		case name == "config-file":
			a.Dropped = append(a.Dropped, "all other flags: etcd reads none beside --config-file")
			return a
		case slices.Contains(u.Ignored, name):
			a.Dropped = append(a.Dropped, fmt.Sprintf("--%s: etcd accepts and ignores it", name))
		}
	}
	if err := u.Parse(u.NewConfig(), flags); err != nil {
		a.Err("%v", err)
		return a
	}
	mode, retention := value(flags, "auto-compaction-mode", "periodic"), value(flags, "auto-compaction-retention", "0")
	if _, err := u.Retention(mode, retention); err != nil {
		a.Err("%v", err)
	}
	return a
}

// value is a flag's, or its default.
func value(flags []string, name, or string) string {
	for _, flag := range flags {
		if sibling.Name(flag) == name {
			_, or, _ = strings.Cut(flag, "=")
		}
	}
	return or
}

// Judge asks an etcd program. Upstream ends the process at the first flag it cannot read; then each flag is tried alone, so
// that all of them are named, and the rest is judged together.
func Judge(program string, flags []string) sibling.Answer {
	answer, talk, ended := sibling.Ask(program, flags)
	if ended {
		readable, unreadable := []string{}, []string{}
		for _, flag := range flags {
			if alone, _, ended := sibling.Ask(program, []string{flag}); ended {
				unreadable = append(unreadable, alone.Errors...)
			} else {
				readable = append(readable, flag)
			}
		}
		if len(unreadable) > 0 {
			answer, talk, _ = sibling.Ask(program, readable)
			answer.Errors = append(unreadable, answer.Errors...)
		}
	}
	// What upstream warns of without any flag too is not about this file.
	_, always, _ := sibling.Ask(program, nil)
	for _, warning := range warnings(talk) {
		if !slices.Contains(warnings(always), warning) && !slices.Contains(answer.Notes, warning) {
			answer.Notes = append(answer.Notes, warning)
		}
	}
	return answer
}

// capnslog is the log of 3.4: time, level, package, message.
var capnslog = regexp.MustCompile(`^\S+ \S+ W \| (.*)$`)

// warnings are the log lines of that level.
func warnings(talk string) (found []string) {
	for _, line := range strings.Split(talk, "\n") {
		var entry struct {
			Level   string `json:"level"`
			Message string `json:"msg"`
		}
		if match := capnslog.FindStringSubmatch(line); match != nil {
			found = append(found, match[1])
		} else if json.Unmarshal([]byte(line), &entry) == nil && entry.Level == "warn" {
			found = append(found, entry.Message)
		}
	}
	return found
}
