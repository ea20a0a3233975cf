"""Open the course (`python3 start.py`) or test it (`python3 start.py test`).

Needs Python 3.11 or newer and nothing else: everything is installed beside this file, in `.venv`.
The first run needs the network; later ones don't.
"""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 (whoever has less is to read a sentence)
    sys.exit(
        "This course needs Python 3.11 or newer, and this is Python {}.{};"
        " get one from https://www.python.org/downloads/ and use it to run start.py.".format(
            *sys.version_info[:2]
        )
    )

import argparse
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent
ENVIRONMENT, PEERS, LEARNER = ROOT / ".venv", ROOT / ".peers", ROOT / "my_course"
CLASS, LITE = ROOT / ".class", ROOT / ".lite"
# Matrices of this size are multiplied faster by one thread than by several.
THREADS = {"OPENBLAS_NUM_THREADS": os.environ.get("OPENBLAS_NUM_THREADS", "1")}
FIRST_CHAPTER = "00_start_here.ipynb"
IN_A_BROWSER = "browser and not lite"  # pytest's marks; needs Chromium and nothing else
LAID = ".chapters.json"  # what was laid into the learner's folder: name → hash
STAMP = "course-stamp"  # what an environment was made from
PEER_PACKAGES = [
    "torch==2.13.0", "transformers==5.23.0", "accelerate==1.15.0", "safetensors", "numpy",
]  # fmt: skip
BENCHMARK_PACKAGES = ["jax==0.10.2", "autograd==1.9.1"]
# What builds the course for a browser's own Python; the last two bring the widgets to its page.
LITE_PACKAGES = [
    "jupyterlite-core==0.8.6", "jupyterlite-pyodide-kernel==0.8.6", "jupyter_server==2.21.1",
    "setuptools==84.2.1", "jupyterlab-widgets==3.0.17", "anywidget==0.11.0",
]  # fmt: skip
# What the course needs there and Pyodide doesn't have: pure Python, as in uv.lock.
LITE_WHEELS = [
    "ipywidgets==8.1.9", "jupyterlab-widgets==3.0.17", "anywidget==0.11.0", "psygnal==0.16.1",
    "comm==0.2.3",
]  # fmt: skip
# Pyodide's core comes from npm, and what its kernel starts with from PyPI: enough to try the page
# without the network. NumPy for it is in neither.
PYODIDE = "pyodide@314.0.6"
KERNEL_WHEELS = [
    "asttokens==3.0.1", "decorator==5.2.1", "executing==2.2.1", "ipython==9.12.0", "jedi==0.19.2",
    "matplotlib-inline==0.2.1", "micropip==0.11.1", "packaging==26.1", "parso==0.8.6",
    "prompt-toolkit==3.0.52", "pure-eval==0.2.3", "pygments==2.20.0", "six==1.17.0",
    "stack-data==0.6.3", "traitlets==5.14.3", "wcwidth==0.6.0", "typing-extensions==4.15.0",
]  # fmt: skip


class StartError(Exception):
    """What went wrong and what to do about it, in one sentence."""


def interpreter(environment: Path) -> Path:
    """The Python of a virtual environment."""
    inside = "Scripts/python.exe" if os.name == "nt" else "bin/python"
    return environment / inside


def run(command: list, remedy: str, **variables: str) -> None:
    """Run a command in the course's folder. Raises `StartError` with the remedy if it fails."""
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **variables}, check=False)
    if done.returncode:
        raise StartError(remedy)


def fingerprint(*parts: str) -> str:
    """One hash of all that an environment depends on."""
    text = "\n".join([*parts, sys.version, str(ROOT)])
    return hashlib.sha256(text.encode()).hexdigest()


def is_ready(environment: Path, stamp: str) -> bool:
    """Whether the environment was made to the end, from just this."""
    try:
        made_from = (environment / STAMP).read_text(encoding="utf-8")
    except OSError:
        return False
    return made_from == stamp and interpreter(environment).exists()


