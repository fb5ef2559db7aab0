"""Writes docs/reference/connectors.md from the shipped manifests; with --check only says whether it is current."""

import sys
from collections.abc import Iterator
from pathlib import Path

from galena.connectors.catalogue import list_connectors
from galena.domain.connector import QUALITY_RULES, Level, Manifest

PAGE = Path(__file__).resolve().parents[1] / "docs/reference/connectors.md"

HEAD = """# Connectors

<!-- Written by tools/document_connectors.py from the manifests: change those, then run `make docs`. -->

What can be connected. How: [connect a source](../how-to/connect-a-source.md). Why it is so:
[decision 12](../decisions/0012-connectors.md). Keys are asked for unseen, or taken from the variable named here.
"""


def main() -> int:
    """Write the page, or with --check compare it; the exit status is 1 when it is not current."""
    text = "\n".join(page())
    if "--check" not in sys.argv[1:]:
        PAGE.write_text(text, encoding="utf-8")
        return 0
    if PAGE.exists() and PAGE.read_text(encoding="utf-8") == text:
        return 0
    print(f"{PAGE.name} is not current: run `make docs`.")
    return 1


def page() -> Iterator[str]:
    """The whole page, line by line."""
    yield HEAD
    yield "| connector | gives | does | quality |\n| --- | --- | --- | --- |"
    known = [each.manifest for each in list_connectors()]
    for each in known:
        does = ", ".join(sorted(each.capabilities))
        yield f"| [`{each.name}`](#{each.name}) {each.title} | {each.gives} | {does} | {each.quality} |"
    yield "\n## Quality\n\nEach level is proved for every connector, against a server on this machine that speaks its"
    yield "protocol (`tests/contracts/connectors`).\n"
    for level in Level:
        yield f"- **{level}**: " + " ".join(rule.sentence for rule in QUALITY_RULES if rule.level is level)
    yield ""
    for each in known:
        yield from _section(each)


def _section(manifest: Manifest) -> Iterator[str]:
    rate, cost = manifest.rate, manifest.cost
    yield f"## {manifest.name}\n\n{manifest.title}: {manifest.gives}\n"
    day = f", {rate.per_day:,} a day" if rate.per_day else ""
    price = f"{cost.per_call:g} {cost.currency} a call. " if cost.per_call else ""
    yield f"- Rate: {rate.calls} calls in {rate.per_s:g} s{day}. {manifest.rate_source}"
    yield f"- Cost: {(price + cost.note).strip() or 'free.'}"
    yield f"- Terms: {manifest.terms}" + (f" <{manifest.terms_url}>" if manifest.terms_url else "")
    if manifest.docs_url:
        yield f"- Protocol: <{manifest.docs_url}>"
    yield f"- Fields: {', '.join(f'`{name}`' for name in manifest.fields) or 'as the mapping says'}\n"
    rows = [
        f"| `--set {name}=` | {setting.label}. {setting.description}".rstrip()
        + (
            " Needed."
            if setting.required
            else f" Default: {setting.default}."
            if setting.default is not None
            else ""
        )
        + " |"
        for name, setting in manifest.settings.items()
    ]
    rows += [
        f"| key `{name}` | {secret.label}. {secret.description}".rstrip()
        + (" Needed." if secret.required else " Not needed.")
        + f" `GALENA_KEY_{manifest.name}_{name}`".upper()
        + " |"
        for name, secret in manifest.secrets.items()
    ]
    rows += [
        f"| `--preset {name}` | {preset.label}. {preset.note}".rstrip() + " |"
        for name, preset in manifest.presets.items()
    ]
    if rows:
        yield "| setting | meaning |\n| --- | --- |"
        yield from rows
        yield ""


if __name__ == "__main__":
    sys.exit(main())
