#!/usr/bin/env bash
# Makes package-lock.json anew from the manifests alone. An existing lockfile or node_modules would make npm leave out packages of
# other platforms, and an npm under Node 20 would choose older ones. Afterwards download addresses are taken out, and optional
# dependencies that the registry does not have, which `npm ci` would miss.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$root"
cp --parents package.json .npmrc packages/*/package.json packages/cli/bin/sortie.mjs "$work"
cd "$work"
PATH="$root/node_modules/.bin:$PATH" npm install --package-lock-only --ignore-scripts
node -e '
  const fs = require("node:fs")
  const lock = JSON.parse(fs.readFileSync("package-lock.json", "utf8"))
  for (const [path, entry] of Object.entries(lock.packages)) {
    if (entry.link !== true) delete entry.resolved
    for (const name of Object.keys(entry.optionalDependencies ?? {})) {
      const places = [`${path}/node_modules/${name}`, `node_modules/${name}`]
      if (!places.some((place) => lock.packages[place])) delete entry.optionalDependencies[name]
    }
  }
  fs.writeFileSync("package-lock.json", `${JSON.stringify(lock, null, 2)}\n`)
'
cp package-lock.json "$root/"
