"""What MLflow calls to load an exported model: `mlflow.pyfunc.load_model("models:/galena-booked/3")`.

MLflow notes this module's name in the exported model. The model itself is Galena's own files, read and checked as
everywhere; nothing is unpickled. Needs Galena where it is loaded.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from galena.workflows import model_artefacts

if TYPE_CHECKING:
    from galena.kit.tabular.model import TabularModel


class LoadedModel:
    """A model as MLflow asks it."""

    def __init__(self, model: "TabularModel") -> None:
        self._model = model

    def predict(self, table: Any, params: dict[str, Any] | None = None) -> Any:  # noqa: ARG002
        """Probability, low, high and confidence of each row, in order, as a pandas frame.

        Args:
            table: a frame of pandas or Polars, or what Polars makes one of: columns as in training, in any order.
            params: not used; MLflow hands it over.
        """
        import pandas as pd

        frame = pl.from_pandas(table) if isinstance(table, pd.DataFrame) else pl.DataFrame(table)
        found = self._model.predict(frame)
        names = ("probability", "low", "high", "confidence")
        return pd.DataFrame({name: getattr(found, name) for name in names})


def _load_pyfunc(path: str) -> LoadedModel:
    """MLflow's entry: the model in the folder it has copied here."""
    return LoadedModel(model_artefacts.read_folder(Path(path)))
