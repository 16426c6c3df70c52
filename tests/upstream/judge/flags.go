// Command lines: what the judges of all components' flags share.
package judge

import (
	"github.com/spf13/pflag"
	"plimsoll.example/upstream/judge/cli"
	"plimsoll.example/upstream/judge/sibling"
)

// flagsFile reads a flags file and has its flags judged.
func (j *Job) flagsFile(judge func(flags []string) ([]string, []error)) (dropped []string, errs []error) {
	flags, errs := sibling.Lines(j.Path)
	dropped, more := judge(flags)
	return dropped, append(errs, more...)
}

// parseEach parses flags one by one, and notes the deprecated ones.
func (j *Job) parseEach(set *pflag.FlagSet, flags []string) (readable []string, errs []error) {
	readable, notes, errs := cli.Parse(set, flags)
	for _, note := range notes {
		j.note("%s", note)
	}
	return readable, errs
}
