"""Ce qui se tient pendant qu'une convocation s'écrit, dans cet ordre : candidatures, entretiens, courriels.

Un courriel qui part tient sa ligne et attend les candidatures ; rien ici n'attend donc jamais une ligne de
courriel (`skip_locked`) : ce qui est tenu est en train de partir, et compte pour parti.
"""

from collections.abc import Iterable
from typing import Any

from candidatures.models import Candidature, CandidatureQuerySet
from courriers.models import Courriel
from courriers.rules import EtatCourriel
from entretiens.models import Entretien
from referentiel.models import Campagne, Etablissement


def verrouiller_les_candidatures(cles: Any) -> list[Candidature]:
    """Prend ces candidatures, par clé croissante."""
    return list(a_verrouiller(cles))


def a_verrouiller(cles: Any) -> CandidatureQuerySet:
    """Lecture qui verrouille ces candidatures, avec leur élève."""
    verrouillees = Candidature.objects.select_for_update(of=("self",), no_key=True).select_related("eleve")
    return verrouillees.filter(pk__in=cles).order_by("pk")


def verrouiller_les_entretiens(
    entretiens: Iterable[Entretien], etablissement: Etablissement, campagne: Campagne
) -> list[Entretien]:
    """Prend les candidatures, puis les entretiens qui restent à annoncer."""
    cles = [entretien.pk for entretien in entretiens]
    verrouiller_les_candidatures(Entretien.objects.filter(pk__in=cles).values("candidature"))
    return list(
        Entretien.objects.select_for_update(of=("self",), no_key=True)
        .de_l_accueil(campagne, etablissement.pk)
        .a_confirmer()
        .avec_lieu()
        .select_related("candidature__eleve")
        .filter(pk__in=cles)
        .order_by("pk")
    )


def prendre_ce_qui_attend(courriels: Any) -> list[Courriel]:
    """Verrouille les courriels encore en attente ; ceux que l'atelier tient déjà sont laissés."""
    cles = list(courriels.values_list("pk", flat=True))
    attendent = Courriel.objects.select_for_update(of=("self",), skip_locked=True)
    return list(attendent.filter(pk__in=cles, etat=EtatCourriel.A_ENVOYER).order_by("pk"))
