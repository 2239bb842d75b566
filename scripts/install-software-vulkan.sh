#!/usr/bin/env bash
# Installs a software Vulkan device (Mesa's lavapipe, 24 or newer) on Debian or Ubuntu, for tests on machines without a GPU.
# Safe to run again: it changes nothing where the driver is there. Ends with an error, never with a warning, if it is not.
# Debian 12 ships Mesa 22.3, which Dawn refuses, so there the driver comes from bookworm-backports.
set -euo pipefail

least_mesa=24
package=mesa-vulkan-drivers

fail() {
  echo "install-software-vulkan: $1" >&2
  exit 1
}

# Major version of a Debian version string: 25.0.7-2~bpo12+1 -> 25; empty gives 0.
major_of() {
  local upstream="${1#*:}"
  upstream="${upstream%%.*}"
  [[ "$upstream" =~ ^[0-9]+$ ]] && echo "$upstream" || echo 0
}

installed_version() {
  dpkg-query -W -f '${db:Status-Status} ${Version}' "$package" 2>/dev/null | sed -n 's/^installed //p'
}

# Newest version that apt would install from a release, or by default.
candidate_version() {
  apt-cache policy "$@" "$package" 2>/dev/null | sed -n 's/^ *Candidate: //p'
}

driver_manifest() {
  compgen -G '/usr/share/vulkan/icd.d/lvp_icd*.json' | sed -n 1p
}

# Reads to the end: with pipefail, a grep that stops early ends ldconfig by SIGPIPE and says that there is none.
has_loader() {
  ldconfig -p | grep 'libvulkan\.so\.1' >/dev/null
}

is_ready() {
  [ "$(major_of "$(installed_version || true)")" -ge "$least_mesa" ] && [ -n "$(driver_manifest || true)" ] && has_loader
}

report() {
  echo "software Vulkan: Mesa $(installed_version), $(driver_manifest)"
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then
    "$@"
  elif command -v sudo >/dev/null; then
    sudo "$@"
  else
    fail "installing packages needs root, got user $(id -un) without sudo; run it as root"
  fi
}

apt_install() {
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends "$@" ||
    fail "apt-get install must succeed, got exit code $?: $*"
}

add_backports() {
  local list=/etc/apt/sources.list.d/bookworm-backports.list
  if ! grep -rqs '^[^#]*bookworm-backports' /etc/apt/sources.list /etc/apt/sources.list.d; then
    echo "deb http://deb.debian.org/debian bookworm-backports main" | as_root tee "$list" >/dev/null
  fi
  as_root apt-get update --quiet
}

elsewhere="Fedora: dnf install mesa-vulkan-drivers vulkan-loader; Arch: pacman -S vulkan-swrast; \
Alpine: apk add mesa-vulkan-swrast vulkan-loader"

case "$(uname -s)" in
  Linux) ;;
  Darwin) fail "macOS has no lavapipe; its Metal device is always there and needs no driver" ;;
  *) fail "this script is for Linux, got $(uname -s); Windows has a software Direct3D 12 device (WARP) built in" ;;
esac
command -v apt-get >/dev/null || fail "apt-get must be there (Debian, Ubuntu); $elsewhere"

if is_ready; then
  report
  exit 0
fi

# shellcheck source=/dev/null
. /etc/os-release
as_root apt-get update --quiet
release=()
if [ "$(major_of "$(candidate_version)")" -lt "$least_mesa" ]; then
  [ "${VERSION_CODENAME:-}" = bookworm ] ||
    fail "Mesa must be $least_mesa or newer, got $(candidate_version) on ${PRETTY_NAME:-this system}; use Debian 12 or newer, or Ubuntu 24.04 or newer"
  add_backports
  release=(-t bookworm-backports)
fi
apt_install "${release[@]}" "$package" libvulkan1

is_ready || fail "Mesa $least_mesa or newer with its lavapipe driver must be there after the installation, got \
Mesa '$(installed_version || true)', driver '$(driver_manifest || true)'"
report
