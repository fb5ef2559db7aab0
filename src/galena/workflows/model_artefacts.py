"""A model's files as one object: packed the same way always, and read back only when nothing in it changed."""

import io
import shutil
import tarfile
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from galena.domain.registered_model import RegisteredModel
from galena.kit.errors import GalenaError, InputError, UnavailableError
from galena.kit.logs import logger
from galena.kit.object_store import ObjectStore, checked_name, get_checked
from galena.stores import audit, notifications
from galena.workflows.context import Context

if TYPE_CHECKING:
    from galena.kit.tabular.model import TabularModel

log = logger("models")

SUFFIX = ".tar"
LARGEST_BYTES = 2_000_000_000
KEPT_MODELS = 8
"""Models kept ready in memory; each is some megabytes."""

ALERT_AGAIN_AFTER = timedelta(hours=1)
REFUSED = "refuse_model"
"""The action on the audit trail when an artefact cannot be used."""

_ready: "OrderedDict[str, TabularModel]" = OrderedDict()
_lock = threading.Lock()


def read_folder(folder: Path) -> "TabularModel":
    """The model in a folder, every file of it checked against its hash.

    Raises:
        GalenaError: a file is missing, changed or too many, or the format is another one.
    """
    from galena.kit.tabular.artefact import load

    return load(folder)


def pack(folder: Path) -> bytes:
    """The files of a folder as one archive; the same files give the same bytes.

    Raises:
        InputError: the folder is not there or holds nothing, something that is no file, or far too much.
    """
    if not folder.is_dir():
        raise InputError(
            f"there is no folder {folder}", remedy="Name the folder that `galena model train` wrote."
        )
    buffer, total = io.BytesIO(), 0
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_dir() and not path.is_symlink():
                continue
            name = path.relative_to(folder).as_posix()
            if path.is_symlink() or not path.is_file():
                raise InputError("a model's folder may hold plain files only", facts={"file": name})
            content = path.read_bytes()
            total += len(content)
            if total > LARGEST_BYTES:
                raise InputError("the folder is too large for a model's", facts={"folder": str(folder)})
            entry = tarfile.TarInfo(checked_name(name))
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    if total == 0:
        raise InputError(
            "the folder holds no model",
            facts={"folder": str(folder)},
            remedy="Name the folder that `galena model train` wrote.",
        )
    return buffer.getvalue()


def checked_pack(folder: Path) -> bytes:
    """The archive of a folder, of which it is known that a model can be read from it.

    Read from the archive and not from the folder, which could change in between.

    Raises:
        GalenaError: the folder holds no whole model.
    """
    content = pack(folder)
    with tempfile.TemporaryDirectory(prefix="galena-model-") as name:
        unpack(content, Path(name))
        read_folder(Path(name))
    return content


def unpack(content: bytes, folder: Path) -> None:
    """Writes the files of an archive into a folder; nothing outside it, whatever the archive says.

    Raises:
        InputError: it holds something that is no plain file.
    """
    with tarfile.open(fileobj=io.BytesIO(content), mode="r:") as archive:
        for entry in archive:
            source = archive.extractfile(entry) if entry.isreg() else None
            if source is None:
                raise InputError("a model's archive may hold plain files only", facts={"entry": entry.name})
            path = folder / checked_name(entry.name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(source.read())


def fetch(context: Context, store: ObjectStore, model: RegisteredModel, folder: Path) -> None:
    """Writes the files of a registered model into a folder, when they are still what was registered.

    Raises:
        DamagedObjectError: the artefact was changed; an alert is raised, too.
        NotFoundError: it is not there; an alert is raised, too.
        UnavailableError: the object store does not answer.
    """
    with _refusals_told(context, model):
        unpack(get_checked(store, model.object_name, model.artefact_hash), folder)


def fetch_to_new(context: Context, store: ObjectStore, model: RegisteredModel, folder: Path) -> None:
    """Writes the files of a registered model into a new folder: all of them, or no folder.

    Raises:
        InputError: the folder is there already, or cannot be made.
        DamagedObjectError, NotFoundError, UnavailableError: as `fetch`.
    """
    if folder.exists():
        raise InputError(f"{folder} is there already.", remedy="Name a new folder for the model.")
    part = folder.absolute().with_name(f".{folder.name}.{uuid4().hex[:8]}.part")
    try:
        part.mkdir(parents=True)
        fetch(context, store, model, part)
        part.rename(folder)
    except OSError as fault:
        raise InputError(
            f"{folder} cannot be written.", facts={"complaint": fault.strerror or str(fault)}
        ) from fault
    finally:
        shutil.rmtree(part, ignore_errors=True)


def load_model(context: Context, store: ObjectStore, model: RegisteredModel) -> "TabularModel":
    """A registered model ready to predict; read and checked once per process, then kept in memory.

    Raises:
        DamagedObjectError: the artefact was changed; an alert is raised, too.
        NotFoundError: it is not there; an alert is raised, too.
        UnavailableError: the object store does not answer.
    """
    with _lock:
        if model.artefact_hash in _ready:
            _ready.move_to_end(model.artefact_hash)
            return _ready[model.artefact_hash]
    with tempfile.TemporaryDirectory(prefix="galena-model-") as name, _refusals_told(context, model):
        unpack(get_checked(store, model.object_name, model.artefact_hash), Path(name))
        loaded = read_folder(Path(name))
    with _lock:
        _ready[model.artefact_hash] = loaded
        while len(_ready) > KEPT_MODELS:
            _ready.popitem(last=False)
    return loaded


def forget_models() -> None:
    """Empties the memory of models, so that each is read and checked again."""
    with _lock:
        _ready.clear()


@contextmanager
def _refusals_told(context: Context, model: RegisteredModel) -> Iterator[None]:
    """Raises an alert for a model that cannot be used, and lets the error go on."""
    try:
        yield
    except UnavailableError:
        raise
    except GalenaError as fault:
        tell_refusal(context, model, fault)
        raise


def tell_refusal(context: Context, model: RegisteredModel, fault: GalenaError) -> None:
    """Tells the administrators that a model cannot be used, at most once an hour.

    In a transaction of its own: the one that met the fault may be about to fail.
    """
    subject = f"model:{model.id}"
    facts = {name: str(value) for name, value in fault.facts.items()}
    detail = {"model": model.name, "what": fault.what, "facts": facts}
    log.error("model_refused", workspace_id=context.workspace_id, model=model.name, what=fault.what)
    with context.session() as session:
        told = [entry for entry in audit.list_(session, subject=subject, limit=20) if entry.action == REFUSED]
        if told and context.clock() - told[0].at < ALERT_AGAIN_AFTER:
            return
        audit.record(session, REFUSED, subject, detail)
        notifications.notify(
            session,
            "error",
            "model_refused",
            subject,
            f"{model.name} cannot be used: {fault.what}",
            at=context.clock(),
            link="/models",
            detail={"model_id": str(model.id), **detail},
        )
