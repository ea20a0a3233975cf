"""Make the recorded runs of the playground anew.

python scripts/record_playground.py            all of them: some minutes
python scripts/record_playground.py "fill in"  only these, the others stay as they are
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from course_utils.training.recorded_playground import RECORD, examples, record


def main(names: list[str]) -> int:
    """Write the record. Raises `KeyError` for a name that isn't in `examples`."""
    plans = examples()
    made = {name: record(plans[name]) for name in names or plans}
    kept = json.loads(RECORD.read_text(encoding="utf-8")) if names else {}
    kept = {name: (kept | made)[name] for name in plans}
    RECORD.write_text(json.dumps(kept, indent=None) + "\n", encoding="utf-8")
    for name, run in made.items():
        print(name, run["held_out"][-1], run["lines"], run["written"][:80])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