def make_environment(environment: Path) -> None:
    """Make an empty virtual environment with pip. Raises `StartError` if Python can't."""
    if not all(importlib.util.find_spec(name) for name in ("venv", "ensurepip")):
        package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
        raise StartError(
            f"This Python lacks its module venv; on Debian or Ubuntu install it with"
            f" `sudo apt install {package}`, then try again."
        )
    if interpreter(environment).exists():
        return
    run(
        [sys.executable, "-m", "venv", str(environment)],
        f"The folder {environment} couldn't be made; check that you may write to {ROOT}"
        " and that the disk isn't full, then try again.",
    )


OFFLINE = (
    "The packages couldn't be installed (the reason stands above);"
    " the first run needs the network, so connect and try again."
)


PEERS_FAILED = (
    "The peers couldn't be installed (the reason stands above); the first run needs the network,"
    " and what follows `peers` must be arguments of pip install."
)


def sync(environment: Path, what: str, *options: str) -> None:
    """Make an environment as `uv.lock` says, or do nothing if it is already so.

    What stands in ``options`` goes to `uv sync`.
    """
    sources = [(ROOT / name).read_text(encoding="utf-8") for name in ("uv.lock", "pyproject.toml")]
    stamp = fingerprint(*sources, *options)
    if is_ready(environment, stamp):
        return
    print(
        f"Installing {what} into {environment.name}; this takes a minute, the first time only.",
        flush=True,
    )
    make_environment(environment)
    python = str(interpreter(environment))
    run([python, "-m", "pip", "install", "--quiet", "uv>=0.5"], OFFLINE)
    run(
        [
            python, "-m", "uv", "sync", "--locked", "--inexact", "--quiet", "--python", python,
            *options,
        ],
        OFFLINE,
        UV_PROJECT_ENVIRONMENT=str(environment),
        UV_PYTHON_DOWNLOADS="never",
    )  # fmt: skip
    (environment / STAMP).write_text(stamp, encoding="utf-8")


def install() -> None:
    """Make `.venv`: the course and what its tests need."""
    sync(ENVIRONMENT, "the course")


def install_class() -> None:
    """Make `.class`: the course with what teachers and hubs need (the extra ``class``)."""
    sync(CLASS, "the tools for teachers", "--no-dev", "--extra", "class")


NO_NPM = (
    "JupyterHub's proxy needs Node.js 18 or newer with npm, and there is no npm here; get it from"
    " https://nodejs.org or your system's packages (e.g. `apt-get install npm`), then try again."
)
NO_HUB = "JupyterHub doesn't run on Windows; start this in the Windows Subsystem for Linux."


def install_hub() -> None:
    """Make `.class`, and in it JupyterHub's own proxy, as `hub/package-lock.json` says."""
    if os.name == "nt":
        raise StartError(NO_HUB)
    install_class()
    proxy, names = CLASS / "proxy", ("package.json", "package-lock.json")
    stamp = fingerprint(*[(ROOT / "hub" / name).read_text(encoding="utf-8") for name in names])
    marked = proxy / STAMP
    if marked.exists() and marked.read_text(encoding="utf-8") == stamp:
        return
    npm = shutil.which("npm")
    if npm is None:
        raise StartError(NO_NPM)
    proxy.mkdir(exist_ok=True)
    for name in names:
        shutil.copyfile(ROOT / "hub" / name, proxy / name)
    run([npm, "ci", "--silent", "--no-audit", "--no-fund", "--prefix", str(proxy)], OFFLINE)
    marked.write_text(stamp, encoding="utf-8")


def start_hub(arguments: list) -> int:
    """Start JupyterHub on this computer alone, for trying it out."""
    install_hub()
    if arguments == ["--install-only"]:
        return 0
    command = [str(interpreter(CLASS)), "-m", "jupyterhub", "-f", "hub/local_config.py", *arguments]
    return subprocess.run(command, cwd=ROOT, env={**os.environ, **THREADS}, check=False).returncode


def peers_commands(packages: list, pip_arguments: list) -> list:
    """The pip commands that fill `.peers`, one for each package.

    PyTorch comes first and alone, so that what follows can't choose another build of it. Only
    its command gets the user's arguments: another index may not have the other packages.
    """
    pip = [str(interpreter(PEERS)), "-m", "pip", "install", "--quiet"]
    return [
        [*pip, *(pip_arguments if package.startswith("torch==") else []), package]
        for package in packages
    ]


