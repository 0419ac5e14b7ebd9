module nbcode.test/cluster/argo

go 1.25.0

require github.com/argoproj/argo-workflows/v4 v4.0.7
