"""Make chapter 5's runs once and keep what was seen, for pictures and for slow computers."""

from __future__ import annotations

import json
import sys

from course_utils.training.corpus import story_corpus
from course_utils.training.room import FEW, MANY, PAIR_STEPS, RECORD, Plan, record

PAIRS = {
    "few, short": Plan(rows=FEW, steps=PAIR_STEPS),
    "many, short": Plan(rows=MANY, steps=PAIR_STEPS),
    "other seed, short": Plan(rows=FEW, steps=PAIR_STEPS, seed=Plan().seed + 1),
}
PLANS = {"few": Plan(rows=FEW), "many": Plan(rows=MANY), **PAIRS}


def main() -> int:
    """Write the recording beside the module that reads it."""
    content = record(story_corpus(MANY), PLANS, curves_only=tuple(PAIRS))
    text = json.dumps(content, separators=(",", ":"), ensure_ascii=False)
    RECORD.write_text(text.replace('{"step"', '\n{"step"') + "\n", encoding="utf-8")
    for name, track in content["tracks"].items():
        print(f"{name}: practice {track['practice'][-1]}, held out {track['held_out'][-1]}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
