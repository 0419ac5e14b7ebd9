#!/usr/bin/env bash
# Debian packages that the project's tests use beside what uv installs. Arguments: [--if-root] [browser] [cluster]
set -euo pipefail
packages=(bubblewrap postgresql)
if_root=false
for argument in "$@"; do
  case "$argument" in
    --if-root) if_root=true ;;
    browser) packages+=(chromium) ;;
    cluster)
      # What runs and builds containers; networks and namespaces; a compiler for the pause image; what images are made of.
      packages+=(containerd runc containernetworking-plugins buildah iptables conntrack iproute2 util-linux gcc libc6-dev busybox-static debootstrap)
      ;;
    *) echo "usage: system-packages.sh [--if-root] [browser] [cluster]" >&2; exit 2 ;;
  esac
done
missing=()
for package in "${packages[@]}"; do
  dpkg-query --show --showformat='${Status}' "$package" 2>/dev/null | grep -q "install ok installed" || missing+=("$package")
done
[ ${#missing[@]} -gt 0 ] || exit 0
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
  if $if_root; then
    echo "not installed: ${missing[*]} (tests that need them are skipped and counted; install with: sudo make system)"
    exit 0
  fi
  echo "needs root and apt-get to install: ${missing[*]}" >&2
  exit 3
fi
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
case " ${missing[*]} " in
  *" postgresql "*)
    # The tests start a server of their own; the package's would run on this machine for ever.
    apt-get install -y -qq --no-install-recommends postgresql-common >/dev/null
    sed -ri 's/^#?(create_main_cluster) *=.*$/\1 = false/' /etc/postgresql-common/createcluster.conf
    ;;
esac
apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
