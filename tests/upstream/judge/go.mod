// What the judges of all minors share. It requires nothing itself: each minor's module decides which
// Kubernetes these imports mean.
module plimsoll.example/upstream/judge

go 1.22.0
