"""A fitted model as files that are safe to load: JSON and plain arrays, never code.

A folder holds `model.json` (everything that is no array), `arrays.safetensors` (all arrays), any further files, and
`manifest.json` with the format version, and the size and SHA-256 of every other file. A folder whose files are changed,
cut short, missing or too many is refused; so is one whose arrays do not fit together. What a file manager leaves
behind (.DS_Store and the like) is neither read nor minded.
"""

import hashlib
import json
import os
import re
import shutil
import tempfile
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from safetensors import SafetensorError

from galena.kit.errors import InputError
from galena.kit.tabular.artefact_records import arrays_of, document_of, model_of
from galena.kit.tabular.model import TabularModel

FORMAT = 1
MODEL, ARRAYS, MANIFEST = "model.json", "arrays.safetensors", "manifest.json"
MOST_BYTES = 2_000_000_000
"""No file of a model is greater; a manifest is at most a thousandth of it."""

_LEFT_BY_FILE_MANAGERS = re.compile(
    r"\.DS_Store|\._.*|Thumbs\.db|desktop\.ini|\.directory|\.~lock\..*#", re.IGNORECASE
)


class ArtefactError(InputError):
    """A folder is not a model, or not the model that was saved."""


def save(model: TabularModel, folder: Path, extra_files: Mapping[str, bytes] | None = None) -> Path:
    """Write the model to `folder`, whole or not at all; a model that is there already is replaced.

    `extra_files` (name -> content) are kept, hashed and checked with the model.

    Raises:
        ArtefactError: the folder exists and is not a model, or a name of a further file cannot be used.
        OSError: the disk is full or read-only.
    """
    folder = Path(folder).absolute()
    extra = dict(extra_files or {})
    _check_names(extra)
    if folder.is_symlink() or (folder.exists() and not _is_model(folder)):
        raise ArtefactError(
            "The folder exists and does not hold a model.",
            facts={"folder": str(folder)},
            remedy="Name a new folder.",
        )
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        _write_all(model, made, extra)
        _move(made, folder)
    finally:
        shutil.rmtree(made, ignore_errors=True)
    return folder


