"""Revenir sur des absences enregistrées par erreur, avant que personne n'en sache rien (écran A13)."""

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from candidatures.models import Candidature
from candidatures.rules import Etat
from candidatures.services import faire_passer_plusieurs
from comptes.models import Personne
from courriers.models import Courriel
from courriers.rules import EtatCourriel
from courriers.services import rappeler
from entretiens.models import Entretien
from entretiens.rules.etats import EtatEntretien
from referentiel.rules.calendrier import Nature
from referentiel.rules.refus import Refus
from referentiel.services import exiger_periode


@transaction.atomic
def annuler_des_absences(
    *, avant: Mapping[Entretien, tuple[EtatEntretien, Etat]], depuis: datetime, par: Personne, le: datetime
) -> int:
    """Rend à des entretiens et à leurs candidatures l'état qu'ils avaient avant une absence ; rend leur nombre.

    `avant` donne ces deux états, `depuis` l'instant où l'absence a été notée : son annonce est rappelée.
    Lève `PeriodeClose`, ou `Refus` si un courriel d'absence est parti ou si une candidature a changé depuis ; tout
    ou rien.
    """
    if not avant:
        return 0
    candidatures = _verrouiller(avant)
    entretiens = list(
        Entretien.objects.select_for_update(of=("self",))
        .select_related("creneau__seance__accueil__domaine__campagne__regles")
        .filter(pk__in=[entretien.pk for entretien in avant])
        .order_by("pk")
    )
    for accueil in {e.creneau.seance.accueil_id: e.creneau.seance.accueil for e in entretiens}.values():
        exiger_periode(
            accueil.domaine.campagne, Nature.SAISIE_AVIS_ACCUEIL, etablissement_id=accueil.etablissement_id, le=le
        )
    for entretien in entretiens:
        _exiger_qu_elle_tienne_encore(entretien, candidatures[entretien.candidature_id], depuis)
    _rappeler_les_annonces(entretiens, depuis)
    etats = {entretien.pk: etats for entretien, etats in avant.items()}
    par_etat: dict[Etat, list[Candidature]] = defaultdict(list)
    for entretien in entretiens:
        entretien.etat = etats[entretien.pk][0]
        par_etat[etats[entretien.pk][1]].append(candidatures[entretien.candidature_id])
    Entretien.objects.bulk_update(entretiens, ["etat"])
    for etat, groupe in par_etat.items():
        phrases = ["Absence annulée\u00a0: elle avait été enregistrée par erreur."] * len(groupe)
        faire_passer_plusieurs(candidatures=groupe, vers=etat, fait="presence", phrases=phrases, par=par, le=le)
    return len(entretiens)


def _verrouiller(avant: Mapping[Entretien, object]) -> dict[int, Candidature]:
    lignes = (
        Candidature.objects.select_for_update(of=("self",), no_key=True)
        .select_related("eleve__etablissement")
        .filter(pk__in=[entretien.candidature_id for entretien in avant])
        .order_by("pk")
    )
    return {ligne.pk: ligne for ligne in lignes}


def _exiger_qu_elle_tienne_encore(entretien: Entretien, candidature: Candidature, depuis: datetime) -> None:
    tient = entretien.etat == EtatEntretien.ABSENT and candidature.etat == Etat.ABSENTE
    if not tient or candidature.demandes_de_creneau.filter(demandee_le__gte=depuis).exists():
        raise Refus(f"{candidature.eleve}\u00a0: sa situation a changé depuis, son absence se corrige à part.")


def _rappeler_les_annonces(entretiens: list[Entretien], depuis: datetime) -> None:
    annonces = Q()
    for entretien in entretiens:
        annonces |= Q(cle__startswith=f"absence:{entretien.code}:")
    posees = Courriel.objects.select_for_update(of=("self",)).filter(annonces, poste_le__gte=depuis).order_by("pk")
    if not rappeler([courriel for courriel in posees if courriel.etat != EtatCourriel.RAPPELE]):
        raise Refus("Un courriel d’absence est déjà parti\u00a0: corrigez chaque présence à part.")
