// The judge of Kubernetes 1.30.
package main

import (
	"os"

	"plimsoll.example/upstream/judge"
)

func main() { os.Exit(judge.Main(adapter)) }
