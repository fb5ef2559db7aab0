"""The description that lies beside a connector's code."""

from functools import cache
from pathlib import Path

from galena.connectors.rest.description import Description
from galena.kit.yaml_positions import read_yaml


@cache
def description_beside(code: str) -> Description:
    """`source.yaml` in the folder of a module, named by its `__file__`.

    Raises:
        ValidationError: it is no description; the suite of contracts reads every shipped one.
    """
    return Description.model_validate(read_yaml(Path(code).with_name("source.yaml").read_text("utf-8")).data)
