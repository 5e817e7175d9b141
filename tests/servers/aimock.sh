#!/usr/bin/env bash
# Starts aimock (npm @copilotkit/aimock, MIT), an emulator of the providers that we did not write, with answers
# that suit a deliberation. It is installed into a cache folder, never into the project, and listens on
# 127.0.0.1 only.
#
#   tests/servers/aimock.sh [PORT]      PORT 0, the default, takes a free one
#
# Prints `ready http://127.0.0.1:PORT pid PID`. Ends when its standard input closes, or by `kill PID`.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
version=1.43.0
folder=${XDG_CACHE_HOME:-$HOME/.cache}/tachikoma-forge/tools/aimock-$version

if [ ! -f "$folder/node_modules/@copilotkit/aimock/package.json" ]; then
  echo "installing aimock $version into $folder" >&2
  mkdir -p "$(dirname "$folder")"
  # Built beside its place and moved there whole; of two runs at once, one wins and both are served.
  partial=$(mktemp -d "$folder.partial-XXXXXX")
  (cd "$partial" && echo '{"private":true}' >package.json &&
    "${NPM:-npm}" install --no-audit --no-fund --loglevel error "@copilotkit/aimock@$version" >&2)
  mv -T "$partial" "$folder" 2>/dev/null || rm -rf "$partial"
fi

exec "${NODE:-node}" "$here/aimock.mjs" "$folder" "${1:-0}"
