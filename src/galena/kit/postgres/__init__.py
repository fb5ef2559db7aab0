"""An embedded PostgreSQL: `running_server(folder)` is the door."""

from galena.kit.postgres.address import ServerAddress
from galena.kit.postgres.supervisor import running_server

__all__ = ["ServerAddress", "running_server"]
