#!/usr/bin/env bash
# Installs the Debian packages that building needs (with --farm, running a farm; with --tests, testing), and only those
# that are missing.
# Everything else comes from npm. On other systems it names what to install by hand.
set -euo pipefail

packages=(cmake g++ make libembree-dev libopenexr-dev)
case "${1:-}" in
  "") ;;
  --farm) packages+=(nats-server) ;;
  --tests) packages+=(openexr openimageio-tools nats-server chromium iproute2 nftables python3-prometheus-client) ;;
  *)
    echo "usage: scripts/setup.sh [--farm | --tests]" >&2
    exit 2
    ;;
esac

fail() {
  printf 'setup: %s\n' "$@" >&2
  exit 1
}

command -v node >/dev/null && command -v npm >/dev/null ||
  fail "Node.js and npm are missing." "Install Node.js 20.19 or newer (https://nodejs.org), then run make again."
node -e 'const [major, minor] = process.versions.node.split(".").map(Number);
  process.exit(major > 20 || (major === 20 && minor >= 19) ? 0 : 1)' ||
  fail "Node.js $(node --version) is too old." "Install Node.js 20.19 or newer, then run make again."

if [ "${ARRAS_SKIP_PACKAGES:-}" = 1 ]; then
  exit 0
fi
command -v dpkg-query >/dev/null ||
  fail "This is no Debian system, so nothing can be installed here automatically." \
    "Needed: CMake 3.18, a C++17 compiler, make, the headers of Embree 3.13 or 4 and of OpenEXR 3.1." \
    "The tests also need OpenEXR's and OpenImageIO's command line tools (exrinfo, oiiotool), nats-server 2.9, Chromium, iproute2, nftables, Python's prometheus_client." \
    "Install them, then run: ARRAS_SKIP_PACKAGES=1 make"

missing=()
for package in "${packages[@]}"; do
  state=$(dpkg-query -W -f='${db:Status-Abbrev}' "$package" 2>/dev/null || true)
  [ "${state:0:2}" = ii ] || missing+=("$package")
done
if [ ${#missing[@]} -eq 0 ]; then
  exit 0
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  by_hand="apt-get update && apt-get install -y --no-install-recommends ${missing[*]}"
  command -v sudo >/dev/null ||
    fail "These Debian packages are missing, and sudo is not here to install them: ${missing[*]}" "As root, run: $by_hand"
  # Without a terminal nobody can type a password: fail with a message instead of waiting for ever.
  [ -t 0 ] || sudo -n true 2>/dev/null ||
    fail "These Debian packages are missing, and sudo asks for a password: ${missing[*]}" "As root, run: $by_hand"
  as_root=(sudo)
fi
echo "setup: installing ${missing[*]}"
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" </dev/null