def install_peers(packages: list, pip_arguments: list) -> None:
    """Make `.peers`, where the tests and benchmarks find what the student is compared with."""
    stamp = fingerprint(*packages)
    if is_ready(PEERS, stamp):
        return
    make_environment(PEERS)
    for command in peers_commands(packages, pip_arguments):
        run(command, PEERS_FAILED)
    (PEERS / STAMP).write_text(stamp, encoding="utf-8")


LITE_FAILED = (
    "The tools for the browser's own Python couldn't be installed (the reason stands above);"
    " the first run needs the network and, for Pyodide's core, npm (a part of Node.js)."
)


def lite_commands() -> list:
    """The commands that fill `.lite`: the build tools, two folders of wheels, Pyodide's core."""
    pip = [str(interpreter(LITE)), "-m", "pip"]
    fetch = [
        *pip, "download", "--quiet", "--no-deps", "--only-binary=:all:", "--implementation=py",
        "--abi=none", "--platform=any", "--python-version=3.14", "--dest",
    ]  # fmt: skip
    npm = shutil.which("npm") or "npm"
    return [
        [*pip, "install", "--quiet", *LITE_PACKAGES],
        [*fetch, str(LITE / "wheels"), *LITE_WHEELS],
        [*fetch, str(LITE / "kernel_wheels"), *KERNEL_WHEELS],
        [npm, "pack", "--silent", f"--pack-destination={LITE}", PYODIDE],
    ]


def install_lite() -> None:
    """Make `.lite`: what builds the course for a browser's own Python, and what tests it."""
    stamp = fingerprint(*LITE_PACKAGES, *LITE_WHEELS, *KERNEL_WHEELS, PYODIDE)
    if is_ready(LITE, stamp):
        return
    make_environment(LITE)
    try:
        for command in lite_commands():
            run(command, LITE_FAILED)
    except FileNotFoundError as error:
        raise StartError(LITE_FAILED) from error
    (LITE / STAMP).write_text(stamp, encoding="utf-8")


def without_outputs(notebook: str) -> str:
    """A notebook's text without results, so that none is seen before its prediction."""
    content = json.loads(notebook)
    for cell in content["cells"]:
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"


