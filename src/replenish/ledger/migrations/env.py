"""How Alembic runs the steps: on the connection that `replenish.ledger.database` hands over."""

from alembic import context

from replenish.ledger.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
with context.begin_transaction():
    context.run_migrations()
