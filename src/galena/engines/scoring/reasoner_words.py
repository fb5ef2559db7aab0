"""Words by which a text gives itself away as an instruction: read from the list beside this file."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path

from galena.kit.yaml_positions import read_yaml

_LISTS = ("instructions", "ignore", "points", "most", "order")
_KINDS = {
    "speaks_for_the_system": "roles",
    "overrides_instructions": "overrides",
    "demands_a_score": "demands",
    "speaks_to_a_model": "manners",
}


@lru_cache(maxsize=1)
def patterns() -> Mapping[str, tuple[re.Pattern[str], ...]]:
    """What a suspicious text does -> the patterns that show it; for texts as `reasoner_views.folded` gives them."""
    told = read_yaml(Path(__file__).with_suffix(".yaml").read_text(encoding="utf-8")).data
    words = {f"<<{name}>>": "(?:" + "|".join(told[name]) + ")" for name in _LISTS}
    return {kind: _compiled(told[listed], words) for kind, listed in _KINDS.items()}


def _compiled(written: Sequence[str], words: Mapping[str, str]) -> tuple[re.Pattern[str], ...]:
    found = []
    for pattern in written:
        for name, meant in words.items():
            pattern = pattern.replace(name, meant)
        found.append(re.compile(_unaccented(pattern)))
    return tuple(found)


def _unaccented(text: str) -> str:
    letters = (each for each in unicodedata.normalize("NFKD", text) if unicodedata.category(each) != "Mn")
    return unicodedata.normalize("NFC", "".join(letters))


TRIGGERS = re.compile(
    r"scor|rating|\brate\b|point|tier|priorit|lead|rank|grade|instruct|prompt|ignor|disregard|forget|overrid|system|assistant"
    r"|\bai\b|model|gpt|seek|claude|gemini|llm|json|answer|respond|output|repl[iy]|return|record|check|you|[{<\[|\"`]|#{2}|[:=]"
    r"|punt|punk|nota|note|pont|ocen|puan|diem|bewert|anweis|consign|istruz|instruc|talimat|polecen|olvid|oubli|vergiss|esque|negeer"
    r"|max|100|hundred|cien|[^\x00-\x7f]"
)
"""A text without any of these says nothing of scores or instructions; the patterns need not look at it."""
