"""A real Kubernetes with Argo Workflows and S3 on this machine, for tests: ``cluster.cluster`` is what tests use of it."""
