"""django-oscar, installed from the package index into the run's folder, and served there."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
from pathlib import Path

import psycopg

from bench.place import HOST, Place
from ops.postgres import OWNER
from ops.processes import Program

PACKAGES = ("django-oscar==4.2.1", "gunicorn==27.0.1", "psycopg[binary]==3.3.9")
NAME = "oscar"
THREADS = 8  # of each of its processes, of which there is one per processor


def install(place: Place) -> Path:
    """An environment with Oscar in it; its folder, which goes with the run.

    Raises:
        subprocess.CalledProcessError: something of it cannot be had.
    """
    folder = place.folder / NAME
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    subprocess.run([folder / "bin" / "pip", "install", "--quiet", *PACKAGES], check=True)
    shutil.copy(Path(__file__).with_name("oscar_shop.py"), folder)
    return folder


def serve(place: Place, folder: Path, port: int) -> int:
    """Make Oscar's database beside ours, on the same server, and start it; the id of what it sells."""
    with psycopg.connect(place.admin(), autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {NAME} OWNER {OWNER}")
    sockets = str(place.postgres.sockets)
    names = {"OSCAR_DATABASE": NAME, "OSCAR_SOCKETS": sockets, "OSCAR_USER": OWNER, "OSCAR_SECRET": secrets.token_hex()}
    env = {"PATH": os.environ["PATH"], "PYTHONPATH": str(folder), **names}
    python = folder / "bin" / "python"
    made = subprocess.run([python, folder / "oscar_shop.py"], env=env, capture_output=True, text=True, check=False)
    if made.returncode:
        raise RuntimeError(f"Oscar's database was not made:\n{made.stderr[-2000:]}")
    options = ("--workers", str(os.cpu_count() or 2), "--worker-class", "gthread", "--threads", str(THREADS))
    command = (str(python), "-m", "gunicorn", "--bind", f"{HOST}:{port}", *options, "oscar_shop:application")
    place.start(Program(NAME, command, f"http://{HOST}:{port}/"), env=env)
    return int(made.stdout)
