"""`make mail`: the mails that `make run` kept instead of sending, the newest last; ARGS=3 shows the last three."""

from __future__ import annotations

from email import message_from_bytes, policy

from ops.console import print_line
from ops.paths import VAR

FOLDER = VAR / "mail"
SHOWN = 10


def main(arguments: list[str]) -> int:
    most = int(arguments[0]) if arguments and arguments[0].isdecimal() else SHOWN
    files = sorted(FOLDER.glob("*.eml"), key=lambda file: file.stat().st_mtime)
    for file in files[-most:]:
        mail = message_from_bytes(file.read_bytes(), policy=policy.default)
        body = mail.get_body(("plain",))
        for name in ("From", "To", "Date", "Subject"):
            print_line(f"{name}: {mail[name]}")
        print_line(f"\n{body.get_content() if body is not None else ''}{'─' * 60}")
    if not files:
        print_line(f"No mail yet in {FOLDER}.")
    return 0
