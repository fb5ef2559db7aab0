"""What Alembic runs: the revisions, on the connection (and in the transaction) it is handed."""

from alembic import context

from galena.stores.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
