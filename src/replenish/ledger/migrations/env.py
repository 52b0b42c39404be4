"""How Alembic runs the steps: on the connection that `replenish.ledger.migrate` hands over."""

from alembic import context

from replenish.ledger.tables import metadata

if hasattr(context, "config"):  # only while Alembic runs; others that import all modules find nothing to do
    context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
    with context.begin_transaction():
        context.run_migrations()
