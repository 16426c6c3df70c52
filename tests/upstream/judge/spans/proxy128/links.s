// Empty on purpose: its presence lets proxy.go declare functions without bodies.
