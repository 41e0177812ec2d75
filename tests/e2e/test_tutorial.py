"""The tutorial's own commands, unchanged: only addresses and ports are this run's."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from ops import child
from ops.paths import ROOT
from ops.process_group import responds
from ops.testing import ports
from ops.testing.stack import Stack
from tests.e2e.readme_merchant import press

pytestmark = pytest.mark.timeout(240)


class Reader:
    """Somebody in the checkout's folder, who copies what a step says into a shell."""

    def __init__(self, stack: Stack, folder: Path) -> None:
        self.folder, self.port = folder, ports.free()
        self._own = {"http://127.0.0.1:8000": stack.url, "8080": str(self.port)}
        (folder / "var").mkdir()
        (folder / "var" / "demo.json").write_text(json.dumps(stack.demo))

    def shell(self, step: str) -> str:
        """The one block of commands of this step."""
        text = (ROOT / "docs" / "tutorial.md").read_text()
        assert text.count(f"\n## {step}\n") == 1
        [block] = re.findall(r"```sh\n(.*?)```", text.partition(f"\n## {step}\n")[2].partition("\n## ")[0], re.S)
        for theirs, ours in self._own.items():
            block = block.replace(theirs, ours)
        return str(block)


@pytest.fixture
def reader(stack: Stack, tmp_path: Path) -> Reader:
    return Reader(stack, tmp_path)


@pytest.fixture
def own_page(reader: Reader) -> Iterator[str]:
    """The page that step 9 makes and serves."""
    with (reader.folder / "shell.log").open("wb") as output:
        shell = child.start(
            ["sh", "-c", reader.shell("9. Put it into a page of your own")], cwd=reader.folder, output=output
        )
    url = f"http://localhost:{reader.port}/"
    served = child.wait_until(lambda: responds(url), limit_s=60)
    assert served, (reader.folder / "shell.log").read_text()
    yield url
    child.kill(shell)


@pytest.mark.parametrize("width", [1280, 360])
def test_step_9_sells_in_a_page_of_ones_own(page: Page, own_page: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(own_page)

    pay = page.get_by_role("button", name=re.compile(r"^Pay \$"))
    expect(pay).to_be_visible()
    press(page, page.get_by_role("checkbox"))
    press(page, pay)
    page.wait_for_url(re.compile(r"/pay/\w+"))
    press(page, page.locator("button[value=approve]"))

    expect(page.get_by_role("heading", name="Payment successful")).to_be_visible()
    assert page.url == own_page


def test_step_8_makes_a_session_whose_address_shows_the_hosted_page(page: Page, reader: Reader) -> None:
    shell = reader.shell("8. Call it from your own server")
    answers = [_answer(reader, shell) for _ in range(2)]

    page.goto(answers[0]["url"])

    assert answers[0]["client_secret"]
    assert answers[0]["id"] == answers[1]["id"]
    expect(page.get_by_role("button", name=re.compile(r"^Pay \$"))).to_be_visible()
    other = _answer(reader, shell.replace('\\"me\\"', '\\"another\\"'))
    assert other["status"] == 422


def _answer(reader: Reader, shell: str) -> dict[str, object]:
    done = subprocess.run(["sh", "-c", shell], cwd=reader.folder, capture_output=True, text=True, check=True)
    return dict(json.loads(done.stdout))
