"""Le même geste pour plusieurs entretiens, d'un seul acte, qui s'annule pendant quelques minutes (écran A13).

Annuler une saisie rétablit ce qu'elle a changé, et cela seulement : la présence et l'état de chaque candidature, ou le
brouillon et les avis d'avant. Les courriels qu'elle a posés ne partent pas. C'est tout ou rien : si l'un est déjà
parti, ou si quelqu'un a écrit depuis, rien n'est annulé et la phrase dit pour quel élève.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Q

from avis.emails import cle_de_l_annonce, cle_de_la_formation_ajoutee, depart_de_l_annonce
from avis.models import AvisAccueil, CompteRendu, Fiche, LigneGroupee, SaisieGroupee, SuiteAffelnet
from avis.services.comptes_rendus import transmettre
from avis.services.dossier import Dossier, exiger_la_saisie, ouvrir
from candidatures.models import Candidature
from candidatures.rules import Etat
from candidatures.services import faire_passer
from comptes.models import Personne
from comptes.services import consigner
from courriers.models import Courriel
from courriers.rules import EtatCourriel
from courriers.services import rappeler
from entretiens.models import Entretien
from entretiens.rules.etats import EtatEntretien
from entretiens.services import annuler_des_absences, saisir_les_presences
from referentiel.models import Campagne, Etablissement
from referentiel.rules.calendrier import Nature
from referentiel.rules.jeu import Avis
from referentiel.rules.refus import Conflit, PeriodeClose, Refus
from referentiel.services import exiger_periode


@transaction.atomic
def enregistrer_des_absences(
    *,
    entretiens: Sequence[Entretien],
    vues: Mapping[Entretien, EtatEntretien | None] | None = None,
    etablissement: Etablissement,
    campagne: Campagne,
    par: Personne,
    le: datetime,
) -> SaisieGroupee:
    """Note l'absence à plusieurs entretiens individuels (R26b, R28) ; l'origine l'apprend après le délai de rappel.

    `vues` est la présence que la page montrait : si quelqu'un en a noté une autre depuis, rien n'est écrasé (R42).
    Lève `PeriodeClose` ou `Refus` ; tout ou rien.
    """
    lus = _verrouiller(entretiens)
    avant = {e.candidature_id: {"entretien": e.etat, "candidature": e.candidature.etat} for e in lus}
    if deja := next((e for e in lus if e.etat == EtatEntretien.ABSENT), None):
        raise Refus(f"{deja.candidature.eleve}\u00a0: l’absence est déjà enregistrée.")
    saisir_les_presences(presences=dict.fromkeys(lus, EtatEntretien.ABSENT), vues=vues, par=par, le=le)
    lignes = [LigneGroupee(candidature_id=pk, avant=etats) for pk, etats in avant.items()]
    return _garder(SaisieGroupee.Nature.ABSENCES, lignes, etablissement, campagne, par, le)


@transaction.atomic
def ne_pas_se_prononcer(
    *,
    candidatures: Sequence[Candidature],
    texte: str,
    versions: Mapping[int, int],
    etablissement: Etablissement,
    campagne: Campagne,
    par: Personne,
    le: datetime,
) -> SaisieGroupee:
    """Transmet à plusieurs « Ne se prononce pas » pour toutes leurs formations, avec un compte-rendu commun (R27).

    `versions` donne, par candidature (clé primaire), la version du brouillon que la personne a vue et qu'elle
    remplace. Lève `PeriodeClose` ou `Refus` ; tout ou rien.
    """
    annonce_le = le + _delai(campagne)
    lignes = []
    for candidature in sorted(candidatures, key=lambda candidature: candidature.pk):
        dossier = ouvrir(candidature)
        avant = _avant(dossier)
        try:
            ecrit = transmettre(
                candidature=candidature,
                texte=texte,
                avis=dict.fromkeys(dossier.formations, Avis.NE_SE_PRONONCE_PAS),
                version=versions.get(candidature.pk, 0),
                par=par,
                le=le,
                annonce_le=annonce_le,
            )
        except PeriodeClose:
            raise
        except Conflit as conflit:
            raise Refus(
                f"{dossier.candidature.eleve}\u00a0: {conflit} Relisez sa version avant de la remplacer."
            ) from None
        except Refus as refus:
            raise Refus(f"{dossier.candidature.eleve}\u00a0: {refus}") from None
        lignes.append(LigneGroupee(candidature_id=candidature.pk, avant=avant, version=ecrit.version))
    return _garder(SaisieGroupee.Nature.SANS_AVIS, lignes, etablissement, campagne, par, le)


@transaction.atomic
def annuler_la_saisie_groupee(*, saisie: SaisieGroupee, par: Personne, le: datetime) -> SaisieGroupee:
    """Rétablit ce qu'une saisie groupée a changé, pendant le délai de rappel de la campagne (dix minutes).

    Ne fait rien si elle est déjà annulée. Lève `PeriodeClose`, ou `Refus` : délai passé, courriel parti, fiche remise,
    suite notée ou dossier changé depuis.
    """
    ligne = SaisieGroupee.objects.select_for_update(of=("self",)).get(pk=saisie.pk)
    exiger_periode(saisie.campagne, Nature.SAISIE_AVIS_ACCUEIL, etablissement_id=ligne.etablissement_id, le=le)
    if ligne.annulee_le:
        return ligne
    if le >= fin_de_l_annulation(ligne, saisie.campagne):
        raise Refus("Cette saisie ne s’annule plus\u00a0: le délai est passé. Corrigez chaque dossier.")
    lignes = list(ligne.lignes.select_related("candidature__eleve__etablissement").order_by("candidature"))
    if ligne.nature == SaisieGroupee.Nature.ABSENCES:
        _retablir_les_presences(lignes, depuis=ligne.le, par=par, le=le)
    else:
        for groupee in lignes:
            _retablir_le_brouillon(groupee, depuis=ligne.le, par=par, le=le)
        _retenir_les_annonces(saisie.campagne, lignes, ligne.le)
    ligne.annulee_par, ligne.annulee_le = par, le
    ligne.save(update_fields=["annulee_par", "annulee_le"])
    return ligne


def fin_de_l_annulation(saisie: SaisieGroupee, campagne: Campagne) -> datetime:
    """Instant exclu jusqu'auquel la saisie s'annule."""
    return saisie.le + _delai(campagne)


def _delai(campagne: Campagne) -> timedelta:
    return timedelta(minutes=campagne.regles.delai_de_rappel)


def _verrouiller(entretiens: Sequence[Entretien]) -> list[Entretien]:
    """Relit les entretiens, leurs candidatures tenues : l'état d'avant est celui qui va changer."""
    candidatures = Candidature.objects.filter(pk__in=[entretien.candidature_id for entretien in entretiens])
    list(candidatures.select_for_update(of=("self",), no_key=True).order_by("pk").values_list("pk"))
    lus = Entretien.objects.filter(pk__in=[entretien.pk for entretien in entretiens])
    return list(lus.select_related("candidature__eleve").order_by("pk"))


def _garder(
    nature: SaisieGroupee.Nature,
    lignes: Sequence[LigneGroupee],
    etablissement: Etablissement,
    campagne: Campagne,
    par: Personne,
    le: datetime,
) -> SaisieGroupee:
    if not lignes:
        raise Refus("Sélectionnez au moins un élève.")
    saisie = SaisieGroupee.objects.create(etablissement=etablissement, campagne=campagne, nature=nature, par=par, le=le)
    for ligne in lignes:
        ligne.saisie = saisie
    LigneGroupee.objects.bulk_create(lignes)
    return saisie


def _avant(dossier: Dossier) -> dict[str, Any]:
    """Le brouillon tel qu'il est ; vide s'il n'y en a pas."""
    actuel = dossier.compte_rendu
    if actuel is None:
        return {}
    return {
        "texte": actuel.texte,
        "etat": actuel.etat,
        "redige_par": actuel.redige_par_id,
        "redige_le": actuel.redige_le.isoformat(),
        "avis": {str(pk): str(valeur) for pk, valeur in dossier.gardes.items()},
    }


