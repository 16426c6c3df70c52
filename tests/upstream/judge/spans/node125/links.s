// Empty on purpose: its presence lets node.go declare functions without bodies.
