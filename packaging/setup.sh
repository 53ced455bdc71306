#!/bin/sh
# Makes .venv with the program and its tests' needs, and installs the few system libraries Qt wants. Safe to run again.
set -eu
cd "$(dirname "$0")/.."

LIBRARIES="libEGL.so.1 libGL.so.1 libglib-2.0.so.0 libdbus-1.so.3 libfontconfig.so.1 libxkbcommon.so.0 libxcb-cursor.so.0
libxcb-icccm.so.4 libxcb-keysyms.so.1 libxcb-shape.so.0 libxkbcommon-x11.so.0"
PACKAGES="libegl1 libgl1 libglib2.0-0 libdbus-1-3 libfontconfig1 libxkbcommon0 libxcb-cursor0 libxcb-icccm4 libxcb-keysyms1
libxcb-shape0 libxkbcommon-x11-0"

# Debian keeps ldconfig out of an ordinary user's PATH.
PATH="$PATH:/usr/sbin:/sbin"
PYTHON="${PYTHON:-python3}"

missing=""
if [ "$(uname -s)" = Linux ] && command -v ldconfig >/dev/null 2>&1; then
    known=$(ldconfig -p)
    for library in $LIBRARIES; do
        case "$known" in *"$library"*) ;; *) missing="$missing $library" ;; esac
    done
fi
packages=""
[ -n "$missing" ] && packages=$(echo $PACKAGES)
"$PYTHON" -c 'import ensurepip, venv' 2>/dev/null || packages="$packages python3-venv"

if [ -n "$packages" ]; then
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
        echo "Installing system packages:$packages"
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages
    else
        echo "Some system libraries are missing:${missing:- python3-venv}" >&2
        echo "Install them and run this again:" >&2
        echo "    sudo apt-get install --no-install-recommends $packages" >&2
        exit 1
    fi
fi

"$PYTHON" - <<'CHECK'
import sys
if sys.version_info < (3, 11):
    sys.exit(f"Python 3.11 or newer is needed, this is {sys.version.split()[0]}. Set PYTHON=python3.11 or newer.")
CHECK

[ -x .venv/bin/python ] || "$PYTHON" -m venv .venv
.venv/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[test]'
touch .venv/ready