def _retablir_les_presences(lignes: Sequence[LigneGroupee], *, depuis: datetime, par: Personne, le: datetime) -> None:
    entretiens = Entretien.objects.en_vigueur().filter(candidature__in=[ligne.candidature_id for ligne in lignes])
    par_candidature = {entretien.candidature_id: entretien for entretien in entretiens}
    avant = {}
    for ligne in lignes:
        entretien = par_candidature.get(ligne.candidature_id)
        if entretien is None:
            raise Refus(
                f"{ligne.candidature.eleve}\u00a0: sa situation a changé depuis, son absence se corrige à part."
            )
        avant[entretien] = (EtatEntretien(ligne.avant["entretien"]), Etat(ligne.avant["candidature"]))
    annuler_des_absences(avant=avant, depuis=depuis, par=par, le=le)


def _retablir_le_brouillon(ligne: LigneGroupee, *, depuis: datetime, par: Personne, le: datetime) -> None:
    dossier = ouvrir(ligne.candidature)
    exiger_la_saisie(dossier, Nature.SAISIE_AVIS_ACCUEIL, le)
    actuel, eleve = dossier.compte_rendu, dossier.candidature.eleve
    if actuel is None or not actuel.est_transmis or actuel.version != ligne.version:
        raise Refus(f"{eleve}\u00a0: le compte-rendu a changé depuis, il se corrige à part.")
    if Fiche.objects.filter(eleve=eleve, remise_le__gte=depuis).exists():
        raise Refus(f"{eleve}\u00a0: une fiche récapitulative a été remise depuis, le compte-rendu se corrige à part.")
    suites = SuiteAffelnet.objects.filter(formation_demandee__in=dossier.formations)
    if suites.filter(Q(confirmee_le__gte=depuis) | Q(voeu_saisi_le__gte=depuis)).exists():
        raise Refus(f"{eleve}\u00a0: une suite a été notée depuis, le compte-rendu se corrige à part.")
    AvisAccueil.objects.filter(compte_rendu=actuel).delete()
    if ligne.avant:
        _reecrire(actuel, ligne.avant)
        consigner(objet=actuel, fait="transmission_annulee", phrase="Transmission annulée", par=par, le=le)
    else:
        actuel.delete()
    faire_passer(
        candidature=dossier.candidature,
        vers=Etat.REALISEE,
        fait="compte_rendu",
        phrase="Transmission du compte-rendu annulée par l’établissement d’accueil",
        par=par,
        le=le,
    )


