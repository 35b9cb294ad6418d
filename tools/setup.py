"""Make .venv and install burnish in it, with the torch that fits this machine.

Standard library only. A stamp in .venv says what was installed; while it holds, a second call
returns at once.
"""

import hashlib
import importlib.metadata
import importlib.util
import os
import platform
import re
import shutil
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "burnish-installed"
PIN = VENV / "torch-constraint.txt"
CONSTRAINTS = ROOT / "constraints-cpu.txt"
OLDEST_TORCH = (2, 11)
BUILDING = {"DISABLE_CUDA": "1"}
"""hqq is built where it is installed. Without this it also makes kernels, which burnish does not
call, by whatever python, torch and nvcc the path leads to, and puts them into that Python.
"""
CPU_INDEX = "https://download.pytorch.org/whl/cpu"  # PyTorch's documented index of CPU builds


def main() -> int:
    """Install what is missing; 0 when burnish can be used, 1 with a message when not."""
    if sys.version_info < (3, 11):  # noqa: UP036 - this file is what tells an older Python
        return fail(
            f"burnish needs Python 3.11 or newer; {sys.executable} is {platform.python_version()}.",
            "Name a newer one: make PYTHON=/path/to/python3.11 install",
        )
    if STAMP.is_file() and STAMP.read_text() == fingerprint():
        return 0
    if not importlib.util.find_spec("venv") or not importlib.util.find_spec("ensurepip"):
        return fail(
            f"{sys.executable} has no venv module with pip.",
            "On Debian or Ubuntu: apt install python3-venv. Or name another: make PYTHON=...",
        )
    started = time.monotonic()
    own_torch = installed_torch()
    STAMP.unlink(missing_ok=True)
    try:
        make_venv(use_system=own_torch is not None)
        limits = install_torch(own_torch)
        say("installing burnish and its tools")
        pip("install", "-e", f"{ROOT}[dev]", *limits)
    except subprocess.CalledProcessError as error:
        return fail(
            f"this command failed ({error.returncode}): {' '.join(map(str, error.cmd))}",
            "Its own output is above. Is a package index reachable (pip config list)?",
        )
    STAMP.write_text(fingerprint())
    say(f"installed in {time.monotonic() - started:.0f} s")
    return 0


def installed_torch() -> str | None:
    """The version of torch that the running Python has, when it is new enough to be used.

    That of a virtual environment cannot be: one made from it sees the packages of its base only.
    """
    if sys.prefix != sys.base_prefix:
        return None
    try:
        version = importlib.metadata.version("torch")
    except importlib.metadata.PackageNotFoundError:
        return None
    numbers = tuple(int(part) for part in re.findall(r"\d+", version)[:2])
    if numbers < OLDEST_TORCH:
        say(f"torch {version} is older than 2.11: it is left alone, a newer one goes into .venv")
        return None
    return version


def make_venv(use_system: bool) -> None:
    """Make .venv, or keep a fitting one. It sees packages outside it only when torch is there."""
    wanted = [str(use_system).lower(), *platform.python_version_tuple()[:2]]
    if read_venv() == wanted:
        return
    say(f"making {VENV.name} with {sys.executable} ({platform.python_version()})")
    flags = ["--system-site-packages"] if use_system else []
    run(sys.executable, "-m", "venv", "--clear", *flags, VENV)
    if use_system and sys.prefix != sys.base_prefix:
        # This Python is a virtual environment itself, and "system" would mean the one below it.
        packages = subprocess.check_output(
            [venv_python(), "-c", "import sysconfig; print(sysconfig.get_paths()['purelib'])"],
            text=True,
        )
        here = sysconfig.get_paths()
        outer = dict.fromkeys((here["purelib"], here["platlib"]))
        Path(packages.strip(), "outer-environment.pth").write_text("\n".join(outer) + "\n")


def read_venv() -> list[str] | None:
    """What make_venv wants to know of the .venv that is there; None when it cannot be used."""
    try:
        subprocess.run([venv_python(), "-m", "pip", "--version"], capture_output=True, check=True)
        text = (VENV / "pyvenv.cfg").read_text()
    except (OSError, subprocess.CalledProcessError):
        return None
    lines = (line.partition("=") for line in text.splitlines())
    found = {key.strip(): value.strip() for key, _, value in lines}
    version = found.get("version", "").split(".")
    return [found.get("include-system-site-packages", ""), *version[:2]]


def venv_python() -> Path:
    return VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def install_torch(own: str | None) -> list[str]:
    """Bring torch in, if need be; the pip arguments that keep it as it is afterwards."""
    if own is not None:
        say(f"using the torch that is there: {own}")
        PIN.write_text(f"torch=={own}\n")
        return ["-c", str(PIN)]
    if has_gpu():
        say("a GPU is here: installing torch from the usual index")
        pip("install", "torch>=2.11")
        return []
    say("no GPU here: installing the CPU build of torch")
    pinned = tested_torch()
    on_linux = platform.system() == "Linux"  # elsewhere the plain build is the CPU build
    wanted = f"{pinned}+cpu" if on_linux else pinned
    try:
        pip("install", wanted, quiet=True)
    except subprocess.CalledProcessError:
        say(f"the configured indexes have no {wanted}: trying {CPU_INDEX}")
        pip("install", wanted, "--extra-index-url", CPU_INDEX)
    return ["-c", str(CONSTRAINTS)]


def tested_torch() -> str:
    """The line `torch==X` of the constraints file."""
    lines = CONSTRAINTS.read_text().splitlines()
    return next(line for line in lines if line.startswith("torch=="))


def has_gpu() -> bool:
    """Whether nvidia-smi lists a device."""
    if not shutil.which("nvidia-smi"):
        return False
    listed = subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True, check=False)
    return listed.returncode == 0 and "GPU" in listed.stdout


def fingerprint() -> str:
    """Changes when what would be installed, or by which Python, or where, changes."""
    digest = hashlib.sha256(f"{sys.executable} {sys.version} {ROOT}".encode())
    for path in (ROOT / "pyproject.toml", CONSTRAINTS, Path(__file__)):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def pip(*arguments: str, quiet: bool = False) -> None:
    """Run the pip of .venv; raises CalledProcessError. `quiet` hides an error that is expected."""
    run(venv_python(), "-m", "pip", "-qq", "--disable-pip-version-check", *arguments, quiet=quiet)


def run(*command: object, quiet: bool = False) -> None:
    subprocess.run(
        [str(part) for part in command],
        check=True,
        stderr=subprocess.DEVNULL if quiet else None,
        env={**os.environ, **BUILDING},
    )


def say(text: str) -> None:
    print(f"[setup] {text}", flush=True)


def fail(problem: str, hint: str) -> int:
    print(f"error: {problem}\n       {hint}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
