#!/bin/sh
# Puts the authorizer and botocore into deploy/lambda/build, as Lambda's Python 3.13 loads them.
# It runs on any machine, with that version of Python: PYTHON=python3.13 deploy/lambda/build.sh
set -eu
python=${PYTHON:-python3.13}
here=$(cd "$(dirname "$0")" && pwd)
build=${BUILD:-$here/build}

# Lambda's file system is read-only. Without bytecode of its own version it would compile every
# module at each cold start.
version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
if [ "$version" != "${RUNTIME:-3.13}" ]; then
    echo "$python is Python $version, but the function runs on Python ${RUNTIME:-3.13}." >&2
    echo "Set PYTHON to an interpreter of that version." >&2
    exit 1
fi

# A build of the package leaves its folder build/ at the root, and would take old modules from it.
rm -rf "$build" "$here/../../build"
# The authorizer needs no other package: no Falcon, bcrypt or pynamodb.
"$python" -m pip install --quiet --disable-pip-version-check --no-compile --target "$build" --no-deps "$here/../.."
"$python" -m pip install --quiet --disable-pip-version-check --no-compile --target "$build" 'botocore>=1.43,<2'

rm -rf "$here/../../build"

# botocore describes 400 services. Lambda needs one.
find "$build/botocore/data" -mindepth 1 -maxdepth 1 -type d ! -name dynamodb -exec rm -r {} +
rm -rf "$build/bin"
# The times of the files change on the way to Lambda, so the bytecode must not depend on them.
"$python" -m compileall -q --invalidation-mode unchecked-hash "$build"
