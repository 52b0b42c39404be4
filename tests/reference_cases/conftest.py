"""Cases on paths are run on both engines, as those of the simulation are."""

from tests.simulation.conftest import each_engine

__all__ = ["each_engine"]
