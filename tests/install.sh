#!/usr/bin/env bash
# The wheel in dist/, in an empty environment in another folder: it holds what it must, and it runs.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
"${PYTHON:-python3}" -m venv empty
empty/bin/python -m pip install --quiet --constraint "$root/constraints.txt" torch==2.13.0 "$root"/dist/*.whl
empty/bin/python - "$root" <<'PYTHON'
import sys
from importlib.metadata import files
from pathlib import Path

rooms = ("theory", "simulate", "nets", "sweep", "validate")
held = {str(path) for path in files("spatial-pooling") or []}
root = Path(sys.argv[1])
data = (".py", ".typed", ".json", ".html", ".css", ".js")
needed = {str(path.relative_to(root)) for room in rooms for path in (root / room).rglob("*") if path.suffix in data}
assert needed <= held, sorted(needed - held)
others = {path for path in held if not path.startswith((*(f"{room}/" for room in rooms), "spatial_pooling-"))}
assert not others, sorted(others)
import theory
assert Path(theory.__file__).is_relative_to(sys.prefix), theory.__file__
PYTHON
empty/bin/python -m validate.scaling --task 2 --no-nets
test -s results/task2.json
echo "the wheel is installed and runs in $folder"
