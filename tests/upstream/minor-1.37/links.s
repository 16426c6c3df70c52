// Empty on purpose: its presence lets adapter.go declare functions without bodies.
