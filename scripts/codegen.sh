#!/usr/bin/env bash
# Regenerates what is generated and checked in; with --check only says what is out of date.
set -euo pipefail
for generator in scripts/generate_*.py; do
  .venv/bin/python "$generator" "$@"
done
