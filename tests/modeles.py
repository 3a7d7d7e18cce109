"""Compter ce qu'une page bâtit : une liste lit ses colonnes, elle ne bâtit pas les modèles de chaque ligne."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from django.db.models.signals import post_init

DES_LIGNES = frozenset({"candidatures", "entretiens", "avis"})


@contextmanager
def modeles_batis() -> Iterator[Counter[str]]:
    """Nombre d'objets de chaque modèle des candidatures, des entretiens et des avis que le bloc bâtit."""
    batis: Counter[str] = Counter()

    def noter(sender, **_):
        if sender._meta.app_label in DES_LIGNES:
            batis[sender.__name__] += 1

    post_init.connect(noter)
    try:
        yield batis
    finally:
        post_init.disconnect(noter)
