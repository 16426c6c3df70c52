// The judge of Kubernetes 1.37.
package main

import (
	"os"

	"plimsoll.example/upstream/judge"
)

func main() { os.Exit(judge.Main(adapter)) }
