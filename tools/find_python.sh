#!/bin/sh
# Prints the Python that makes the project's environment; explains on standard error when there is none.
# PYTHON=/path/to/python make setup uses another one.

can_make_environment() {
    "$1" -c 'import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' 2>/dev/null
}

is_new_enough() {
    "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' 2>/dev/null
}

if [ -n "${PYTHON:-}" ]; then
    candidates=$PYTHON
else
    # The one that made the environment last time is asked first, so that a second set-up is quick.
    made_by=$(sed -n 's/^executable = //p' .venv/pyvenv.cfg 2>/dev/null)
    candidates="$made_by python3.14 python3.13 python3.12 python3.11 python3 python /usr/bin/python3"
fi

without_venv=
for candidate in $candidates; do
    found=$(command -v "$candidate" 2>/dev/null) || continue
    if can_make_environment "$found"; then
        echo "$found"
        exit 0
    fi
    if [ -z "$without_venv" ] && is_new_enough "$found"; then without_venv=$candidate; fi
done

if [ -n "$without_venv" ]; then
    echo "galena: $without_venv has no venv and ensurepip modules, which the set-up needs." >&2
    echo "Install them (Debian and Ubuntu: apt-get install python3-venv) and run make setup again." >&2
else
    echo "galena: no Python 3.11 to 3.14 on the PATH." >&2
    echo "Install one (Debian and Ubuntu: apt-get install python3 python3-venv), or name one:" >&2
    echo "    PYTHON=/path/to/python3 make setup" >&2
fi
exit 1
