"""Le résumé quotidien : ce qui attend chaque personne, en nombres, sans nom d'élève (écran 6.6)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet
from django.urls import reverse

from pilotage.rules import accorder, phrase_de_prochaine_echeance
from pilotage.selectors.taches import ACADEMIE, ACCUEIL, ORIGINE, Ou, Tache, compter
from referentiel.models import Campagne, Rattachement
from referentiel.permissions import Cote, Place, perimetre_de
from referentiel.rules.dates import jour_de
from referentiel.rules.noms import nommer

DATES = ("Avant", "Jusqu", "Aujourd")


@dataclass(frozen=True, slots=True)
class Resume:
    """Ce qui attend une personne à une de ses places, un jour."""

    cle: str
    destinataire: str
    uai: str
    lieu: str
    academie: str
    lignes: tuple[str, ...]
    echeance: str
    adresse: str

    @property
    def sujet(self) -> str:
        """« Passpro : 5 tâches pour le collège Jean-Moulin »."""
        return f"Passpro\u00a0: {accorder(len(self.lignes), 'tâche')} pour {self.lieu}"


def resumes_du_jour(campagne: Campagne, le: datetime, *, sauf: frozenset[str] = frozenset()) -> Iterator[Resume]:
    """Résumés des personnes que quelque chose attend, sans ceux dont la clé est dans `sauf`."""
    for rattachement in _rattachements(campagne):
        cle = f"resume:{jour_de(le).isoformat()}:{rattachement.pk}"
        if cle not in sauf and (resume := _resume(campagne, rattachement, cle, le)):
            yield resume


def _rattachements(campagne: Campagne) -> QuerySet[Rattachement]:
    """Places du SAIO et des établissements de l'académie, dont la personne n'a pas refusé le résumé."""
    au_saio = Q(role=Rattachement.Role.SAIO, academie=campagne.academie_id)
    dans_un_etablissement = Q(etablissement__academie=campagne.academie_id)
    return (
        Rattachement.objects.filter(au_saio | dans_un_etablissement)
        .filter(personne__is_active=True, personne__resume_quotidien=True)
        .select_related("personne", "etablissement")
        .order_by("pk")
    )


def _resume(campagne: Campagne, rattachement: Rattachement, cle: str, le: datetime) -> Resume | None:
    place = next((p for p in perimetre_de(rattachement.personne_id).places if _est_la_meme(p, rattachement)), None)
    if place is None:
        return None
    lignes = tuple(ligne for taches in _taches(place) for ligne in _lignes(taches, campagne, place, le))
    if not lignes:
        return None
    return Resume(
        cle=cle,
        destinataire=rattachement.personne.courriel,
        uai=place.uai,
        lieu=nommer(place.etablissement.nom) if place.etablissement else campagne.academie.nom_complet,
        academie=campagne.academie.nom_complet,
        lignes=lignes,
        echeance=phrase_de_prochaine_echeance(campagne.calendrier, _cote(place), le),
        adresse=_adresse(place),
    )


def _est_la_meme(place: Place, rattachement: Rattachement) -> bool:
    if rattachement.etablissement_id:
        return place.etablissement is not None and place.etablissement.pk == rattachement.etablissement_id
    return place.role == rattachement.role and place.academie.pk == rattachement.academie_id


def _taches(place: Place) -> list[list[Tache]]:
    if place.etablissement is None:
        return [ACADEMIE]
    return [taches for taches, la in ((ORIGINE, place.origine), (ACCUEIL, place.accueil)) if la]


def _lignes(taches: list[Tache], campagne: Campagne, place: Place, le: datetime) -> list[str]:
    """« 12 avis à saisir avant l'entretien (avant le 12 mars) »."""
    ou = Ou(campagne, place.etablissement.pk if place.etablissement else None, place, le)
    lignes = []
    for comptee in compter(taches, ou):
        quand = comptee.badge[0]
        date = f" ({quand[:1].lower()}{quand[1:]})" if quand.startswith(DATES) else ""
        lignes.append(f"{comptee.nombre} {comptee.libelle}{date}")
    return lignes


def _cote(place: Place) -> str:
    if place.etablissement is None:
        return "academie"
    return str(Cote.ORIGINE if place.origine else Cote.ACCUEIL)


def _adresse(place: Place) -> str:
    if place.etablissement is None:
        return reverse("pilotage:academie")
    return reverse(f"pilotage:a_faire_{_cote(place)}", args=[place.etablissement.segment])
