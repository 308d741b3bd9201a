"""The ways an object of a cluster is written: YAML, JSON, what `kubectl describe` prints, tables of `kubectl get`."""
