#!/bin/sh
# check_libraries.sh FILE...: nothing that is installed looks for a library where a toolchain lies. A service that sees no home folders would
# not find it there, nor would another machine.
set -eu
for file in "$@"; do
    # An interpreter, a library of the system, or one beside the file.
    found=$(ldd "$file") || { echo "check_libraries.sh: \`$file\` is no program" >&2; exit 1; }
    if printf '%s\n' "$found" | grep -E 'libswift|libFoundation|not found' >&2; then
        echo "check_libraries.sh: \`$file\` needs these where it runs; \`make release\` builds it without" >&2
        exit 1
    fi
done
