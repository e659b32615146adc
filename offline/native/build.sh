#!/usr/bin/env bash
# Builds the native half of the TorchSharp stand-in: build.sh OUTPUT_DIRECTORY
# INTERPRET_LIBTORCH names an unpacked libtorch (1.13 to 2.x, CPU or CUDA); otherwise the distribution's is used.
set -euo pipefail
here="$(cd "$(dirname "$0")" && pwd)"
out="${1:?usage: build.sh OUTPUT_DIRECTORY}"
mkdir -p "$out"

if [ -n "${INTERPRET_LIBTORCH:-}" ]; then
  home="$INTERPRET_LIBTORCH"
  [ -d "$home/include/torch" ] || { echo "INTERPRET_LIBTORCH=$home: no include/torch there; expected an unpacked libtorch" >&2; exit 3; }
  includes=(-I"$home/include" -I"$home/include/torch/csrc/api/include")
  links=(-L"$home/lib" "-Wl,-rpath,$home/lib")
else
  home=/usr
  [ -d /usr/include/torch ] || { echo "no libtorch headers: apt-get install libtorch-dev, or set INTERPRET_LIBTORCH to an unpacked libtorch" >&2; exit 3; }
  includes=(-I/usr/include/torch/csrc/api/include)
  links=()
fi

# The C++ string ABI must be libtorch's own; its release archives say which in their CMake file.
abi=()
config="$home/share/cmake/Torch/TorchConfig.cmake"
if [ -f "$config" ] && grep -q 'D_GLIBCXX_USE_CXX11_ABI=0' "$config"; then abi=(-D_GLIBCXX_USE_CXX11_ABI=0); fi

# A CUDA libtorch registers its kernels when libtorch_cuda loads; nothing here refers to it, so the linker must be told to keep it.
libraries=(-ltorch -ltorch_cpu -lc10 -ldl)
find_library() { [ -e "$home/lib/$1" ] || [ -e "/usr/lib/$(uname -m)-linux-gnu/$1" ]; }
if find_library libtorch_cuda.so; then libraries+=(-Wl,--no-as-needed -ltorch_cuda -lc10_cuda -Wl,--as-needed); fi

temporary="$(mktemp "$out/.torch_shim.XXXXXX")"
trap 'rm -f "$temporary"' EXIT
for standard in c++17 c++20; do
  if "${CXX:-g++}" -O2 -fPIC -shared "-std=$standard" "${abi[@]}" "${includes[@]}" "$here/torch_shim.cpp" -o "$temporary" \
      "${links[@]}" "${libraries[@]}" 2> "$out/build.log"; then
    chmod 755 "$temporary"
    mv -f "$temporary" "$out/libinterpret_torch.so"
    exit 0
  fi
done
cat "$out/build.log" >&2
exit 1
