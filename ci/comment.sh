#!/usr/bin/env bash
# Writes the comment of a comparison on a pull request of GitHub: changes the one it wrote before, which starts with the
# same marker, so that a pull request has one comment however often it is pushed to.
#
# Reads GITHUB_REPOSITORY, FASTGPU_PULL_REQUEST, GH_TOKEN; optional FASTGPU_FOLDER.
set -euo pipefail

: "${GITHUB_REPOSITORY:?must be owner/name}" "${FASTGPU_PULL_REQUEST:?must be a number}"
body="${FASTGPU_FOLDER:-fastgpu-compare}/comparison.md"
if [ ! -f "$body" ]; then
  echo "comment: there is no $body, so nothing is written" >&2
  exit 0
fi
marker="$(head -n 1 "$body")"
comments="repos/$GITHUB_REPOSITORY/issues/$FASTGPU_PULL_REQUEST/comments"

earlier="$(gh api --paginate "$comments" \
  --jq ".[] | select(.body | startswith(\"$marker\")) | .id" | head -n 1)"
if [ -n "$earlier" ]; then
  gh api --method PATCH "repos/$GITHUB_REPOSITORY/issues/comments/$earlier" -F "body=@$body" >/dev/null
else
  gh api --method POST "$comments" -F "body=@$body" >/dev/null
fi
