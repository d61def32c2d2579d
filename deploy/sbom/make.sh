#!/usr/bin/env bash
# Writes dist/prasan-VERSION.cdx.json: what the image consists of, in CycloneDX. The Python packages come from
# requirements.txt; Debian's are read from the image, where it has been built.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

version=$(sed -n 's/^version = "\(.*\)"$/\1/p' pyproject.toml | head -n 1)
tools=build/sbom
out=dist/prasan-$version.cdx.json

if [ "$(cat "$tools/made-from" 2>/dev/null)" != "$(sha256sum deploy/sbom/requirements.txt)" ]; then
    echo "Installing the CycloneDX tool into $tools"
    rm -rf "$tools"
    .venv/bin/python -m venv "$tools"
    "$tools/bin/python" -m pip install --disable-pip-version-check -q -r deploy/sbom/requirements.txt
    sha256sum deploy/sbom/requirements.txt >"$tools/made-from"
fi

mkdir -p dist
"$tools/bin/cyclonedx-py" requirements requirements.txt --pyproject pyproject.toml \
    --output-reproducible --short-PURLs --of JSON -o "$out"

packages=""
if docker image inspect "prasan:$version" >/dev/null 2>&1; then
    packages=$(docker run --rm --entrypoint dpkg-query "prasan:$version" \
        --show --showformat '${Package} ${Version} ${Architecture}\n')
else
    echo "The image prasan:$version is not here: Debian's packages are left out (make up builds it)."
fi
base=$(sed -n 's/^FROM \(\S*\)$/\1/p' Dockerfile)
printf '%s' "$packages" | "$tools/bin/python" deploy/sbom/debian.py "$out" "$base"
echo "$out: $("$tools/bin/python" -c 'import json, sys; print(len(json.load(open(sys.argv[1]))["components"]))' "$out") components"
