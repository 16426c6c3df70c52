// Package sibling is the conversation between the judge and the programs built beside it, which judge the flags of one
// component: kube-apiserver-<minor>, because it takes minutes to compile, and etcd-<minor>, because its modules are none of
// Kubernetes'. It imports no component, so that each of them can import it.
package sibling

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
)

// Answer is what upstream's code makes of a list of flags.
type Answer struct {
	Dropped []string `json:"dropped"` // accepted, and without any effect
	Errors  []string `json:"errors"`
	Notes   []string `json:"notes"` // warnings
}

// Err adds an error.
func (a *Answer) Err(format string, arguments ...any) {
	a.Errors = append(a.Errors, fmt.Sprintf(format, arguments...))
}

const answerArgument = "--answer-flags"

// Path is where the program of this name is, if it is built: beside the running one.
func Path(name string) (string, bool) {
	self, err := os.Executable()
	if err != nil {
		return "", false
	}
	path := filepath.Join(filepath.Dir(self), name)
	_, err = os.Stat(path)
	return path, err == nil
}

// Serve answers a question put by Ask, if there is one: flags on stdin, the answer on descriptor 3, away from whatever
// upstream prints.
func Serve(judge func(flags []string) Answer) (status int, asked bool) {
	if len(os.Args) != 2 || os.Args[1] != answerArgument {
		return 0, false
	}
	var flags []string
	if err := json.NewDecoder(os.Stdin).Decode(&flags); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2, true
	}
	answer := safely(judge, flags)
	if err := json.NewEncoder(os.NewFile(3, "answer")).Encode(answer); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 2, true
	}
	return 0, true
}

func safely(judge func([]string) Answer, flags []string) (answer Answer) {
	defer func() {
		if p := recover(); p != nil {
			answer.Err("upstream's code panics: %v", p)
		}
	}()
	return judge(flags)
}

// Ask puts flags to a program, in a process of its own: upstream's code may end it, keeps gates in globals and reads the
// environment. talk is what it printed. An answer that ended says so as an error, with what was printed.
func Ask(program string, flags []string) (answer Answer, talk string, ended bool) {
	fail := func(err error) (Answer, string, bool) {
		return Answer{Errors: []string{fmt.Sprintf("cannot ask %s: %v", filepath.Base(program), err)}}, "", false
	}
	question, err := json.Marshal(append([]string{}, flags...))
	if err != nil {
		return fail(err)
	}
	read, write, err := os.Pipe()
	if err != nil {
		return fail(err)
	}
	defer read.Close()
	var printed bytes.Buffer
	child := exec.Command(program, answerArgument)
	child.Stdin, child.Stdout, child.Stderr = bytes.NewReader(question), &printed, &printed
	child.ExtraFiles = []*os.File{write}
	child.Env = []string{"TMPDIR=" + os.TempDir()}
	err = child.Start()
	write.Close()
	if err != nil {
		return fail(err)
	}
	text, _ := io.ReadAll(read)
	result := child.Wait()
	if err := json.Unmarshal(text, &answer); err != nil {
		answer = Answer{}
		answer.Err("upstream's code ended the process (%v): %s", result, Reason(printed.String()))
		return answer, printed.String(), true
	}
	return answer, printed.String(), false
}

// fatal is the line with which klog ends a process; the stacks of all goroutines follow it.
var fatal = regexp.MustCompile(`(?m)^F\d{4} \S+\s+\d+ [^\]]+\] (.*)$`)

// Reason is what a process said that upstream's code ended: without the help text that follows a refusal, and of a log the last
// lines only.
func Reason(printed string) string {
	if match := fatal.FindStringSubmatch(printed); match != nil {
		return match[1]
	}
	if before, _, found := strings.Cut(printed, "\nUsage:"); found {
		printed = before
	}
	lines := strings.Split(strings.TrimSpace(printed), "\n")
	if len(lines) > 12 {
		lines = lines[len(lines)-12:]
	}
	return strings.Join(lines, " | ")
}
