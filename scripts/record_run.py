"""Train chapter 0's student once and keep what was seen, for pictures and for slow computers."""

from __future__ import annotations

import sys

from course_utils.training.sitting import RECORD, Sitting, record, recording_text


def main() -> int:
    """Write the recording beside the module that reads it."""
    content = record(Sitting())
    RECORD.write_text(recording_text(content), encoding="utf-8")
    for moment in content["moments"]:
        print(f"step {moment['step']}: {moment['unseen']} nats; {moment['story']}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
