"""Writes down what the course needs of Pyodide: names and versions, from Pyodide's own list.

    python scripts/pyodide_packages.py FOLDER/pyodide-lock.json --pyodide 314.0.6

The list lies in every distribution of Pyodide, and in its npm package. Only what the course needs
is kept, in lite/pyodide_packages.json, with the day on which it was read.
"""

from __future__ import annotations

import argparse
import datetime
import json
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
TARGET = ROOT / "lite" / "pyodide_packages.json"


def excerpt(lock: dict, version: str, day: str) -> dict:
    """The part of a lock that is kept."""
    from course_utils.teaching.lite_site import NEEDS, STARTS_WITH, closure

    packages = lock["packages"]
    return {
        "source": f"pyodide-lock.json of the npm package pyodide {version}",
        "read": day,
        "pyodide": version,
        "python": lock["info"]["python"],
        "platform": f"{lock['info']['platform']}, ABI {lock['info']['abi_version']}",
        "packages": {
            key: packages[key]["version"] for key in closure(packages, (*STARTS_WITH, *NEEDS))
        },
    }


def main(arguments: list[str]) -> int:
    """Read the list, and keep what is needed."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("lock", type=Path)
    parser.add_argument("--pyodide", required=True, help="the version whose list this is")
    options = parser.parse_args(arguments)
    lock = json.loads(options.lock.read_text(encoding="utf-8"))
    day = datetime.date.today().isoformat()
    kept = json.dumps(excerpt(lock, options.pyodide, day), indent=1) + "\n"
    TARGET.write_text(kept, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
