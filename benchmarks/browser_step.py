"""How long chapter 0's training takes in a browser's own Python.

    python benchmarks/browser_step.py
    node scripts/in_pyodide.mjs PYODIDE_FOLDER benchmarks/browser_step.py numpy

The same lines in both; one after the other, on a machine that does nothing else.
"""

import sys
import time

import numpy as np

STEPS, WARM = 40, 5


def main() -> None:
    begun = time.perf_counter()
    from course_utils.training.sitting import SMALLER, Sitting

    print(f"{sys.platform}, Python {sys.version.split()[0]}, NumPy {np.__version__}")
    print(f"import: {time.perf_counter() - begun:.2f} s")
    for preset in (None, SMALLER):
        begun = time.perf_counter()
        sitting = Sitting() if preset is None else Sitting(preset)
        ready, seconds = time.perf_counter() - begun, []
        for _ in range(WARM + STEPS):
            begun = time.perf_counter()
            step = sitting.run.advance()
            seconds.append(time.perf_counter() - begun)
        median, steps = float(np.median(seconds[WARM:])), sitting.preset.settings.steps
        print(
            f"{sitting.preset.name}: ready in {ready:.1f} s, a step {1000 * median:.1f} ms,"
            f" {steps} steps {steps * median:.0f} s; loss {step.loss:.3f} at step {step.step}"
        )


if __name__ == "__main__":
    main()
