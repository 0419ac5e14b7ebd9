#!/usr/bin/env bash
# An image as an OCI archive: image.sh runner|controller ARCHIVE [BASE]. Needs buildah and root; nothing is pushed.
set -euo pipefail
kind=$1; archive=$(realpath -m "$2"); base=${3:-}
here=$(cd "$(dirname "$0")/.." && pwd); context=$(mktemp -d); trap 'rm -rf "$context"' EXIT
uv="$here/.venv/bin/uv"
case $kind in
  # What registers, submits and draws stays outside: a run needs none of it.
  runner) chosen=(mlflow uv typer rich alembic sqlalchemy nbcode-runtime); chosen=("${chosen[@]/#/--prune=}") ;;
  controller) chosen=(--extra argo --extra postgres) ;;
  *) echo "image.sh: $kind is neither runner nor controller" >&2; exit 2 ;;
esac
"$uv" export --quiet --project "$here" --frozen --no-dev --no-emit-workspace --package nbcode "${chosen[@]}" --output-file "$context/requirements.txt" > /dev/null
for package in alpha_bench nbcode_runtime nbcode; do
  "$uv" build --quiet --wheel --out-dir "$context/wheels" "$here/python/$package"
done
certificates=()
[ -z "${SSL_CERT_FILE:-}" ] || certificates=(--volume /etc/ssl/certs:/etc/ssl/certs:ro --build-arg "SSL_CERT_FILE=$SSL_CERT_FILE")
buildah --storage-driver overlay bud --quiet --isolation chroot ${base:+--build-arg BASE="$base"} "${certificates[@]}" \
  --file "$here/deploy/$kind/Dockerfile" --tag "localhost/nbcode-$kind:dev" "$context" > /dev/null
rm -f "$archive"
buildah --storage-driver overlay push --quiet --disable-compression "localhost/nbcode-$kind:dev" "oci-archive:$archive:localhost/nbcode-$kind:dev"