def text_hash(text: str) -> str:
    """The hash by which a laid chapter is known again."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def read_laid(folder: Path) -> dict:
    """What was laid into the learner's folder before; nothing if the record is lost."""
    try:
        laid = json.loads((folder / LAID).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return laid if isinstance(laid, dict) else {}


def write_whole(path: Path, text: str) -> None:
    """Write a file in one go, so that a crash leaves the old one or the new one."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
        file.write(text)
    os.chmod(temporary, 0o644)
    os.replace(temporary, path)


def free_name(path: Path) -> Path:
    """A name beside the learner's file that nothing has yet."""
    for number in range(1, 1000):
        suffix = " (new)" if number == 1 else f" (new {number})"
        candidate = path.with_name(path.stem + suffix + path.suffix)
        if not candidate.exists():
            return candidate
    raise StartError(f"There are too many copies of {path.name}; move some of them elsewhere.")


def lay_chapters(source: Path, folder: Path) -> list:
    """Copy the chapters into the learner's folder; returns sentences about what was laid beside.

    Only what the learner never changed is replaced. Raises `StartError` if the folder can't be
    written.
    """
    said = []
    try:
        folder.mkdir(exist_ok=True)
        laid = read_laid(folder)
        for chapter in sorted(source.glob("*.ipynb")):
            text = without_outputs(chapter.read_text(encoding="utf-8"))
            mine, new = folder / chapter.name, text_hash(text)
            if not mine.exists():
                write_whole(mine, text)
            elif laid.get(chapter.name) != new:
                now = text_hash(mine.read_bytes().decode("utf-8", "replace"))
                if now == laid.get(chapter.name):
                    write_whole(mine, text)
                elif now != new:
                    beside = free_name(mine)
                    write_whole(beside, text)
                    said.append(
                        f"{chapter.name} has a new version; yours is untouched,"
                        f" and the new one lies beside it as {beside.name!r}."
                    )
            laid[chapter.name] = new
        write_whole(folder / LAID, json.dumps(laid, indent=1, sort_keys=True) + "\n")
    except OSError as error:
        raise StartError(
            f"The folder {folder} can't be written ({error.strerror});"
            " copy the course to a folder of your own and start it there."
        ) from error
    return said


def ask_nothing(environment: Path) -> None:
    """Keep JupyterLab from asking whether it may fetch news; a user's own settings count more."""
    settings = environment / "share" / "jupyter" / "lab" / "settings" / "overrides.json"
    if not settings.exists():
        settings.parent.mkdir(parents=True, exist_ok=True)
        quiet = {"@jupyterlab/apputils-extension:notification": {"fetchNews": "false"}}
        write_whole(settings, json.dumps(quiet))


def open_course(arguments: list) -> int:
    """Open JupyterLab at the first chapter, in the learner's own folder."""
    install()
    for sentence in lay_chapters(ROOT / "notebooks", LEARNER):
        print(sentence)
    ask_nothing(ENVIRONMENT)
    command = [
        str(interpreter(ENVIRONMENT)), "-m", "jupyterlab", str(LEARNER / FIRST_CHAPTER),
        f"--ServerApp.root_dir={LEARNER}",
        "--LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate",
    ]  # fmt: skip
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")
    print("Opening the course in JupyterLab; Ctrl-C here ends it.", flush=True)
    variables = {**os.environ, **THREADS}
    return subprocess.run(command + arguments, cwd=LEARNER, env=variables, check=False).returncode


def test_course(arguments: list) -> int:
    """Run all tests, in two processes side by side; what follows `test` goes to pytest, in one."""
    install()
    command = [str(interpreter(ENVIRONMENT)), "-m", "pytest", *arguments]
    more = {"cwd": ROOT, "env": {**os.environ, **THREADS}}
    if arguments or not (shutil.which("chromium") or shutil.which("chromium-browser")):
        return subprocess.run(command, check=False, **more).returncode
    with tempfile.TemporaryFile() as said:
        beside = [*command, "-m", IN_A_BROWSER]
        with subprocess.Popen(beside, stdout=said, stderr=subprocess.STDOUT, **more) as browser:
            print("The tests in a browser run beside the others and are shown when all are done.")
            sys.stdout.flush()
            rest = subprocess.run([*command, "-m", f"not ({IN_A_BROWSER})"], check=False, **more)
        said.seek(0)
        print("In a browser:", said.read().decode(errors="replace"), sep="\n", flush=True)
    return rest.returncode or browser.returncode


def main(arguments: list) -> int:
    """Read the command line; 0 if all went well."""
    parser = argparse.ArgumentParser(
        prog="start.py", description=(__doc__ or "").split("\n")[0],
        epilog="What follows `open` goes to JupyterLab (e.g. --no-browser), `test` to pytest;"
        " `class` installs what teachers and hubs need, `lite` what builds the course for a"
        " browser's own Python; `hub` starts JupyterHub on this computer alone (--install-only:"
        " installs it);"
        " `peers --benchmarks` also installs JAX and autograd. What else follows it goes to pip"
        " when it installs PyTorch: on Linux, pip's usual build is for graphics cards and takes"
        " gigabytes; PyTorch's own site names the --index-url of the small one for CPU.",
    )  # fmt: skip
    parser.add_argument(
        "task", nargs="?", default="open",
        choices=["open", "test", "install", "peers", "class", "lite", "hub"],
    )  # fmt: skip
    if arguments and arguments[0].startswith("-") and arguments[0] not in ("-h", "--help"):
        arguments = ["open", *arguments]
    task = parser.parse_args(arguments[:1]).task
    rest = arguments[1:]
    try:
        if task == "test":
            return test_course(rest)
        if task == "install":
            install()
            return 0
        if task == "class":
            install_class()
            return 0
        if task == "lite":
            install_lite()
            return 0
        if task == "hub":
            return start_hub(rest)
        if task == "peers":
            packages = PEER_PACKAGES + BENCHMARK_PACKAGES * ("--benchmarks" in rest)
            install_peers(packages, [word for word in rest if word != "--benchmarks"])
            return 0
        return open_course(rest)
    except StartError as error:
        print(error, file=sys.stderr)
    except PermissionError as error:
        print(f"{error.filename} can't be written; copy the course elsewhere.", file=sys.stderr)
    except KeyboardInterrupt:
        return 130
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
