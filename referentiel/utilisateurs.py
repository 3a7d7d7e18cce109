"""Les personnes d'une académie, telles que le SAIO les cherche (écran S9)."""

from typing import Any

from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet

from comptes.models import Personne
from referentiel.models import Academie, Etablissement, Invitation, Rattachement
from referentiel.permissions import Perimetre


def de_l_academie(academie: Academie) -> QuerySet[Personne]:
    """Personnes qui ont une place dans l'académie, avec leurs places d'ici ; celles d'ailleurs ne se montrent pas."""
    ici = places_de_l_academie(academie)
    visibles = Personne.objects.filter(Exists(ici.filter(personne=OuterRef("pk"))), is_superuser=False)
    avec_places = ici.select_related("etablissement", "academie").order_by("pk")
    return visibles.prefetch_related(Prefetch("rattachements", avec_places, to_attr="places"))


def chercher(personnes: QuerySet[Personne], academie: Academie, texte: str, role: str) -> QuerySet[Personne]:
    """Chaque mot se cherche dans le nom, le courriel, et l'établissement ou son code."""
    for mot in texte.split()[:6]:
        trouves = Etablissement.objects.filter(academie=academie).cherche(mot)
        places = Rattachement.objects.filter(personne=OuterRef("pk"), etablissement__in=trouves)
        personnes = personnes.filter(
            Q(nom__icontains=mot) | Q(prenom__icontains=mot) | Q(courriel__icontains=mot) | Q(Exists(places))
        )
    if role:
        personnes = personnes.filter(Exists(places_de_l_academie(academie).filter(personne=OuterRef("pk"), role=role)))
    return personnes


def places_de_l_academie(academie: Academie) -> QuerySet[Rattachement]:
    return Rattachement.objects.filter(Q(etablissement__academie=academie) | Q(academie=academie))


def invitations_de(academie: Academie) -> QuerySet[Invitation]:
    """Celles qui attendent ou ont expiré, la plus récente d'abord."""
    sans_suite = Invitation.objects.sans_suite().de_l_academie(academie).avec_l_invitant()
    return sans_suite.select_related("etablissement", "academie", "invitee_par")


def peut_tenir_le_compte(perimetre: Perimetre, personne: Personne) -> bool:
    """Le SAIO répond du compte de qui n'a de place que chez lui ; des autres, l'administration générale (T3, T7)."""
    academies = perimetre.academies_administrees
    ailleurs: Any = personne.rattachements.exclude(  # type: ignore[attr-defined]
        Q(etablissement__academie__in=academies) | Q(academie__in=academies)
    )
    return bool(academies) and not personne.is_superuser and not ailleurs.exists()
