#!/usr/bin/env bash
# Prints what `mypy --strict` looks at: shared/, and the domain and application of every service.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
ls -d shared services/*/domain services/*/domain.py services/*/application services/*/application.py 2>/dev/null || true
