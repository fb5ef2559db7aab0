"""A mapping in a YAML file of its own, for a file that no playbook knows."""

from pathlib import Path

from pydantic import ValidationError
from ruamel.yaml import YAML

from galena.domain.playbook import Mapping
from galena.kit.errors import InputError
from galena.kit.yaml_positions import read_yaml
from galena.playbooks.problem import PlaybookError, Problem, shortened


def write_mapping(mapping: Mapping, file: Path) -> None:
    """Write a mapping as `read_mapping` reads it; what has its usual value is left out.

    Raises:
        InputError: the file cannot be written.
    """
    data = mapping.model_dump(mode="json", exclude_defaults=True)
    try:
        with file.open("w", encoding="utf-8") as stream:
            stream.write(
                "# How the columns of this source become fields. `column` names a column of the file.\n"
            )
            yaml = YAML(typ="safe", pure=True)
            yaml.default_flow_style = False
            yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]
            yaml.dump(data, stream)
    except OSError as fault:
        raise InputError(f"{file} cannot be written.", facts={"reason": str(fault)}) from fault


def read_mapping(file: Path) -> Mapping:
    """The mapping that a file holds, written like those in a playbook's `sources/`.

    Raises:
        InputError: the file cannot be read as text.
        PlaybookError: it has mistakes; each with its line.
    """
    try:
        text = file.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise InputError(f"{file} cannot be read.", facts={"reason": str(fault)}) from fault
    document = read_yaml(text)
    problems = [
        Problem(file.name, each.position.line, each.position.column, each.what, each.value, each.remedy)
        for each in document.mistakes
    ]
    if not problems:
        try:
            return Mapping.model_validate(document.data)
        except ValidationError as fault:
            for each in fault.errors(include_url=False):
                place = document.value_at(tuple(each["loc"]))
                where = ".".join(str(step) for step in each["loc"])
                what = f"{where}: {each['msg']}" if where else each["msg"]
                problems.append(Problem(file.name, place.line, place.column, what, shortened(each["input"])))
    raise PlaybookError(file.name, problems)
