#!/usr/bin/env bash
# Puts a lavapipe with matrix units (Mesa 26.1 or newer) into a folder, and a `node` that runs on it: for tests of what the
# lavapipe of this system lacks. That driver needs a newer C library than Debian 12 has, so Debian 13's comes along: packages
# are downloaded and checked by apt with lists of its own, and unpacked. Needs no root, and changes nothing outside of the
# folder. Some 65 MB to download, 310 MB to keep; run again, it downloads nothing.
#
#     scripts/fetch-lavapipe.sh FOLDER && FOLDER/bin/node ...
set -euo pipefail

release=trixie
mirror="${FASTGPU_DEBIAN_MIRROR:-http://deb.debian.org/debian}"
least_mesa=26
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

fail() {
  echo "fetch-lavapipe: $1" >&2
  exit 1
}

[ $# -eq 1 ] || fail "a folder must be named, got $# arguments; usage: scripts/fetch-lavapipe.sh FOLDER"
[ "$(uname -s)" = Linux ] || fail "this script is for Linux, got $(uname -s)"
for tool in apt-get dpkg-deb node; do
  command -v "$tool" >/dev/null || fail "$tool must be there; run it on Debian or Ubuntu with Node.js"
done
[ -r "$keyring" ] || fail "Debian's keys must be at $keyring; apt-get install debian-archive-keyring"
mkdir -p "$1"
folder="$(cd "$1" && pwd)"
root="$folder/root"
[[ "$folder" != *[\ \"\\]* ]] || fail "the folder's path must be without spaces and quotes, got $folder"

# apt as it would be on a machine without any package, so that everything that the driver needs is downloaded too.
own_apt() {
  apt-get -o Dir::State="$folder/apt" -o Dir::State::status="$folder/apt/status" -o Dir::Cache="$folder/apt" \
    -o Dir::Etc::SourceList="$folder/apt/sources.list" -o Dir::Etc::SourceParts=/dev/null \
    -o Dir::Etc::Preferences=/dev/null -o Dir::Etc::PreferencesParts=/dev/null \
    -o APT::Install-Recommends=false -o APT::Sandbox::User= -o Acquire::Languages=none -o Acquire::Retries=3 \
    -o Acquire::IndexTargets::deb::DEP-11::DefaultEnabled=false -o APT::Update::Error-Mode=any --quiet --yes "$@"
}

unpack() {
  local package
  rm -rf "$folder/apt" "$root"
  mkdir -p "$folder/apt/lists/partial" "$folder/apt/archives/partial" "$root"
  : >"$folder/apt/status"
  for suite in "$release" "$release-backports"; do
    echo "deb [signed-by=$keyring] $mirror $suite main"
  done >"$folder/apt/sources.list"
  own_apt update || fail "package lists must come from $mirror; check the network, or set FASTGPU_DEBIAN_MIRROR"
  own_apt --download-only --target-release "$release-backports" install mesa-vulkan-drivers libvulkan1 ||
    fail "packages must come from $mirror; check the network, or set FASTGPU_DEBIAN_MIRROR"
  for package in "$folder"/apt/archives/*.deb; do dpkg-deb --extract "$package" "$root"; done
  dpkg-deb --field "$folder"/apt/archives/mesa-vulkan-drivers_*.deb Version >"$folder/version"
  rm -rf "$folder/apt"
}

# Written last, so its absence means an attempt that was cut short.
[ -s "$folder/complete" ] || unpack
version="$(cat "$folder/version")"
[ "${version%%.*}" -ge "$least_mesa" ] ||
  fail "Mesa must be $least_mesa or newer for matrix units, got $version from $release-backports of $mirror"
libraries="$(dirname "$(find "$root/usr/lib" -name libvulkan_lvp.so | sed -n 1p)")"
loader="$(find "$libraries" -maxdepth 1 -name 'ld-linux*.so.*' | sed -n 1p)"
[ -n "$loader" ] || fail "the driver and its loader must be in $root, got none; remove $folder and run this again"
echo "$version" >"$folder/complete"

# The driver's own manifest names it without its folder.
cat >"$folder/lavapipe.json" <<JSON
{ "file_format_version": "1.0.1", "ICD": { "api_version": "1.4.0", "library_path": "$libraries/libvulkan_lvp.so" } }
JSON

# Node of this machine, started by the loader of that library. Processes that it starts must be started so too.
mkdir -p "$folder/bin"
echo 'process.execPath = process.argv[0] = process.env.FASTGPU_NODE;' >"$folder/bin/exec-path.cjs"
cat >"$folder/bin/node" <<SH
#!/bin/sh
export FASTGPU_NODE="$folder/bin/node" VK_DRIVER_FILES="$folder/lavapipe.json"
export NODE_OPTIONS="--require $folder/bin/exec-path.cjs \${NODE_OPTIONS:-}"
exec "$loader" --library-path "$libraries" "$(node -p process.execPath)" "\$@"
SH
chmod +x "$folder/bin/node"
"$folder/bin/node" -e '' || fail "Node.js must start with the libraries of $root, got exit code $?"
echo "lavapipe: Mesa $version; run $folder/bin/node"
