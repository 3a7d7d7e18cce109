"""Rédiger, transmettre et corriger un compte-rendu, avec ses avis (R27 à R30, R42)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from avis.emails import annoncer_la_correction, annoncer_la_formation_ajoutee, annoncer_les_comptes_rendus
from avis.lectures import formations_ajoutables
from avis.models import AvisAccueil, CompteRendu, avis_accueil_visibles
from avis.rules import (
    EtatCompteRendu,
    donne_un_retour,
    est_en_retard,
    pourquoi_pas_cet_avis,
    pourquoi_pas_transmettre,
)
from candidatures.models import Candidature, FormationDemandee
from candidatures.rules import Etat
from candidatures.services import faire_passer
from comptes.models import Personne
from comptes.services import consigner
from entretiens.models import Entretien
from entretiens.rules.etats import EtatEntretien
from referentiel.models import Campagne, Formation
from referentiel.rules.calendrier import Nature
from referentiel.rules.dates import dire_instant, jour_de
from referentiel.rules.jeu import LIBELLES_AVIS, LONGUEUR_COMPTE_RENDU, Avis, Modalite
from referentiel.rules.refus import Conflit, Refus
from referentiel.services import exiger_periode

AvisDonnes = Mapping[int, Avis | None]


@dataclass(frozen=True, slots=True)
class Dossier:
    """Une candidature verrouillée, ses formations, l'avis d'accueil gardé de chacune, son compte-rendu."""

    candidature: Candidature
    formations: dict[int, FormationDemandee]
    gardes: dict[int, Avis]
    compte_rendu: CompteRendu | None

    @property
    def campagne(self) -> Campagne:
        return self.candidature.domaine.campagne

    @property
    def permis(self) -> list[Avis]:
        return self.campagne.regles.avis_d_accueil_possibles

    @property
    def est_transmis(self) -> bool:
        return self.compte_rendu is not None and self.compte_rendu.est_transmis

    def avis_par_intitule(self, avis: AvisDonnes) -> dict[str, Avis | None]:
        return {demande.formation.intitule: avis.get(pk) for pk, demande in self.formations.items()}


@transaction.atomic
def enregistrer_le_brouillon(
    *,
    candidature: Candidature,
    texte: str,
    avis: AvisDonnes,
    version: int,
    par: Personne,
    le: datetime,
    a_relire: bool = False,
) -> CompteRendu:
    """Garde un compte-rendu en préparation, que l'origine ne voit pas (R30).

    `avis` va de la formation demandée (clé primaire) à l'avis, `None` pour l'effacer ; une formation absente de
    `avis` garde le sien. `version` est celle qui a été lue, 0 pour un premier texte ; `a_relire` soumet le texte
    au chef d'établissement. Lève `PeriodeClose`, `Conflit` ou `Refus`.
    """
    dossier = _ouvrir(candidature)
    _exiger_la_saisie(dossier, Nature.SAISIE_AVIS_ACCUEIL, le)
    if dossier.est_transmis:
        raise Refus("Ce compte-rendu est déjà transmis. Une correction le remplace, un brouillon non.")
    _exiger_un_entretien(dossier, le, commence_suffit=True)
    _exiger_la_version(dossier, version)
    _verifier(dossier, texte, avis)
    compte_rendu = _ecrire(
        dossier, texte, EtatCompteRendu.A_RELIRE if a_relire else EtatCompteRendu.BROUILLON, par=par, le=le
    )
    _ecrire_les_avis(dossier, compte_rendu, avis)
    if a_relire:
        consigner(
            objet=compte_rendu,
            fait="compte_rendu_a_relire",
            phrase="Compte-rendu soumis à la relecture du chef d’établissement",
            par=par,
            le=le,
        )
    return compte_rendu


@transaction.atomic
def ajouter_une_formation(
    *, candidature: Candidature, formation: Formation, avis: Avis | None, par: Personne, le: datetime
) -> FormationDemandee:
    """Ajoute une formation du domaine que l'élève n'avait pas demandée, avec son avis (R27).

    L'origine en est avertie dès qu'elle peut voir le compte-rendu, pas avant. La version du compte-rendu ne change
    pas. Lève `PeriodeClose` ou `Refus`.
    """
    dossier = _ouvrir(candidature)
    _exiger_la_saisie(dossier, Nature.FERMETURE if dossier.est_transmis else Nature.SAISIE_AVIS_ACCUEIL, le)
    _exiger_un_entretien(dossier, le, commence_suffit=not dossier.est_transmis)
    _verifier_l_ajout(dossier, formation, avis)
    demande = FormationDemandee.objects.create(
        candidature=dossier.candidature,
        formation=formation,
        domaine_id=formation.domaine_id,
        ajoutee_a_l_entretien=True,
    )
    compte_rendu = dossier.compte_rendu or CompteRendu.objects.create(
        candidature=dossier.candidature, redige_par=par, redige_le=le
    )
    if avis:
        AvisAccueil.objects.create(compte_rendu=compte_rendu, formation_demandee=demande, valeur=avis)
    consigner(
        objet=compte_rendu,
        fait="formation_ajoutee",
        phrase=f"{formation.intitule} ajoutée à l’entretien",
        par=par,
        le=le,
        apres={"avis": {formation.intitule: avis}},
    )
    if dossier.est_transmis:
        annoncer_la_formation_ajoutee(demande=demande, candidature=dossier.candidature, le=le)
    return demande


@transaction.atomic
def transmettre(
    *, candidature: Candidature, texte: str, avis: AvisDonnes, version: int, par: Personne, le: datetime
) -> CompteRendu:
    """Transmet à l'origine le compte-rendu et un avis par formation demandée (R27, R30).

    Mêmes `avis` et `version` que le brouillon. Un compte-rendu en retard reste possible tant que la période est
    ouverte ; son retard est consigné. Le droit du chef d'établissement est demandé à la porte.
    Lève `PeriodeClose`, `Conflit`, ou `Refus` : déjà transmis, séance collective (R29), absence (R28), présence non
    saisie, texte ou avis manquant, avis hors de l'échelle.
    """
    dossier = _ouvrir(candidature)
    _exiger_la_saisie(dossier, Nature.SAISIE_AVIS_ACCUEIL, le)
    if dossier.est_transmis:
        raise Refus("Ce compte-rendu est déjà transmis.")
    entretien = _exiger_un_entretien(dossier, le)
    _exiger_la_version(dossier, version)
    _exiger_un_envoi_complet(dossier, texte, avis)
    compte_rendu = _ecrire(dossier, texte, EtatCompteRendu.TRANSMIS, par=par, le=le)
    _ecrire_les_avis(dossier, compte_rendu, avis)
    _consigner_la_transmission(dossier, compte_rendu, entretien, avis, par=par, le=le)
    faire_passer(
        candidature=dossier.candidature,
        vers=Etat.RENDUE,
        fait="compte_rendu",
        phrase="Compte-rendu transmis par l’établissement d’accueil",
        par=par,
        le=le,
    )
    annoncer_les_comptes_rendus(candidature=dossier.candidature, le=le)
    for demande in dossier.formations.values():
        if demande.ajoutee_a_l_entretien:
            annoncer_la_formation_ajoutee(demande=demande, candidature=dossier.candidature, le=le)
    return compte_rendu


@transaction.atomic
def corriger(
    *, candidature: Candidature, texte: str, avis: AvisDonnes, version: int, par: Personne, le: datetime
) -> CompteRendu:
    """Remplace un compte-rendu transmis ; la version d'avant reste dans l'historique (R30).

    Possible jusqu'à la fermeture de la campagne. L'origine en est avertie si elle pouvait déjà le lire. Ne fait rien
    si rien ne change. Lève `PeriodeClose`, `Conflit` ou `Refus`.
    """
    dossier = _ouvrir(candidature)
    _exiger_la_saisie(dossier, Nature.FERMETURE, le)
    if not dossier.est_transmis or dossier.compte_rendu is None:
        raise Refus("Ce compte-rendu n’est pas encore transmis : il n’y a rien à corriger.")
    _exiger_la_version(dossier, version)
    _exiger_un_envoi_complet(dossier, texte, avis)
    avant, apres = _differences(dossier, texte, avis)
    if not apres:
        return dossier.compte_rendu
    compte_rendu = _ecrire(dossier, texte, EtatCompteRendu.TRANSMIS, par=par, le=le)
    _ecrire_les_avis(dossier, compte_rendu, avis)
    consigner(
        objet=compte_rendu,
        fait="compte_rendu_corrige",
        phrase="Compte-rendu corrigé",
        par=par,
        le=le,
        avant=avant,
        apres=apres,
    )
    faire_passer(
        candidature=dossier.candidature,
        vers=Etat.RENDUE,
        fait="compte_rendu_corrige",
        phrase="Compte-rendu corrigé par l’établissement d’accueil",
        par=par,
        le=le,
    )
    if avis_accueil_visibles(dossier.campagne, compte_rendu, le):
        annoncer_la_correction(compte_rendu=compte_rendu, candidature=dossier.candidature, le=le)
    return compte_rendu


def _ouvrir(candidature: Candidature) -> Dossier:
    """Verrouille la candidature : tout ce qui touche son compte-rendu passe par ce verrou (R42)."""
    ligne = (
        Candidature.objects.select_for_update(of=("self",))
        .select_related(
            "eleve__etablissement",
            "accueil__etablissement",
            "domaine__campagne__academie",
            "domaine__campagne__regles",
            "compte_rendu__redige_par",
        )
        .get(pk=candidature.pk)
    )
    demandes = ligne.formations_demandees.maintenues().select_related("formation", "avis_accueil")
    formations = {demande.pk: demande for demande in demandes}
    gardes = {
        pk: Avis(demande.avis_accueil.valeur) for pk, demande in formations.items() if hasattr(demande, "avis_accueil")
    }
    return Dossier(ligne, formations, gardes, getattr(ligne, "compte_rendu", None))


def _exiger_la_saisie(dossier: Dossier, nature: Nature, le: datetime) -> None:
    exiger_periode(dossier.campagne, nature, etablissement_id=dossier.candidature.accueil.etablissement_id, le=le)


def _exiger_un_entretien(dossier: Dossier, le: datetime, *, commence_suffit: bool = False) -> Entretien:
    """Entretien individuel tenu, ou seulement commencé pour un brouillon (R27, R28, R29)."""
    entretien = dossier.candidature.entretiens.en_vigueur().select_related("creneau__seance").first()
    if entretien and not donne_un_retour(Modalite(entretien.creneau.seance.modalite)):
        raise Refus("Les séances collectives ne donnent pas lieu à un compte-rendu.")
    if entretien and entretien.etat == EtatEntretien.ABSENT:
        raise Refus("L’élève ne s’est pas présenté à l’entretien : aucun avis ne peut être rendu.")
    if entretien and entretien.etat == EtatEntretien.TENU:
        return entretien
    if entretien and commence_suffit and entretien.periode.lower <= le:
        return entretien
    raise Refus("Saisissez d’abord la présence de l’élève à l’entretien.")


def _exiger_la_version(dossier: Dossier, version: int) -> None:
    actuel = dossier.compte_rendu
    if actuel is None or actuel.version == version:
        return
    gardes = dossier.avis_par_intitule(dossier.gardes)
    raise Conflit(
        f"{actuel.redige_par.nom_affiche} a modifié ce compte-rendu le {dire_instant(actuel.redige_le, annee=False)}.",
        {"Compte-rendu": actuel.texte}
        | {f"Avis pour {intitule}": LIBELLES_AVIS[avis] if avis else "" for intitule, avis in gardes.items()},
    )


def _exiger_un_envoi_complet(dossier: Dossier, texte: str, avis: AvisDonnes) -> None:
    _verifier(dossier, texte, avis)
    donnes = dossier.avis_par_intitule(dossier.gardes | dict(avis))
    if defauts := pourquoi_pas_transmettre(texte, donnes, dossier.permis):
        raise Refus(" ".join(defauts))


def _verifier(dossier: Dossier, texte: str, avis: AvisDonnes) -> None:
    if len(texte) > LONGUEUR_COMPTE_RENDU:
        raise Refus(f"Le compte-rendu compte {len(texte)} caractères ; {LONGUEUR_COMPTE_RENDU} au plus.")
    for pk, valeur in avis.items():
        if pk not in dossier.formations:
            raise Refus("Une formation ne fait plus partie de la candidature. Actualisez la page.")
        intitule = dossier.formations[pk].formation.intitule
        if valeur and (raison := pourquoi_pas_cet_avis(intitule, valeur, dossier.permis)):
            raise Refus(raison)


def _verifier_l_ajout(dossier: Dossier, formation: Formation, avis: Avis | None) -> None:
    if formation.domaine_id != dossier.candidature.domaine_id:
        raise Refus(f"{formation.intitule} n’est pas du domaine {dossier.candidature.domaine}.")
    if any(demande.formation_id == formation.pk for demande in dossier.formations.values()):
        raise Refus(f"{formation.intitule} fait déjà partie de la candidature.")
    if not formations_ajoutables(dossier.candidature).filter(pk=formation.pk).exists():
        raise Refus(f"{formation.intitule} est hors Passpro : aucun avis ne peut être rendu.")
    if avis and (raison := pourquoi_pas_cet_avis(formation.intitule, avis, dossier.permis)):
        raise Refus(raison)
    if avis is None and dossier.est_transmis:
        raise Refus(f"Choisissez un avis pour {formation.intitule}.")


def _ecrire(dossier: Dossier, texte: str, etat: EtatCompteRendu, *, par: Personne, le: datetime) -> CompteRendu:
    compte_rendu = dossier.compte_rendu or CompteRendu(candidature=dossier.candidature)
    if etat == EtatCompteRendu.TRANSMIS:
        if compte_rendu.est_transmis:
            compte_rendu.corrige_le = le
        else:
            compte_rendu.transmis_par, compte_rendu.transmis_le = par, le
    compte_rendu.texte, compte_rendu.etat = texte, etat
    compte_rendu.redige_par, compte_rendu.redige_le = par, le
    compte_rendu.version += 1
    compte_rendu.save()
    return compte_rendu


def _ecrire_les_avis(dossier: Dossier, compte_rendu: CompteRendu, avis: AvisDonnes) -> None:
    donnes = {pk: valeur for pk, valeur in avis.items() if valeur and dossier.gardes.get(pk) != valeur}
    effaces = [pk for pk, valeur in avis.items() if valeur is None and pk in dossier.gardes]
    if donnes:
        AvisAccueil.objects.bulk_create(
            [AvisAccueil(compte_rendu=compte_rendu, formation_demandee_id=pk, valeur=v) for pk, v in donnes.items()],
            update_conflicts=True,
            unique_fields=["formation_demandee"],
            update_fields=["valeur"],
        )
    if effaces:
        AvisAccueil.objects.filter(compte_rendu=compte_rendu, formation_demandee__in=effaces).delete()


def _consigner_la_transmission(
    dossier: Dossier,
    compte_rendu: CompteRendu,
    entretien: Entretien,
    avis: AvisDonnes,
    *,
    par: Personne,
    le: datetime,
) -> None:
    delai = dossier.campagne.regles.delai_compte_rendu
    en_retard = est_en_retard(jour_de(entretien.periode.lower), delai, transmis_le=le, le=le)
    consigner(
        objet=compte_rendu,
        fait="compte_rendu_transmis",
        phrase="Compte-rendu transmis en retard" if en_retard else "Compte-rendu transmis",
        par=par,
        le=le,
        apres={"avis": dossier.avis_par_intitule(dossier.gardes | dict(avis)), "en_retard": en_retard},
    )


def _differences(dossier: Dossier, texte: str, avis: AvisDonnes) -> tuple[dict[str, Any], dict[str, Any]]:
    """Ce qui change entre le compte-rendu gardé et le nouveau : avant, après."""
    assert dossier.compte_rendu is not None
    anciens = dossier.avis_par_intitule(dossier.gardes)
    nouveaux = dossier.avis_par_intitule(dossier.gardes | dict(avis))
    avant: dict[str, Any] = {}
    apres: dict[str, Any] = {}
    if dossier.compte_rendu.texte != texte:
        avant["texte"], apres["texte"] = dossier.compte_rendu.texte, texte
    if anciens != nouveaux:
        avant["avis"], apres["avis"] = anciens, nouveaux
    return avant, apres
