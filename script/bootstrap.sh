# Sourced by the commands beside it. Finds a Python that can make virtual
# environments, installs one where that is allowed, and runs the harness with it.

here=$(cd "$(dirname "$0")" && pwd)

usable() {
    "$1" -c '
import ensurepip, sys, venv
sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 13))
' >/dev/null 2>&1
}

find_python() {
    for python in "${AR_PYTHON:-}" python3 python3.12 python3.11 python3.13 python3.10; do
        if [ -n "$python" ] && usable "$python"; then
            return 0
        fi
    done
    return 1
}

install_python() {
    install="apt-get install -y --no-install-recommends python3 python3-venv"
    if command -v apt-get >/dev/null; then
        if [ "$(id -u)" = 0 ]; then
            as_root=""
        elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
            as_root="sudo"
        else
            echo "Python 3.10 to 3.13 with venv is needed. As root: $install" >&2
            return 1
        fi
        echo "Installing Python with apt" >&2
        log=$(mktemp)
        if { $as_root apt-get update -q &&
            $as_root env DEBIAN_FRONTEND=noninteractive $install; } >"$log" 2>&1; then
            rm -f "$log"
            return 0
        fi
        cat "$log" >&2
        rm -f "$log"
    fi
    echo "Install Python 3.10 to 3.13 with its venv module," \
        "or name one with AR_PYTHON." >&2
    return 1
}

start() {
    find_python || { install_python && find_python; } || exit 1
    PYTHONPATH="$here${PYTHONPATH:+:$PYTHONPATH}" PYTHONDONTWRITEBYTECODE=1 \
        exec "$python" -m harness "$@"
}
