"""Train with each of the seven teachers once and keep the evidence, for chapter 5."""

from __future__ import annotations

import json
import sys

from course_utils.training.sabotage import FAULTS, RECORD, diagnose, gathered, to_json

SEED = 3


def main() -> int:
    """Write the record beside the module that reads it."""
    content = {}
    for fault in FAULTS:
        evidence = gathered(fault, SEED)
        content[fault] = to_json(evidence)
        print(f"{fault}: practice {evidence.practice[-1]:.2f}, exam {evidence.exam[-1]:.2f};"
              f" by the rules: {diagnose(evidence)}")  # fmt: skip
    text = (
        json.dumps(content, ensure_ascii=False).replace('"], "', '"],\n "').replace("], ", "],\n")
    )
    RECORD.write_text(text + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
