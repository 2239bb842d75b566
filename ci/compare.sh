#!/usr/bin/env bash
# Runs the comparison of the CI kit. Its exit code goes to the file $GITHUB_OUTPUT where there is one, so that the report
# is uploaded and the comment written before the job fails; elsewhere it is the exit code of this script.
#
# Reads FASTGPU_SUITE, FASTGPU_BASE; optional FASTGPU_HEAD, FASTGPU_ARGUMENTS, FASTGPU_FOLDER, and FASTGPU_BENCH, the
# command to run instead of the installed one.
set -euo pipefail

: "${FASTGPU_SUITE:?must be the suite to compare}" "${FASTGPU_BASE:?must be the commit to compare with}"
folder="${FASTGPU_FOLDER:-fastgpu-compare}"
read -r -a command <<<"${FASTGPU_BENCH:-npx --no-install fastgpu-bench}"
read -r -a more <<<"${FASTGPU_ARGUMENTS:-}"

status=0
"${command[@]}" compare --base "$FASTGPU_BASE" ${FASTGPU_HEAD:+--head "$FASTGPU_HEAD"} \
  --out "$folder" --format json,html,md,junit "${more[@]}" -- "$FASTGPU_SUITE" || status=$?

if [ -n "${GITHUB_STEP_SUMMARY:-}" ] && [ -f "$folder/comparison.md" ]; then
  cat "$folder/comparison.md" >>"$GITHUB_STEP_SUMMARY"
fi
if [ -n "${GITHUB_OUTPUT:-}" ]; then
  echo "exit-code=$status" >>"$GITHUB_OUTPUT"
else
  exit "$status"
fi
