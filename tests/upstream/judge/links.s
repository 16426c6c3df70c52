// Empty on purpose: its presence lets links.go declare functions without bodies.
