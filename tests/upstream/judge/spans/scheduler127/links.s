// Empty on purpose: its presence lets scheduler.go declare functions without bodies.
