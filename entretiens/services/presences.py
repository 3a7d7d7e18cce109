"""Présent, absent, excusé (R26b)."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q

from candidatures.models import Candidature
from candidatures.rules import Etat, peut_passer
from candidatures.services import faire_passer_plusieurs
from candidatures.services.preinscriptions import suivi_du_demandeur
from comptes.models import Personne, Trace
from courriers.models import Courriel
from courriers.rules import EtatCourriel
from courriers.services import rappeler
from entretiens.emails import courriel_d_absence
from entretiens.models import Creneau, Entretien
from entretiens.rules.etats import LIBELLES_ETATS, EtatEntretien
from entretiens.rules.presences import pourquoi_pas_cette_presence
from entretiens.services.convocations import poster_ceux_qui_ont_une_adresse
from referentiel.rules.calendrier import Nature
from referentiel.rules.dates import INSECABLE, dire_heure, dire_instant, jour_de
from referentiel.rules.refus import Conflit, Refus
from referentiel.services import exiger_periode

CORRIGEABLES = frozenset({Etat.PLANIFIEE, Etat.CONVOQUEE, Etat.REALISEE, Etat.SEANCE_SUIVIE, Etat.ABSENTE})
RELAIS = (Etat.CONVOQUEE, Etat.ABSENTE)
PHRASES: dict[EtatEntretien, str] = {
    EtatEntretien.TENU: "Présence confirmée le {quand}.",
    EtatEntretien.ABSENT: "Absence à l’entretien du {quand}.",
    EtatEntretien.EXCUSE: "Entretien du {quand} à reporter : l’élève est à replanifier.",
}


@transaction.atomic
def saisir_les_presences(
    *,
    presences: Mapping[Entretien, EtatEntretien],
    vues: Mapping[Entretien, EtatEntretien | None] | None = None,
    par: Personne | None,
    le: datetime,
) -> int:
    """Note présences, absences et reports d'entretiens commencés ; rend le nombre de ceux qui changent.

    Une présence mène à « compte-rendu à transmettre », ou à « séance suivie » en collectif ; une absence prévient
    l'établissement d'origine ; un report remet l'élève à planifier. Une correction est possible tant que le
    compte-rendu n'est pas transmis. `vues` est ce que la page montrait : si quelqu'un d'autre a noté autre chose
    depuis, rien n'est écrasé (R42). Tout ou rien.

    Lève `PeriodeClose`, `Conflit` (`actuel` porte la présence en base) ou `Refus`.
    """
    candidatures = _verrouiller_les_candidatures(presences)
    entretiens = _verrouiller_les_entretiens(presences)
    for accueil in {e.creneau.seance.accueil_id: e.creneau.seance.accueil for e in entretiens}.values():
        exiger_periode(
            accueil.domaine.campagne, Nature.SAISIE_AVIS_ACCUEIL, etablissement_id=accueil.etablissement_id, le=le
        )
    voulues = {entretien.pk: etat for entretien, etat in presences.items()}
    changees = [entretien for entretien in entretiens if entretien.etat != voulues[entretien.pk]]
    lues = {entretien.pk: etat for entretien, etat in (vues or {}).items()}
    for entretien in changees:
        _exiger_ce_qui_etait_lu(entretien, candidatures[entretien.candidature_id], lues.get(entretien.pk), le)
        _exiger(entretien, candidatures[entretien.candidature_id], voulues[entretien.pk], le)
    for etat in (EtatEntretien.TENU, EtatEntretien.ABSENT, EtatEntretien.EXCUSE):
        concernes = [entretien for entretien in changees if voulues[entretien.pk] == etat]
        _noter(concernes, candidatures, etat, par, le)
    return len(changees)


def _verrouiller_les_candidatures(presences: Mapping[Entretien, EtatEntretien]) -> dict[int, Candidature]:
    lignes = (
        Candidature.objects.select_for_update(of=("self",), no_key=True)
        .select_related("eleve__etablissement")
        .filter(pk__in=[entretien.candidature_id for entretien in presences])
        .order_by("pk")
    )
    return {ligne.pk: ligne for ligne in lignes}


def _verrouiller_les_entretiens(presences: Mapping[Entretien, EtatEntretien]) -> list[Entretien]:
    """Prend les entretiens, puis leurs créneaux, que le compteur de places va toucher."""
    lignes = list(
        Entretien.objects.select_for_update(of=("self",))
        .select_related(
            "creneau__seance__accueil__domaine__campagne__regles",
            "creneau__seance__accueil__etablissement__academie",
        )
        .prefetch_related("creneau__seance__accueil__domaine__campagne__periodes")
        .filter(pk__in=[entretien.pk for entretien in presences])
        .order_by("pk")
    )
    creneaux = Creneau.objects.filter(pk__in=[ligne.creneau_id for ligne in lignes]).order_by("pk")
    list(creneaux.select_for_update(of=("self",), no_key=True).values_list("pk"))
    return lignes


def _exiger(entretien: Entretien, candidature: Candidature, vers: EtatEntretien, le: datetime) -> None:
    raison = pourquoi_pas_cette_presence(
        EtatEntretien(entretien.etat), vers, debut=entretien.periode.lower, le=le
    ) or pourquoi_figee(candidature)
    if raison:
        raise Refus(f"{candidature.eleve}{INSECABLE}: {raison[:1].lower()}{raison[1:]}")


def pourquoi_figee(candidature: Candidature) -> str | None:
    """Raison pour laquelle une présence ne se note ni ne se corrige plus, ou `None` (écran 6.5)."""
    if candidature.etat == Etat.RENDUE:
        return "Le compte-rendu est transmis, la présence ne se corrige plus."
    if Etat(candidature.etat) not in CORRIGEABLES:
        return f"Cette candidature est «{INSECABLE}{candidature.get_etat_display()}{INSECABLE}»."
    return None


def _exiger_ce_qui_etait_lu(
    entretien: Entretien, candidature: Candidature, lu: EtatEntretien | None, le: datetime
) -> None:
    if lu is None or entretien.etat == lu:
        return
    libelle = LIBELLES_ETATS[EtatEntretien(entretien.etat)]
    trace = Trace.objects.de(candidature).filter(fait="presence").first()
    qui, quand = (trace.auteur_nom, _dire_quand(trace.le, le)) if trace else ("Une autre personne", "")
    raise Conflit(
        f"{candidature.eleve}{INSECABLE}: {qui} a noté «{INSECABLE}{libelle}{INSECABLE}»{quand}.",
        {"presence": entretien.etat},
    )


def _dire_quand(instant: datetime, le: datetime) -> str:
    if jour_de(instant) == jour_de(le):
        return f" à {dire_heure(instant)}"
    return f" le {dire_instant(instant, annee=False)}"


def _noter(
    entretiens: Sequence[Entretien],
    candidatures: Mapping[int, Candidature],
    etat: EtatEntretien,
    par: Personne | None,
    le: datetime,
) -> None:
    if not entretiens:
        return
    _retenir_les_absences(entretiens)
    Entretien.objects.filter(pk__in=[entretien.pk for entretien in entretiens]).update(etat=etat)
    for collective in (False, True):
        groupe = [entretien for entretien in entretiens if entretien.creneau.seance.est_collective is collective]
        vers = _etat_de_la_candidature(etat, collective=collective)
        _faire_passer(groupe, candidatures, vers, PHRASES[etat], par, le)
    if etat is EtatEntretien.ABSENT:
        for entretien in entretiens:
            entretien.candidature = candidatures[entretien.candidature_id]
        _annoncer_les_absences(entretiens, le)


def _etat_de_la_candidature(etat: EtatEntretien, *, collective: bool) -> Etat:
    if etat is EtatEntretien.TENU:
        return Etat.SEANCE_SUIVIE if collective else Etat.REALISEE
    return Etat.ABSENTE if etat is EtatEntretien.ABSENT else Etat.INSCRITE


def _faire_passer(
    entretiens: Sequence[Entretien],
    candidatures: Mapping[int, Candidature],
    vers: Etat,
    phrase: str,
    par: Personne | None,
    le: datetime,
) -> None:
    """Fait passer les candidatures, par un état de relais quand l'écran 6.5 n'a pas de passage direct.

    Une candidature planifiée dont aucun courriel n'est parti se présente parfois quand même ; une présence
    corrigée en report passe par l'absence.
    """
    for relais in RELAIS:
        indirectes = [
            candidatures[e.candidature_id]
            for e in entretiens
            if not peut_passer(Etat(candidatures[e.candidature_id].etat), vers)
            and peut_passer(Etat(candidatures[e.candidature_id].etat), relais)
            and peut_passer(relais, vers)
        ]
        for candidature in indirectes:
            candidature.etat = relais
    directes = [entretien for entretien in entretiens if candidatures[entretien.candidature_id].etat != vers]
    if directes:
        faire_passer_plusieurs(
            candidatures=[candidatures[entretien.candidature_id] for entretien in directes],
            vers=vers,
            fait="presence",
            phrases=[phrase.format(quand=dire_instant(e.periode.lower)) for e in directes],
            par=par,
            le=le,
        )


def _retenir_les_absences(entretiens: Sequence[Entretien]) -> None:
    """Rappelle l'annonce d'une absence corrigée avant son départ."""
    corrigees = Q()
    for entretien in entretiens:
        if entretien.etat == EtatEntretien.ABSENT:
            corrigees |= Q(cle__startswith=f"absence:{entretien.code}:")
    if corrigees:
        attendent = Courriel.objects.select_for_update(of=("self",), skip_locked=True).filter(corrigees)
        rappeler(list(attendent.filter(etat=EtatCourriel.A_ENVOYER)))


def _annoncer_les_absences(entretiens: Sequence[Entretien], le: datetime) -> None:
    """Prévient les établissements d'origine, avec le temps de corriger un mauvais geste."""
    delai = timedelta(minutes=entretiens[0].creneau.seance.accueil.domaine.campagne.regles.delai_de_rappel)
    courriels = []
    for entretien in entretiens:
        demandeur, lien = suivi_du_demandeur(eleve=entretien.candidature.eleve, le=le)
        courriels.append(
            courriel_d_absence(entretien, le=le, part_le=le + delai, demandeur=demandeur, lien_de_suivi=lien)
        )
    poster_ceux_qui_ont_une_adresse(courriels, le=le)
