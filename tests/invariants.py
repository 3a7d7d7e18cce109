"""Ce qu'aucune épreuve ne doit laisser derrière elle : un état impossible dans la base (F12)."""

from collections.abc import Iterator

import pytest

from passpro.invariants import INVARIANTS, chercher_les_ecarts, dire_les_ecarts


def etats_impossibles() -> list[str]:
    """Les invariants contredits, une phrase chacun ; rien si tous tiennent."""
    return dire_les_ecarts(chercher_les_ecarts(INVARIANTS))


@pytest.fixture
def invariants_tenus(transactional_db) -> Iterator[None]:
    """À demander par les épreuves de pannes et de courses : la base est relue à la fin de chacune."""
    yield
    assert etats_impossibles() == []


__all__ = ["etats_impossibles", "invariants_tenus"]
