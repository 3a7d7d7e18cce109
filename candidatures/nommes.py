"""Ceux qu'un document nomme, tels qu'ils ont été lus (R40)."""

from collections.abc import Iterable
from functools import partial

from candidatures.models import Eleve
from courriers.imprimes import PERSONNE, Nommes


def nommes(eleves: Iterable[Eleve]) -> Nommes:
    """Effacer un élève, ou anonymiser sa campagne, tire un autre code : celui d'avant dit qu'il a été lu avant."""
    codes = {eleve.pk: eleve.code for eleve in eleves}
    return Nommes(frozenset(codes), partial(_ont_ces_codes, codes)) if codes else PERSONNE


def _ont_ces_codes(codes: dict[int, str]) -> bool:
    return dict(Eleve.objects.filter(pk__in=codes).values_list("pk", "code")) == codes
