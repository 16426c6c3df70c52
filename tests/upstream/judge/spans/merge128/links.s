// Empty on purpose: its presence lets merge.go declare functions without bodies.
