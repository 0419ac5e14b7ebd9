#!/usr/bin/env bash
# make check: style, types, the house, generated files.
set -euo pipefail
bin=.venv/bin
$bin/ruff check --quiet .
$bin/ruff format --quiet --check .
$bin/mypy --no-error-summary
$bin/lint-imports --no-cache
bash scripts/codegen.sh --check
