#!/usr/bin/env bash
# Starts llama-server, the server of llama.cpp (MIT), which we did not write. Its model is tiny and random
# (tiny-model.py): it talks nonsense, and what goes over the wire is real. Listens on 127.0.0.1 only.
#
#   tests/servers/llama-server.sh --build     builds it once, into a cache folder (about 12 minutes of one core)
#   tests/servers/llama-server.sh --find      prints which program would be started; nothing when there is none
#   tests/servers/llama-server.sh [PORT [SLOTS [KEY]]]
#                                             starts it; PORT 0, the default, takes a free one; SLOTS may ask at once,
#                                             4 by default; with a KEY it answers nobody who has another
#
# The program is the one that FORGE_LLAMA_SERVER names, else the one built here, else `llama-server` on PATH.
# A build needs Python 3 with venv and a C++ compiler; a start needs Python 3.
# Prints `ready http://127.0.0.1:PORT pid PID`. Ends when its standard input closes, or by `kill PID`.
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# Of the Python package that carries the sources of llama.cpp along.
version=0.3.36
folder=${XDG_CACHE_HOME:-$HOME/.cache}/tachikoma-forge/tools/llama-server-$version

build() {
  mkdir -p "$(dirname "$folder")"
  # Built beside its place and moved there whole: a build that is interrupted leaves nothing behind.
  partial=$(mktemp -d "$folder.partial-XXXXXX")
  trap 'rm -rf "$partial"' EXIT
  cd "$partial"
  python3 -m venv tools
  PATH=$partial/tools/bin:$PATH
  # scikit-build-core only because pip asks the package for its name before it hands over the sources.
  pip install -q cmake ninja scikit-build-core
  pip download -q --no-deps --no-build-isolation --no-binary :all: "llama-cpp-python==$version"
  tar xzf llama_cpp_python-*.tar.gz
  # Little optimisation, since compiling is what takes the time; nothing that one machine has and another lacks.
  cmake -S llama_cpp_python-*/vendor/llama.cpp -B build -G Ninja -DCMAKE_BUILD_TYPE=Release \
    -DCMAKE_C_FLAGS_RELEASE="-O1 -DNDEBUG" -DCMAKE_CXX_FLAGS_RELEASE="-O1 -DNDEBUG" -DBUILD_SHARED_LIBS=OFF \
    -DGGML_NATIVE=OFF -DGGML_OPENMP=OFF -DGGML_LLAMAFILE=OFF -DLLAMA_OPENSSL=OFF -DLLAMA_BUILD_TESTS=OFF \
    -DLLAMA_BUILD_EXAMPLES=OFF -DLLAMA_BUILD_APP=OFF -DLLAMA_BUILD_UI=OFF -DLLAMA_USE_PREBUILT_UI=OFF
  cmake --build build --target llama-server --parallel "$(getconf _NPROCESSORS_ONLN)"
  mkdir -p whole/bin
  mv build/bin/llama-server whole/bin/
  # Another build may have been quicker, with the same result.
  [ -e "$folder" ] || mv whole "$folder"
}

find_server() {
  if [ -n "${FORGE_LLAMA_SERVER:-}" ]; then
    command -v "$FORGE_LLAMA_SERVER" || { echo "FORGE_LLAMA_SERVER names no program: $FORGE_LLAMA_SERVER" >&2; exit 1; }
  elif [ -x "$folder/bin/llama-server" ]; then
    echo "$folder/bin/llama-server"
  else
    command -v llama-server || true
  fi
}

# Whether it answers on the port, and has loaded the model.
healthy() {
  (exec 3<>"/dev/tcp/127.0.0.1/$1" && printf 'GET /health HTTP/1.0\r\n\r\n' >&3 && grep -q '200 OK' <&3) 2>/dev/null
}

case ${1:-0} in
--build) [ -x "$folder/bin/llama-server" ] || (build); find_server; exit ;;
--find) find_server; exit ;;
esac

server=$(find_server)
[ -n "$server" ] || { echo "there is no llama-server; build it with: bash $0 --build" >&2; exit 1; }
port=${1:-0}
[ "$port" != 0 ] || port=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
temporary=$(mktemp -d)
# The shell need not tell that what it ended was ended.
trap 'exec 2>/dev/null; kill -KILL $(jobs -p) || true; wait; rm -rf "$temporary"' EXIT
trap exit TERM INT
python3 "$here/tiny-model.py" "$temporary/tiny-random.gguf"
slots=${2:-4}
# Each of those who may ask at once has a part of the context.
"$server" -m "$temporary/tiny-random.gguf" -a tiny-random --host 127.0.0.1 --port "$port" \
  -c $((8192 * slots)) -np "$slots" -t 1 --metrics ${3:+--api-key "$3"} >"$temporary/log" 2>&1 &
pid=$!
until healthy "$port"; do
  # Gives up sooner than whoever waits for it does, and would end the script but not the server.
  { kill -0 $pid && [ $SECONDS -lt 45 ]; } 2>/dev/null || { cat "$temporary/log" >&2; exit 1; }
  sleep 0.1
done
echo "ready http://127.0.0.1:$port pid $$"
# In the background, since a signal would have to wait for a command in the foreground.
cat <&0 >/dev/null &
wait $!
