"""Train chapter 0's student once and keep what was seen, for pictures and for slow computers."""

from __future__ import annotations

import json
import sys

from course_utils.training.sitting import RECORD, Sitting, record


def main() -> int:
    """Write the recording beside the module that reads it."""
    content = record(Sitting())
    RECORD.write_text(json.dumps(content, indent=0, ensure_ascii=False) + "\n", encoding="utf-8")
    print(f"{content['unseen_before']} → {content['unseen_after']} nats on unseen stories")
    return 0


if __name__ == "__main__":
    sys.exit(main())
