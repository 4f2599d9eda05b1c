#!/usr/bin/env bash
# Makes package-lock.json anew from the manifests alone. An existing lockfile or node_modules would make npm leave out the packages
# of other platforms, and an npm under Node 20 would choose older ones.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$root"
cp --parents package.json .npmrc packages/*/package.json packages/cli/bin/sortie.mjs "$work"
cd "$work"
PATH="$root/node_modules/.bin:$PATH" npm install --package-lock-only --ignore-scripts
cp package-lock.json "$root/"
