"""Rappeler à l'établissement d'accueil les comptes-rendus dont le délai est passé (R27)."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Count, Min, Q

from avis.emails import RAPPEL, courriel_de_rappel
from avis.models import Relance
from avis.rules import JOURS_ENTRE_DEUX_RAPPELS
from avis.suivi import TENUS, en_retard, entretiens_individuels, presence_attendue
from courriers.models import Courriel
from courriers.services import est_une_adresse, poster_plusieurs
from entretiens.rules.etats import EtatEntretien
from entretiens.rules.rappels import est_l_heure_des_rappels
from referentiel.models import Campagne, Derogation, Etablissement, Rattachement
from referentiel.rules.calendrier import Nature
from referentiel.rules.dates import debut_du_jour, jour_de
from referentiel.rules.ouverture import Geste
from referentiel.services.verrous import prendre_si_libre

VERROU_DES_RAPPELS = 71_269 << 40


@dataclass(frozen=True, slots=True)
class Retard:
    """Ce qu'un établissement doit : combien, dont combien sans présence notée, depuis quel entretien."""

    nombre: int
    sans_presence: int
    premier: date


@transaction.atomic
def rappeler_les_retards(*, le: datetime) -> int:
    """Poste les rappels dus à l'instant `le` ; rend leur nombre.

    Un courriel à la messagerie fonctionnelle et à chaque chef d'établissement, les jours ouvrés à partir de sept
    heures, tant que la saisie est ouverte à cet établissement ; jamais deux fois en `JOURS_ENTRE_DEUX_RAPPELS`
    jours. La clé du courriel nomme le jour et le destinataire : relancée, la tâche ne poste rien de plus. Deux ne
    passent pas à la fois : la seconde ne fait rien.
    """
    if not est_l_heure_des_rappels(le) or not prendre_si_libre(VERROU_DES_RAPPELS):
        return 0
    envois = [envoi for campagne in Campagne.objects.avec_regles().ouvertes() for envoi in _rappels(campagne, le)]
    poster_plusieurs(envois, le=le)
    return len(envois)


def _rappels(campagne: Campagne, le: datetime) -> Iterator[dict[str, Any]]:
    retards = _retards(campagne, le)
    etablissements = Etablissement.objects.in_bulk(retards)
    deja = _rappeles_recemment(etablissements, le)
    delais = dict(
        Derogation.objects.filter(campagne=campagne, nature=Nature.SAISIE_AVIS_ACCUEIL).values_list(
            "etablissement", "jusqu_au"
        )
    )
    chefs = _chefs(retards)
    for cle, retard in retards.items():
        etablissement = etablissements[cle]
        delai = {Nature.SAISIE_AVIS_ACCUEIL: delais[cle]} if cle in delais else None
        if cle in deja or not campagne.ouverture(le, delai).du(Geste.REDIGER).ouverte:
            continue
        for qui, adresse in _destinataires(etablissement, chefs.get(cle, [])):
            yield courriel_de_rappel(
                campagne,
                etablissement,
                adresse,
                cle=f"retards:{campagne.pk}:{cle}:{jour_de(le).isoformat()}:{qui}",
                nombre=retard.nombre,
                sans_presence=retard.sans_presence,
                depuis=retard.premier,
            )


def _retards(campagne: Campagne, le: datetime) -> dict[int, Retard]:
    """Par établissement d'accueil, ce qui est en retard, présence notée ou non."""
    dus = entretiens_individuels(campagne).filter(en_retard(campagne, le), TENUS | presence_attendue(le))
    lignes = (
        dus.order_by()
        .values("candidature__accueil__etablissement")
        .annotate(
            nombre=Count("pk"),
            sans_presence=Count("pk", filter=Q(etat=EtatEntretien.PREVU)),
            premier=Min("periode__startswith"),
        )
    )
    return {
        ligne["candidature__accueil__etablissement"]: Retard(
            ligne["nombre"], ligne["sans_presence"], jour_de(ligne["premier"])
        )
        for ligne in lignes
    }


def _rappeles_recemment(etablissements: Mapping[int, Etablissement], le: datetime) -> set[int]:
    """Ceux à qui l'on a écrit depuis peu, de soi-même ou parce que le SAIO l'a demandé."""
    depuis = debut_du_jour(jour_de(le) - timedelta(days=JOURS_ENTRE_DEUX_RAPPELS - 1))
    rappels = Courriel.objects.filter(nature=RAPPEL, poste_le__gte=depuis).values_list("uai", flat=True)
    relances = Relance.objects.filter(
        motif=Relance.Motif.COMPTES_RENDUS, etablissement__in=etablissements, le__gte=depuis, rappelee_le__isnull=True
    )
    uais = set(rappels)
    rappeles = {cle for cle, etablissement in etablissements.items() if etablissement.uai in uais}
    return rappeles | set(relances.values_list("etablissement", flat=True))


def _chefs(etablissements: Mapping[int, Retard]) -> dict[int, list[tuple[str, str]]]:
    places = Rattachement.objects.filter(
        etablissement__in=etablissements, role=Rattachement.Role.CHEF, accueil=True, personne__is_active=True
    )
    chefs: dict[int, list[tuple[str, str]]] = {}
    for etablissement, personne, adresse in places.order_by("pk").values_list(
        "etablissement", "personne", "personne__courriel"
    ):
        chefs.setdefault(etablissement, []).append((str(personne), adresse))
    return chefs


def _destinataires(etablissement: Etablissement, chefs: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Messagerie fonctionnelle et chefs, chaque adresse une fois."""
    par_adresse = {adresse.lower(): (qui, adresse) for qui, adresse in reversed(chefs)}
    par_adresse[etablissement.messagerie.lower()] = ("messagerie", etablissement.messagerie)
    return [qui for qui in par_adresse.values() if est_une_adresse(qui[1])]
