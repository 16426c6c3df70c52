// Empty on purpose: its presence lets ranges.go declare functions without bodies.
