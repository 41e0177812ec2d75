"""Whatever is wrong with the input, the settings or the servers, a command says it in a sentence."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
from flask import Flask

from ops.paths import ROOT
from ops.testing import env as test_env

NO_DATABASE = "postgresql+psycopg://somebody@/bursar?host=/nowhere"
NO_REDIS = "redis://127.0.0.1:1/0"
SOMEBODY = "biz_00000000000000000000000000"
# Every command → what it is given where the database is away, and what is wrong in itself.
COMMANDS: dict[str, tuple[list[str], list[str]]] = {
    "audit": ([], ["--nonsense"]),
    "backup": (["{folder}/a.backup"], ["--business", "nobody"]),
    "restore": (["{file}"], ["{file}"]),
    "verify": (["{file}", "--restore"], ["{file}"]),
    "docs": (["{file}"], ["{file}"]),  # a file where the folder should be
    "business create": (
        ["Books", "--owner", "a@b.test", "--country", "DE"],
        ["Books", "--owner", "a@b.test", "--country", "XX"],
    ),
    "business invite": (["a@b.test"], ["nobody"]),
    "business limits": ([SOMEBODY], ["nobody"]),
    "business limit-resource": (
        [SOMEBODY, "plans", "--most", "5", "--reason", "x"],
        ["nobody", "plans", "--most", "5", "--reason", "x"],
    ),
    "business limit": ([SOMEBODY, "pay", "--per-s", "5"], ["nobody", "pay", "--per-s", "5"]),
    "business list": ([], ["--after", "nobody"]),
    "business suspend": ([SOMEBODY, "--reason", "x"], ["nobody", "--reason", "x"]),
    "business lift": ([SOMEBODY], ["nobody"]),
    "metrics recount": ([SOMEBODY], ["nobody"]),
    "make-logins": ([], ["--nonsense"]),
    "operators add": (["a@b.test"], []),
    "operators remove": (["a@b.test"], []),
    "operators list": ([], ["--nonsense"]),
    "operator-keys create": (["Office"], [" "]),
    "operator-keys list": ([], ["--nonsense"]),
    "operator-keys revoke": (["opk_00000000000000000000000000"], ["nobody"]),
    "people reset-link": (["a@b.test"], []),
    "people join-link": (["a@b.test"], []),
    "privacy export": ([SOMEBODY, "--reference", "x"], ["nobody", "--reference", "x"]),
    "privacy erase": ([SOMEBODY, "--reference", "x", "--reason", "y", "--yes"], ["nobody", "--reason", "y"]),
    "rotate-secrets": ([], ["--nonsense"]),
    "seed-demo": ([], ["--nonsense"]),
    "seed-history": ([], ["--nonsense"]),
    "switch list": ([], ["--business", "nobody"]),
    "switch off": (
        ["orders_later", "--minutes", "5", "--reason", "x"],
        ["orders_later", "--minutes", "soon", "--reason", "x"],
    ),
    "switch on": (["orders_later"], ["nothing"]),
    "test-clock advance": ([SOMEBODY, "30d"], [SOMEBODY, "soon"]),
    "test-clock show": ([SOMEBODY], ["nobody"]),
    "verify-audit-log": ([], ["--nonsense"]),
    "webhooks listen": (
        ["--forward", "http://127.0.0.1:1/", "--key", "sk_test_x", "--url", "http://127.0.0.1:1"],
        ["--forward", "x", "--key", "x"],
    ),
}
RUN_ALL = """
import json, sys
from app import create_app
runner = create_app().test_cli_runner()
for arguments in json.loads(sys.argv[1]):
    done = runner.invoke(args=arguments)
    named = None if isinstance(done.exception, SystemExit) else repr(done.exception) if done.exception else None
    print("RESULT", json.dumps([" ".join(arguments), done.exit_code, done.output, named]))
