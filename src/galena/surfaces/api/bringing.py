"""Who may bring records, signals and files in: the people who run the workspace, counted by the second."""

from typing import Annotated

from fastapi import Depends

from galena.domain.access import Scope
from galena.surfaces.api.caller import Caller
from galena.surfaces.api.workplace import of_workspace

Bringer = Annotated[Caller, Depends(of_workspace(Scope.INGEST))]
Spender = Annotated[Caller, Depends(of_workspace(Scope.SPEND))]
