#!/usr/bin/env bash
# Installs archcheck. Every input comes in the environment: nothing of it is ever part of a script.
set -euo pipefail

package=${PACKAGE:-$ACTION_PATH/../../..}
export PIP_DISABLE_PIP_VERSION_CHECK=1

if [ "$COMMAND" = lint ]; then
  # A lint imports no PyTorch, which is most of what an install would take.
  python -m pip install --quiet -- click PyYAML tabulate wcwidth
  python -m pip install --quiet --no-deps -- "$package"
  exit
fi
if [ -n "$TORCH_INDEX" ]; then
  python -m pip install --quiet --index-url "$TORCH_INDEX" -- torch
fi
python -m pip install --quiet -- "$package"
