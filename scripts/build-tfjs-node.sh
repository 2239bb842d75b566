#!/usr/bin/env bash
# Builds the native part of @tensorflow/tfjs-node from its npm sources against the TensorFlow library that the PyPI wheel
# tensorflow-cpu holds: npm has no library, and the package's own install script downloads one from elsewhere.
# Usage: scripts/build-tfjs-node.sh FOLDER    installs into FOLDER/node_modules and keeps what it made; run
# fastgpu-bench from FOLDER then, and the engine "node" of backend tfjs opens. Linux on x64 only.
# Exit: 0 built (or there already), 3 a registry or a tool is out of reach (one line says which), 1 the build failed.
set -euo pipefail
folder="${1:?usage: scripts/build-tfjs-node.sh FOLDER}"
tfjs=4.22.0 tensorflow=2.16.2

skip() {
  echo "tfjs-node: not built: $1"
  exit 3
}

[ "$(uname -sm)" = "Linux x86_64" ] || skip "needs Linux on x64, got $(uname -sm)"
for tool in g++ pip unzip npm; do command -v "$tool" >/dev/null || skip "needs $tool"; done
headers="$(dirname "$(dirname "$(readlink -f "$(command -v node)")")")/include/node"
[ -f "$headers/node_api.h" ] || skip "needs the headers of Node in $headers"

mkdir -p "$folder"
cd "$folder"
package=node_modules/@tensorflow/tfjs-node
binding="$package/lib/napi-v8/tfjs_binding.node"
if [ -f "$binding" ]; then
  echo "tfjs-node: already built in $folder"
  exit 0
fi

[ -f package.json ] || npm init --yes >/dev/null
npm install --no-save --no-audit --no-fund --ignore-scripts "@tensorflow/tfjs-node@$tfjs" >/dev/null ||
  skip "the npm registry has no @tensorflow/tfjs-node@$tfjs for us"
if [ ! -d wheel/tensorflow/include ]; then
  pip download --quiet --no-deps --dest wheel.tmp --only-binary=:all: --python-version 3.11 \
    --platform manylinux2014_x86_64 "tensorflow-cpu==$tensorflow" || skip "PyPI has no tensorflow-cpu==$tensorflow for us"
  unzip -q -o wheel.tmp/*.whl 'tensorflow/libtensorflow_*' 'tensorflow/include/tensorflow/*' \
    'tensorflow/include/tsl/*' 'tensorflow/include/xla/*' -d wheel
  rm -rf wheel.tmp
fi

mkdir -p "$package/deps/lib" "$(dirname "$binding")"
ln -f wheel/tensorflow/libtensorflow_cc.so.2 wheel/tensorflow/libtensorflow_framework.so.2 "$package/deps/lib/"
g++ -O2 -fPIC -shared -std=c++17 -DNAPI_VERSION=8 -I"$headers" -Iwheel/tensorflow/include -I"$package" \
  "$package/binding/tfjs_backend.cc" "$package/binding/tfjs_binding.cc" -o "$binding.tmp" \
  -L"$package/deps/lib" -l:libtensorflow_cc.so.2 -l:libtensorflow_framework.so.2 -Wl,-rpath,'$ORIGIN/../../deps/lib'
mv "$binding.tmp" "$binding"
echo "tfjs-node: built $binding against TensorFlow $tensorflow"