"""


def _leaves(command: click.Command, path: str = "") -> Iterator[str]:
    if isinstance(command, click.Group):
        for name, each in command.commands.items():
            yield from _leaves(each, f"{path} {name}".strip())
    else:
        yield path


def test_every_command_is_in_the_table(app: Flask) -> None:
    ours = {name for name in _leaves(app.cli) if not name.startswith("db ")}

    assert ours == set(COMMANDS)


def _run_all(which: int, env: dict[str, str], tmp_path: Path) -> list[list[Any]]:
    """Run every command in one process: [arguments, exit status, output, exception] of each."""
    (tmp_path / "file").write_text("no backup")
    names = {"folder": str(tmp_path), "file": str(tmp_path / "file")}
    expected = [[*name.split(), *(word.format(**names) for word in values[which])] for name, values in COMMANDS.items()]
    done = subprocess.run(
        [sys.executable, "-c", RUN_ALL, json.dumps(expected)],
        cwd=ROOT,
        env={**test_env.inherited(), **env},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = [json.loads(line.removeprefix("RESULT ")) for line in done.stdout.splitlines() if "RESULT " in line]
    assert len(found) == len(COMMANDS)
    return found


@pytest.mark.parametrize("which", [0, 1], ids=["database and Redis away", "bad input"])
def test_every_command_ends_in_a_sentence(which: int, app_env: dict[str, str], tmp_path: Path) -> None:
    away = {"DATABASE_URL": NO_DATABASE, "DATABASE_SYSTEM_URL": NO_DATABASE, "DATABASE_OWNER_URL": NO_DATABASE}

    for arguments, status, output, exception in _run_all(which, {**app_env, **away, "REDIS_URL": NO_REDIS}, tmp_path):
        assert status in (1, 2), (arguments, output, exception)
        assert exception is None, (arguments, exception)
        assert "Traceback" not in output
        assert "Error: " in output, (arguments, output)


def _flask(env: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "flask", "--app", "wsgi", *arguments],
        cwd=ROOT,
        env={**test_env.inherited(), **env},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("arguments", [["audit"], ["db", "current"]], ids=" ".join)
def test_bad_settings_are_a_sentence_and_exit_2(arguments: list[str], app_env: dict[str, str]) -> None:
    done = _flask({**app_env, "SECRET_KEY": "short"}, *arguments)

    assert done.returncode == 2
    assert done.stderr.startswith("Error: SECRET_KEY")
    assert "Traceback" not in done.stderr


def test_command_of_a_library_says_that_the_database_is_away(app_env: dict[str, str]) -> None:
    done = _flask({**app_env, "DATABASE_URL": NO_DATABASE, "DATABASE_OWNER_URL": NO_DATABASE}, "db", "current")

    assert done.returncode == 1
    assert "Error: The database does not respond" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("module", ["app.worker", "app.worker.relay", "app.worker.files", "app.worker.together"])
def test_process_says_which_setting_is_bad(module: str, app_env: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", module],
        cwd=ROOT,
        env={**test_env.inherited(), **app_env, "SECRET_KEY": "short"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith("Error: SECRET_KEY")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "env", "says"),
    [
        (["nonsense"], {}, "usage: python -m ops"),
        (["flask", "audit"], {"PORT": "abc"}, "PORT must be a number"),
        (["flask", "audit"], {"BURSAR_VAR": "/proc/nowhere"}, "cannot write in /proc/nowhere"),
        (["flask", "audit"], {"DATABASE_URL": "postgresql://x@127.0.0.1:1/x"}, "nothing responds at 127.0.0.1:1"),
        (["flask", "audit"], {"REDIS_URL": NO_REDIS}, "nothing responds at 127.0.0.1:1"),
        (["flask", "audit"], {"REDIS_URL": "127.0.0.1"}, "REDIS_URL"),
        (["run"], {"PORT": "abc"}, "PORT must be a number"),
        (["run"], {"BURSAR_VAR": "/proc/nowhere"}, "cannot write in /proc/nowhere"),
        (["run"], {"REDIS_URL": NO_REDIS}, "nothing responds at 127.0.0.1:1"),
        (["run"], {"WEB_WORKERS": "many"}, "WEB_WORKERS must be a number"),
        (["stop"], {}, "not running here"),
        (["stop"], {"BURSAR_VAR": "/proc/nowhere"}, "not running here"),
        (["mail", "many"], {}, "No mail yet"),
        (["sbom", "/proc/nowhere/sbom.json"], {}, "/proc/nowhere"),
        (["check", "nonsense"], {}, "nonsense"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list | dict) else "",
)
def test_target_of_make_says_what_is_wrong(
    arguments: list[str], env: dict[str, str], says: str, tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "ops", *arguments],
        cwd=ROOT,
        env={**test_env.inherited(), "BURSAR_OPS": "ready", "BURSAR_VAR": str(tmp_path / "var"), **env},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert says in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
