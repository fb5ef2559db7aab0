"""Where a running server answers."""

from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

SOCKET_PORT = 5432
"""Only part of the socket's file name: nothing listens on the network."""

ROLE = "galena"
DATABASE = "galena"


@dataclass(frozen=True)
class ServerAddress:
    """How to reach a server through its socket.

    Attributes:
        socket_folder: the folder that holds the server's socket; only its owner can enter it.
        password: of the role `galena`, the server's owner.
        database: the database to open.
    """

    socket_folder: Path
    password: str = field(repr=False)
    database: str = DATABASE

    @property
    def url(self) -> str:
        """The address for psycopg and for SQLAlchemy; it holds the password, so never log it."""
        folder = quote(str(self.socket_folder), safe="")
        return (
            f"postgresql://{ROLE}:{quote(self.password, safe='')}@/{quote(self.database, safe='')}"
            f"?host={folder}&port={SOCKET_PORT}"
        )

    def with_database(self, database: str) -> "ServerAddress":
        """The same server, another database."""
        return ServerAddress(self.socket_folder, self.password, database)
