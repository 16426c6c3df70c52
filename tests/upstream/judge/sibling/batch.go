package sibling

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"sync"
	"time"
)

// Item is a question of a batch: one text, for one component.
type Item struct {
	ID        string          `json:"id"`
	Component string          `json:"component"`
	Form      string          `json:"form"` // file, flags, drop-in
	Text      string          `json:"text"`
	Name      string          `json:"name,omitempty"`    // a drop-in's file name, 20.conf where it has none
	Base      string          `json:"base"`              // a drop-in's main file, or the file beside flags
	Machine   json.RawMessage `json:"machine,omitempty"` // of plan.json: with it, stage 2 too
}

// Result is its answer. Unlike a verdict on a plan's files it says what the component does, not what the plan's author wants
// to know: what is only lost or odd refuses nothing.
type Result struct {
	ID       string   `json:"id"`
	Refused  bool     `json:"refused"`
	Stage    int      `json:"stage"` // that refuses; 0 if none does
	Errors   []string `json:"errors"`
	Dropped  []string `json:"dropped"`  // paths of fields that are ignored
	Warnings []string `json:"warnings"` // what upstream warns of, or this judge without upstream
	Spent    bool     `json:"spent,omitempty"`
}

// Spent says that this process has set something of upstream's that cannot be set back, and answers no further question.
var Spent bool

// Refuse adds an error of a stage.
func (r *Result) Refuse(stage int, errs ...string) {
	for _, text := range errs {
		r.Refused = true
		if r.Stage == 0 {
			r.Stage = stage
		}
		if !slices.Contains(r.Errors, text) {
			r.Errors = append(r.Errors, text)
		}
	}
}

const (
	batchArgument  = "--batch"
	freshArgument  = "--fresh"
	workerArgument = "--batch-worker"
	longestAnswer  = 30 * time.Second
)

// ServeBatch answers questions, a JSON object a line, if the command line asks for it. The answers are made by one process after
// another: a new one is started when upstream's code has ended or hung the last one, or for every item with --fresh, which is
// slow, and the proof that nothing is carried from item to item.
func ServeBatch(prepare func() (answer func(Item) Result)) (status int, asked bool) {
	switch {
	case len(os.Args) == 2 && os.Args[1] == workerArgument:
		return work(prepare()), true
	case len(os.Args) == 2 && os.Args[1] == batchArgument:
		return supervise(false), true
	case len(os.Args) == 3 && os.Args[1] == batchArgument && os.Args[2] == freshArgument:
		return supervise(true), true
	}
	return 0, false
}

// work is the worker's side: answers on descriptor 3, away from whatever upstream prints. Its temporary folder is its own.
func work(answer func(Item) Result) int {
	lines, out := bufio.NewReaderSize(os.Stdin, 1<<20), json.NewEncoder(os.NewFile(3, "answers"))
	for {
		line, err := lines.ReadBytes('\n')
		if err == io.EOF {
			return 0
		}
		var item Item
		if err == nil {
			err = json.Unmarshal(line, &item)
		}
		if err == nil {
			result := Try(item, answer)
			result.Spent = Spent
			err = out.Encode(result)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 2
		}
	}
}

// Try answers one item; a panic of upstream's code is a refusal.
func Try(item Item, answer func(Item) Result) (result Result) {
	defer func() {
		if p := recover(); p != nil {
			result = Result{}
			result.Refuse(1, fmt.Sprintf("upstream's code panics: %v", p))
		}
		result.ID = item.ID
		for _, list := range []*[]string{&result.Errors, &result.Dropped, &result.Warnings} {
			*list = append([]string{}, *list...) // never null
		}
	}()
	return answer(item)
}

// worker is a running process that answers.
type worker struct {
	command *exec.Cmd
	in      io.WriteCloser
	answers *bufio.Reader
	read    *os.File
	talk    tail
	folder  string
}

func startWorker() (*worker, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	read, write, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer write.Close()
	folder, err := os.MkdirTemp("", "upstream-judge-")
	if err != nil {
		return nil, err
	}
	w := &worker{folder: folder, command: exec.Command(self, workerArgument), read: read, answers: bufio.NewReaderSize(read, 1<<20)}
	w.command.Stdout, w.command.Stderr = &w.talk, &w.talk
	w.command.Dir = folder // a flag may name a file to write to
	w.command.ExtraFiles = []*os.File{write}
	w.command.Env = []string{"TMPDIR=" + folder}
	if w.in, err = w.command.StdinPipe(); err != nil {
		return nil, err
	}
	return w, w.command.Start()
}

func (w *worker) stop() error {
	w.in.Close()
	err := w.command.Wait()
	w.read.Close()
	os.RemoveAll(w.folder)
	return err
}

// ask answers with what ended the worker, if the question did.
func (w *worker) ask(line []byte) (answer []byte, ended error) {
	hung := time.AfterFunc(longestAnswer, func() { _ = w.command.Process.Kill() })
	defer hung.Stop()
	w.talk.clear()
	if _, err := w.in.Write(line); err == nil {
		if answer, err = w.answers.ReadBytes('\n'); err == nil {
			return answer, nil
		}
	}
	err := w.stop()
	return nil, fmt.Errorf("upstream's code ended the process (%v): %s", err, Reason(w.talk.String()))
}

func supervise(fresh bool) int {
	in, out := bufio.NewReaderSize(os.Stdin, 1<<20), bufio.NewWriterSize(os.Stdout, 1<<20)
	defer out.Flush()
	var w *worker
	for {
		line, err := in.ReadBytes('\n')
		if err != nil {
			if w != nil {
				_ = w.stop()
			}
			return 0
		}
		var item Item
		if err := json.Unmarshal(line, &item); err != nil {
			fmt.Fprintf(os.Stderr, "batch: %v in %.200s\n", err, line)
			return 2
		}
		if w == nil {
			if w, err = startWorker(); err != nil {
				fmt.Fprintln(os.Stderr, err)
				return 2
			}
		}
		answer, ended := w.ask(line)
		if ended != nil {
			result := Try(item, func(Item) (r Result) { r.Refuse(1, ended.Error()); return r })
			answer, _ = json.Marshal(result)
			answer = append(answer, '\n')
			w = nil
		} else if kept, spent := bytes.CutSuffix(answer, []byte(`,"spent":true}`+"\n")); spent || fresh {
			if spent {
				answer = append(kept, "}\n"...)
			}
			_ = w.stop()
			w = nil
		}
		if _, err := out.Write(answer); err != nil {
			return 2
		}
		if in.Buffered() == 0 {
			out.Flush() // who asks one by one waits for each
		}
	}
}

// tail keeps the end of what is written to it.
type tail struct {
	lock sync.Mutex
	text []byte
}

func (t *tail) Write(p []byte) (int, error) {
	t.lock.Lock()
	defer t.lock.Unlock()
	t.text = append(t.text, p...)
	if over := len(t.text) - 1<<14; over > 1<<14 {
		t.text = append([]byte{}, t.text[over:]...)
	}
	return len(p), nil
}

func (t *tail) clear() {
	t.lock.Lock()
	defer t.lock.Unlock()
	t.text = nil
}

func (t *tail) String() string {
	t.lock.Lock()
	defer t.lock.Unlock()
	return string(bytes.TrimSpace(t.text))
}
