"""How a mail looks as HTML: one column that fits any width, readable without images and without styles.

Mail programs read little of CSS: what matters stands in attributes and on the elements themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from app.lib import contrast

FONT = "-apple-system, BlinkMacSystemFont, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif"
INK, SOFT, LINE, PAPER, BUTTON = "#1a1f36", "#5b6477", "#e3e8ee", "#f6f8fa", "#0a6b4d"

_PAGE = Markup(
    '<!doctype html><html lang="{lang}" dir="{dir}"><head><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width, initial-scale=1">'
    '<meta name="color-scheme" content="light"><title>{subject}</title></head>'
    '<body style="margin:0;padding:0;background:{paper};-webkit-text-size-adjust:100%">'
    '<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" bgcolor="{paper}"><tr>'
    '<td align="center" style="padding:24px 12px">'
    '<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" bgcolor="#ffffff" dir="{dir}"'
    ' style="max-width:560px;border:1px solid {line};border-radius:8px;font-family:{font};font-size:16px;'
    'line-height:24px;color:{ink};text-align:{start}">'
    '<tr><td style="padding:24px">'
    '<table role="presentation" width="100%" cellpadding="0" cellspacing="0" border="0" dir="{dir}">{rows}</table>'
    "</td></tr></table></td></tr></table></body></html>"
)
_ROW = Markup('<tr><td colspan="2" align="{start}" style="padding:0 0 16px">{content}</td></tr>')
_PAIR = Markup(
    '<tr><td align="{start}" valign="top" style="padding:8px 0;border-top:1px solid {line}"><bdi>{name}</bdi></td>'
    '<td align="{end}" valign="top" style="padding:8px 0;border-top:1px solid {line}"><bdi>{value}</bdi></td></tr>'
)
_LOGO = Markup('<img src="{url}" alt="{name}" height="{height}" style="max-height:48px;max-width:100%;border:0">')
_NAME = Markup('<span style="font-weight:600">{name}</span>')
_HEADING = Markup('<h1 style="margin:0;font-size:22px;line-height:30px;font-weight:600">{text}</h1>')
_BUTTON = Markup(
    '<table role="presentation" cellpadding="0" cellspacing="0" border="0"><tr><td bgcolor="{color}"'
    ' style="border-radius:6px"><a href="{url}" style="display:inline-block;padding:12px 20px;font-weight:600;'
    'color:{on};text-decoration:none">{text}</a></td></tr></table>'
)
_BELOW_ITEMS = Markup('<div style="padding-top:16px">{}</div>')
_SMALL = Markup('<span style="font-size:13px;line-height:20px;color:{soft}">{text}</span>')
LOGO_HEIGHT = 48


@dataclass(frozen=True)
class Head:
    """Whose mail it is: a name, or a logo by its whole address with its height, and the color of the button."""

    name: str
    logo_url: str | None = None
    logo_height: int = 0
    color: str = BUTTON


def page(
    subject: str,
    head: Head,
    paragraphs: Sequence[str],
    *,
    items: Sequence[tuple[str, str]] = (),
    action: tuple[str, str] | None = None,
    closing: Sequence[str] = (),
    lang: str = "en",
    is_rtl: bool = False,
) -> str:
    """The whole document. The first paragraph is its heading; `action` is (words, address) of the button."""
    start, end = ("right", "left") if is_rtl else ("left", "right")

    def row(content: Markup | str) -> Markup:
        return _ROW.format(start=start, content=content)

    rows = [row(_mark(head)), row(_HEADING.format(text=paragraphs[0]))]
    rows += [row(each) for each in paragraphs[1:]]
    rows += [_PAIR.format(start=start, end=end, line=LINE, name=name, value=value) for name, value in items]
    if action:
        pressed = _BUTTON.format(color=head.color, on=_on(head.color), url=action[1], text=action[0])
        rows.append(row(_BELOW_ITEMS.format(pressed) if items else pressed))
    rows += [row(_SMALL.format(soft=SOFT, text=each)) for each in closing]
    look = {"font": FONT, "ink": INK, "line": LINE, "paper": PAPER, "start": start}
    direction = "rtl" if is_rtl else "ltr"
    return str(_PAGE.format(lang=lang, dir=direction, subject=subject, rows=Markup("").join(rows), **look))


def _mark(head: Head) -> Markup:
    if not head.logo_url:
        return _NAME.format(name=head.name)
    return _LOGO.format(url=head.logo_url, name=head.name, height=min(head.logo_height or LOGO_HEIGHT, LOGO_HEIGHT))


def _on(color: str) -> str:
    """Black or white, whichever is read better on this color."""
    white, black = (255, 255, 255), (0, 0, 0)
    behind = contrast.parse(color)
    return contrast.show(max((white, black), key=lambda front: contrast.ratio(front, behind)))