def _write_all(model: TabularModel, made: Path, extra: dict[str, bytes]) -> None:
    from safetensors.numpy import save as arrays_to_bytes

    made.chmod(0o755)
    files = {
        MODEL: json.dumps(document_of(model), ensure_ascii=False, allow_nan=False).encode(),
        ARRAYS: arrays_to_bytes(arrays_of(model)),
        **extra,
    }
    for name, content in files.items():
        _write(made / name, content)
    described = {
        name: {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for name, content in files.items()
    }
    manifest = {"format": FORMAT, "kind": "galena tabular model", "files": described}
    _write(made / MANIFEST, json.dumps(manifest, indent=2, ensure_ascii=False).encode())
    _sync_folder(made)


def _write(file: Path, content: bytes) -> None:
    with file.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _move(made: Path, folder: Path) -> None:
    """Put the finished folder in place; one that is there steps aside first, and comes back if that fails."""
    if not folder.exists():
        made.rename(folder)
    else:
        aside = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
        folder.rename(aside / "old")
        try:
            made.rename(folder)
        except OSError:
            (aside / "old").rename(folder)
            raise
        finally:
            shutil.rmtree(aside, ignore_errors=True)
    _sync_folder(folder.parent)


def _check_names(extra: dict[str, bytes]) -> None:
    for name in extra:
        if name in (MODEL, ARRAYS, MANIFEST) or not _is_plain(name):
            raise ArtefactError("A file of this name cannot be kept with a model.", facts={"name": name})


def _is_plain(name: str) -> bool:
    return bool(name) and name == Path(name).name and "\\" not in name and "\0" not in name and name != ".."


def _is_model(folder: Path) -> bool:
    try:
        _read_manifest(folder)
    except ArtefactError:
        return False
    return True


def load(folder: Path) -> TabularModel:
    """The model saved in `folder`, after every file has been checked against the manifest.

    Raises:
        ArtefactError: no model is there, its format version is another, or a file was changed, lost or added.
        GalenaError: the files are whole, but what they say does not make a model.
    """
    contents = checked_files(folder)
    return model_from_files(contents[MODEL], contents[ARRAYS])


def checked_files(folder: Path) -> dict[str, bytes]:
    """The content of every file of a saved model but the manifest, after the checks of `load`."""
    folder = Path(folder)
    described = _read_manifest(folder)
    missing = sorted(name for name in described if not (folder / name).exists())
    added = _others(folder, set(described))
    if missing or added:
        found = {"missing": missing, "added": added}
        remedies = {
            "missing": "Copy the model again from where it was made.",
            "added": "Move the added files out of the folder.",
        }
        raise ArtefactError(
            "The model has lost files, or files were added to it.",
            facts={"folder": str(folder), **{what: names for what, names in found.items() if names}},
            remedy=" ".join(remedies[what] for what, names in found.items() if names),
        )
    return {name: _checked(folder / name, facts) for name, facts in described.items()}


def other_files(folder: Path, usual: Collection[str] = ()) -> list[str]:
    """The names in a model's folder that are no part of the model.

    Args:
        usual: the further files that a model normally has, for a folder whose manifest cannot be read.
    """
    try:
        known = set(_read_manifest(folder))
    except ArtefactError:
        known = {MODEL, ARRAYS, *usual}
    return _others(folder, known)


def _others(folder: Path, known: set[str]) -> list[str]:
    return sorted(
        entry.name
        for entry in folder.iterdir()
        if entry.name not in known | {MANIFEST} and not _LEFT_BY_FILE_MANAGERS.fullmatch(entry.name)
    )


def _checked(file: Path, described: Mapping[str, Any]) -> bytes:
    size, digest = described["bytes"], described["sha256"]
    if file.is_symlink():
        raise _changed(file, {"found": "a link, where a file was saved"})
    if not file.is_file() or file.stat().st_size != size:
        found = file.stat().st_size if file.is_file() else 0
        raise _changed(file, {"bytes": found, "expected_bytes": size})
    content = file.read_bytes()
    found_digest = hashlib.sha256(content).hexdigest()
    if found_digest != digest:
        raise _changed(file, {"sha256": found_digest, "expected_sha256": digest})
    return content


def _changed(file: Path, facts: dict[str, Any]) -> ArtefactError:
    return ArtefactError(
        "A file of the model was changed or cut short since it was saved.",
        facts={"file": str(file), **facts},
        remedy="Copy the model again from where it was made, or train it anew.",
    )


def _read_manifest(folder: Path) -> dict[str, dict[str, Any]]:
    """What the manifest says about each file."""
    file = Path(folder) / MANIFEST
    if not file.is_file():
        raise ArtefactError(
            "There is no model in this folder.",
            facts={"folder": str(folder), "missing": MANIFEST},
            remedy="Name the folder that `galena model train --out` has written.",
        )
    broken = ArtefactError("The model's manifest cannot be read.", facts={"file": str(file)})
    if file.stat().st_size > MOST_BYTES // 1000:
        raise broken
    try:
        manifest = json.loads(file.read_bytes())
    except ValueError as error:
        raise broken from error
    if not isinstance(manifest, dict) or not isinstance(manifest.get("files"), dict):
        raise broken
    if manifest.get("format") != FORMAT:
        raise ArtefactError(
            "The model has another format version.",
            facts={"file": str(file), "format": manifest.get("format"), "readable": FORMAT},
            remedy="Use the version of Galena that wrote it, or train it anew.",
        )
    files: dict[str, dict[str, Any]] = manifest["files"]
    if not {MODEL, ARRAYS} <= set(files) or not all(map(_is_described, files.items())):
        raise broken
    return files


def _is_described(entry: tuple[str, Any]) -> bool:
    name, facts = entry
    return (
        _is_plain(name)
        and isinstance(facts, dict)
        and isinstance(facts.get("sha256"), str)
        and isinstance(facts.get("bytes"), int)
        and 0 <= facts["bytes"] <= MOST_BYTES
    )


def model_from_files(document: bytes, arrays: bytes) -> TabularModel:
    """The model that the contents of `model.json` and `arrays.safetensors` describe.

    Raises:
        GalenaError: they do not describe one.
    """
    from safetensors.numpy import load as arrays_from_bytes

    try:
        return model_of(json.loads(document), arrays_from_bytes(arrays))
    except (SafetensorError, ValidationError, KeyError, TypeError, ValueError, AttributeError) as error:
        raise ArtefactError(
            "The files of the model do not describe a model.",
            facts={"reason": f"{type(error).__name__}: {str(error)[:200]}"},
            remedy="Train it anew.",
        ) from error
