"""Retards, élèves sans entretien, formations ajoutées, temps passé : le reste du bilan."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db.models import Count, Exists, F, Min, OuterRef, Q, Sum
from django.db.models.functions import TruncDate

from avis.rules import EtatCompteRendu
from candidatures.models import FormationDemandee
from candidatures.rules import Etat
from entretiens.rules.etats import EtatEntretien
from pilotage.selectors.avancement import INSCRITES
from pilotage.selectors.suivi import Champ
from pilotage.selectors.suivi.chiffres import REALISEES, SITUATIONS
from referentiel.rules.dates import PARIS, jour_de
from referentiel.rules.identifiants import cle_de_recherche
from referentiel.rules.jeu import echeance_du_compte_rendu

# Retard d'un compte-rendu, en jours au-delà de son échéance ; la borne haute est comprise.
CLASSES_DE_RETARD: list[tuple[str, int]] = [
    ("Dans le délai", 0),
    ("1 à 3 jours de retard", 3),
    ("4 à 7 jours de retard", 7),
    ("Plus de 7 jours de retard", 10_000),
]
UNE_HEURE = timedelta(hours=1)


def retards(champ: Champ) -> dict[str, dict[str, int]]:
    """Entretiens individuels tenus, par classe de retard : combien sont transmis, combien attendent encore.

    La base groupe par jour d'entretien et jour de transmission ; l'échéance, qui connaît les jours fériés, se calcule
    une fois par jour d'entretien.
    """
    transmis = Q(candidature__compte_rendu__etat=EtatCompteRendu.TRANSMIS)
    groupes = (
        champ.entretiens()
        .filter(etat=EtatEntretien.TENU, candidature__etat__in=(Etat.REALISEE, Etat.RENDUE))
        .annotate(
            jour=TruncDate(F("periode__startswith"), tzinfo=PARIS),
            rendu=TruncDate("candidature__compte_rendu__transmis_le", tzinfo=PARIS),
        )
        .values("jour", "rendu")
        .annotate(transmis=Count("pk", filter=transmis), attendus=Count("pk", filter=~transmis))
    )
    comptes = {nom: {"transmis": 0, "attendus": 0} for nom, _ in CLASSES_DE_RETARD}
    for groupe in groupes:
        echeance = echeance_du_compte_rendu(groupe["jour"], champ.campagne.regles.delai_compte_rendu)
        for etat, fin in (("transmis", groupe["rendu"]), ("attendus", champ.jour)):
            if groupe[etat]:
                retard = max(0, (fin - echeance).days)
                classe = next(nom for nom, au_plus in CLASSES_DE_RETARD if retard <= au_plus)
                comptes[classe][etat] += groupe[etat]
    return comptes


def sans_entretien(champ: Champ) -> list[dict[str, Any]]:
    """Élèves inscrits que personne n'a encore convoqués, par domaine (R26)."""
    lignes = (
        champ.candidatures()
        .filter(situation__in=SITUATIONS["a_planifier"])
        .values(nom_du_domaine=F("domaine__nom"))
        .annotate(eleves=Count("eleve", distinct=True), plus_ancienne=Min("inscrite_le"))
    )
    return _ranges([ligne | {"plus_ancienne": jour_de(ligne["plus_ancienne"])} for ligne in lignes])


def formations_ajoutees(champ: Champ) -> list[dict[str, Any]]:
    """Par domaine : comptes-rendus transmis, ceux qui ajoutent une formation, ajouts, ajouts avec l'avis d'origine."""
    ajoutees = FormationDemandee.objects.maintenues().filter(candidature=OuterRef("pk"), ajoutee_a_l_entretien=True)
    rendues = champ.candidatures().filter(situation=Etat.RENDUE)
    lignes = rendues.values(nom_du_domaine=F("domaine__nom")).annotate(
        rendus=Count("pk", distinct=True),
        avec_ajout=Count("pk", distinct=True, filter=Exists(ajoutees.order_by())),
        ajoutees=Count("formations_demandees", filter=_AJOUTEE),
        avisees=Count("formations_demandees", filter=_AJOUTEE & ~Q(formations_demandees__avis="")),
    )
    return _ranges(lignes)


def _ranges(lignes: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(lignes, key=lambda ligne: cle_de_recherche(ligne["nom_du_domaine"]))


_AJOUTEE = Q(formations_demandees__ajoutee_a_l_entretien=True, formations_demandees__desistee_le__isnull=True)


def mobilisation(champ: Champ) -> dict[str, Any]:
    """Entretiens individuels tenus, leurs heures, séances collectives et jurys, en une requête.

    Une heure d'entretien est comptée une fois par jury, pas par personne du jury.
    """
    individuel = Q(candidature__etat__in=(Etat.REALISEE, Etat.RENDUE))
    tenus = champ.entretiens().filter(etat=EtatEntretien.TENU)
    duree = F("periode__endswith") - F("periode__startswith")
    lu = tenus.aggregate(
        entretiens=Count("pk", filter=individuel),
        duree=Sum(duree, filter=individuel),
        seances=Count("creneau__seance", distinct=True, filter=~individuel),
        etablissements=Count("creneau__seance__etablissement", distinct=True),
    )
    return lu | {"heures": round((lu["duree"] or timedelta()) / UNE_HEURE)}


def eleves(champ: Champ) -> dict[str, int]:
    """Élèves inscrits, ceux qui ont déjà eu un entretien ou suivi une séance, et leurs candidatures."""
    return (
        champ.candidatures()
        .values("pk", "eleve", "situation")
        .distinct()
        .aggregate(
            inscrits=Count("eleve", distinct=True, filter=Q(situation__in=INSCRITES)),
            entendus=Count("eleve", distinct=True, filter=Q(situation__in=REALISEES)),
            candidatures=Count("pk", filter=Q(situation__in=INSCRITES)),
        )
    )
