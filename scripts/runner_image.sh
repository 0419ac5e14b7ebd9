#!/usr/bin/env bash
# The runner's image as an OCI archive: runner_image.sh ARCHIVE [BASE]. Needs buildah and root; nothing is pushed.
set -euo pipefail
archive=$(realpath -m "$1"); base=${2:-}
here=$(cd "$(dirname "$0")/.." && pwd); context=$(mktemp -d); trap 'rm -rf "$context"' EXIT
uv="$here/.venv/bin/uv"
# What registers, submits and draws stays outside: a run needs none of it.
outside=(mlflow uv typer rich alembic sqlalchemy nbcode-runtime)
"$uv" export --quiet --project "$here" --frozen --no-dev --no-emit-workspace --package nbcode "${outside[@]/#/--prune=}" --output-file "$context/requirements.txt" > /dev/null
for package in alpha_bench nbcode_runtime nbcode; do
  "$uv" build --quiet --wheel --out-dir "$context/wheels" "$here/python/$package"
done
certificates=()
[ -z "${SSL_CERT_FILE:-}" ] || certificates=(--volume /etc/ssl/certs:/etc/ssl/certs:ro --build-arg "SSL_CERT_FILE=$SSL_CERT_FILE")
buildah --storage-driver overlay bud --quiet --isolation chroot ${base:+--build-arg BASE="$base"} "${certificates[@]}" \
  --file "$here/deploy/runner/Dockerfile" --tag localhost/nbcode-runner:dev "$context" > /dev/null
rm -f "$archive"
buildah --storage-driver overlay push --quiet --disable-compression localhost/nbcode-runner:dev "oci-archive:$archive:localhost/nbcode-runner:dev"
