"""Block keys: records that share one are compared. Many different keys, so that no single slip hides a pair."""

from collections.abc import Iterator

from galena.engines.identity.layout import Kind
from galena.engines.identity.model import MatchModel
from galena.engines.identity.records import Record
from galena.kit.forms.sounds import skeleton

RARE_WORDS = 4
_STEM = 6
_LEAST_LOCAL = 4


def block_keys(record: Record, model: MatchModel) -> tuple[str, ...]:
    """The keys of a record as `MatchModel.record` gives it; sorted, each once."""
    keys = {*_contacts(record, model), *_people(record), *_places(record), *_texts(record, model)}
    return tuple(sorted(keys))


def sort_text(record: Record) -> str:
    """A text by which likely duplicates stand near each other within one block."""
    names = ("surname", "given", "company", "name", "title", "street", "email", "phone", "date", "postcode")
    return " ".join(str(record[name]) for name in names if name in record)


def _contacts(record: Record, model: MatchModel) -> Iterator[str]:
    for role in model.layout.of(Kind.EMAIL, Kind.PHONE, Kind.WEBSITE, Kind.ID, Kind.DATE):
        value = record.get(role.field)
        if value is None:
            continue
        if role.kind is Kind.EMAIL:
            local = record.get(f"{role.field}_local", "")
            yield f"e:{value}"
            if len(local) >= _LEAST_LOCAL:
                yield f"l:{local}"
        elif role.kind is Kind.PHONE:
            yield f"p:{record[f'{role.field}_line']}"
        else:
            yield f"{role.field}:{value}"


def _people(record: Record) -> Iterator[str]:
    given, surname = record.get("formal"), record.get("surname")
    first = skeleton(given) if given else ""
    last = skeleton(surname) if surname else ""
    if given and surname:
        yield "n:" + "+".join(sorted((first, last)))
        yield f"in:{given[0]}{surname}"
    for part in (first, last):
        if not part:
            continue
        for name in ("postcode", "city", "street_house", "phone_line"):
            if name in record:
                yield f"{name[:2]}:{part}:{record[name]}"
        if "date" in record:
            yield f"y:{part}:{record['date'][:4]}"
            yield f"m:{part}:{record['date'][4:]}"
        if "street_name" in record:
            yield f"s:{part}:{record['street_name'][:_STEM]}"


def _places(record: Record) -> Iterator[str]:
    house, name = record.get("street_house"), record.get("street_name")
    if house and name:
        yield f"a:{house}:{skeleton(name.split()[-1])}"
        yield f"a:{house}:{name[:3]}"
    for part in ("postcode", "city"):
        if part in record:
            if house:
                yield f"h:{house}:{record[part]}"
            if name:
                yield f"w:{name}:{record[part]}"
    if "date" in record and "postcode" in record:
        yield f"d:{record['date'][:4]}:{record['postcode']}"


def _texts(record: Record, model: MatchModel) -> Iterator[str]:
    for field in model.word_fields:
        weight_of = record.get(f"{field}_weight_of", {})
        rarest = sorted(weight_of, key=lambda word: (-weight_of[word], word))[:RARE_WORDS]
        for word in rarest:
            yield f"k:{word}"
            if len(word) > _STEM:
                yield f"q:{skeleton(word)}{word[-1]}"
        for at, word in enumerate(rarest):
            for other in rarest[at + 1 :]:
                yield "kk:" + "+".join(sorted((word, other)))
        if value := record.get(field):
            joined = value.replace(" ", "")
            yield f"b:{joined[:_STEM]}"
            yield f"z:{joined[-_STEM:]}"
    for code in record.get("codes", ()):
        yield f"c:{code}"
    for role in model.layout.of(Kind.TAGS):
        for entry in record.get(role.field, ())[:RARE_WORDS]:
            yield f"t:{entry}"
    for role in model.layout.of(Kind.LINE):
        if role.field in record:
            yield f"x:{record[role.field]}"
