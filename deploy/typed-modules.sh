#!/usr/bin/env bash
# Prints what `mypy --strict` looks at: shared/, the domain and application of every service, and the intake.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
ls -d shared services/*/domain services/*/domain.py services/*/application services/*/application.py services/*/intake 2>/dev/null || true
