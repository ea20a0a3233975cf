"""Make the recorded runs of the playground anew: `python scripts/record_playground.py`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from course_utils.training.recorded_playground import RECORD, examples, record


def main() -> int:
    """Write the record; it takes half a minute."""
    made = {name: record(plan) for name, plan in examples().items()}
    RECORD.write_text(json.dumps(made, indent=None) + "\n", encoding="utf-8")
    for name, kept in made.items():
        print(name, kept["held_out"][-1], kept["lines"], kept["written"][:80])
    return 0


if __name__ == "__main__":
    sys.exit(main())