def _reecrire(compte_rendu: CompteRendu, avant: Mapping[str, Any]) -> None:
    compte_rendu.texte, compte_rendu.etat = avant["texte"], avant["etat"]
    compte_rendu.redige_par_id = avant["redige_par"]
    compte_rendu.redige_le = datetime.fromisoformat(avant["redige_le"])
    compte_rendu.transmis_par, compte_rendu.transmis_le = None, None
    compte_rendu.version += 1
    compte_rendu.save()
    AvisAccueil.objects.bulk_create(
        AvisAccueil(compte_rendu=compte_rendu, formation_demandee_id=int(pk), valeur=valeur)
        for pk, valeur in avant["avis"].items()
    )


def _retenir_les_annonces(campagne: Campagne, lignes: Sequence[LigneGroupee], transmis_le: datetime) -> None:
    """Rappelle ce que plus aucun compte-rendu ne justifie ; l'annonce d'un autre compte-rendu du matin reste."""
    depart = depart_de_l_annonce(campagne, transmis_le)
    cles = set()
    for ligne in lignes:
        origine = ligne.candidature.eleve.etablissement
        autres = CompteRendu.objects.de_la_campagne(campagne).transmis()
        dates = autres.filter(candidature__eleve__etablissement=origine).values_list("transmis_le", flat=True)
        seule = not any(depart_de_l_annonce(campagne, date) == depart for date in dates)
        if seule or not origine.messagerie.strip():
            cles.add(cle_de_l_annonce(ligne.candidature, depart))
        ajoutees = ligne.candidature.formations_demandees.filter(ajoutee_a_l_entretien=True)
        cles |= {cle_de_la_formation_ajoutee(demande) for demande in ajoutees}
    attendent = Courriel.objects.select_for_update(of=("self",)).filter(cle__in=cles)
    courriels = [courriel for courriel in attendent.order_by("pk") if courriel.etat != EtatCourriel.RAPPELE]
    if not rappeler(courriels):
        raise Refus("Un courriel est déjà parti\u00a0: cette saisie ne s’annule plus. Corrigez chaque dossier.")
