"""`make texts`: bring the catalogues of `locales/` up to the texts in code, templates and SDK, and build the SDK's.

`make texts ARGS="portal de"` begins the catalogue of a domain in a language (docs/how-to/translate.md).
"""

from __future__ import annotations

from ops.console import OpsError, print_line, step
from ops.paths import ROOT


def main(arguments: list[str]) -> int:
    from ops import sdk
    from ops.texts import catalogues, check
    from ops.texts.extract import DOMAINS, extract

    started = _started(arguments, DOMAINS)
    for domain in DOMAINS:
        texts, _unclear = extract(domain)
        for language in sorted({*catalogues.languages(), *(tag for name, tag in started if name == domain)}):
            path = catalogues.path_of(language, domain)
            is_stored = path.exists() or (domain, language) in started
            if is_stored and catalogues.write(catalogues.updated(language, domain, texts)):
                print_line(f"  {path.relative_to(ROOT)}")
    with step("Building the SDK's texts"):
        sdk.main([])
    if found := check.problems():
        print_line("\n" + "\n".join(found) + "\n\nTranslate what is missing, then run it again.")
    return 1 if found else 0


def _started(arguments: list[str], domains: tuple[str, ...]) -> set[tuple[str, str]]:
    if not arguments:
        return set()
    if len(arguments) != 2 or arguments[0] not in domains:
        raise OpsError(f'say which domain ({", ".join(domains)}) and language: make texts ARGS="portal de".')
    return {(arguments[0], arguments[1].replace("-", "_"))}
