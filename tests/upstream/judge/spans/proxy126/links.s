// Empty on purpose: its presence lets load.go declare functions without bodies.
