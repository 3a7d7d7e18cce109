"""Ce qu'une demande acceptée écrit : l'établissement, l'élève et les avis du demandeur (R16, R21)."""

from datetime import datetime

from candidatures.models import Candidature, Eleve, PreInscription
from candidatures.preinscriptions import Demande, Demandeur, EleveSaisi, eleve_deja_inscrit
from candidatures.services.avis import saisir_l_avis
from candidatures.services.eleves import SaisieEleve, ajouter_un_eleve
from comptes.models import Personne
from comptes.services import consigner
from referentiel.models import Academie, Campagne, Etablissement
from referentiel.rules.identifiants import mettre_au_propre, pourquoi_pas_un_uai
from referentiel.rules.refus import Refus


def trouver_ou_creer(
    demandeur: Demandeur, uai: str, ligne: PreInscription, par: Personne, le: datetime
) -> Etablissement:
    """L'établissement de cet UAI, créé d'après la demande s'il est inconnu. Lève `Refus` sans UAI juste."""
    propre = mettre_au_propre(uai)
    if not propre:
        raise Refus("Choisissez l’établissement, ou donnez son code UAI.")
    if raison := pourquoi_pas_un_uai(propre):
        raise Refus(raison)
    if connu := Etablissement.objects.connu_sous(propre).first():
        return connu
    etablissement = Etablissement(
        uai=propre,
        nom=demandeur.nom,
        type=demandeur.libelle_du_type[:40],
        secteur="Privé" if demandeur.type == "hors_contrat" else "Public",
        contrat="Hors contrat" if demandeur.type == "hors_contrat" else "",
        academie=_academie_de(propre, ligne.campagne),
        departement=propre[:3],
        commune=demandeur.ville,
        telephone=demandeur.telephone,
    )
    etablissement.save(force_insert=True)
    phrase = f"Établissement créé par la demande {ligne.reference}."
    consigner(objet=etablissement, fait="creation", phrase=phrase, par=par, le=le, apres={"uai": propre})
    return etablissement


def _academie_de(uai: str, campagne: Campagne) -> Academie:
    """L'académie du département de l'UAI, si elle est dans l'installation ; sinon celle de la campagne."""
    return Academie.objects.filter(departements__contains=[uai[:3]]).first() or campagne.academie


def trouver_ou_ajouter(
    saisi: EleveSaisi, etablissement: Etablissement, ligne: PreInscription, par: Personne, le: datetime
) -> Eleve:
    """L'élève de la demande, ajouté s'il est nouveau. Lève `Refus` s'il est déjà inscrit, ou sans naissance."""
    deja = eleve_deja_inscrit(saisi, ligne.campagne)
    if deja and _vient_du_meme_demandeur(deja, etablissement, ligne):
        deja.campagne = ligne.campagne
        return deja
    if deja and (deja.etablissement_id == etablissement.pk or (saisi.ine and deja.ine == saisi.ine)):
        raise Refus("Cet élève est déjà inscrit dans l’académie.")
    if saisi.naissance is None:
        raise Refus("La date de naissance manque\u00a0: demandez un complément.")
    saisie = SaisieEleve(
        nom=saisi.nom,
        prenom=saisi.prenom,
        date_de_naissance=saisi.naissance,
        classe=saisi.classe,
        niveau=saisi.niveau,
        ine=saisi.ine,
        referent_nom=saisi.referent_nom,
        referent_courriel=saisi.referent_courriel,
    )
    return ajouter_un_eleve(
        etablissement=etablissement,
        campagne=ligne.campagne,
        saisie=saisie,
        par=par,
        le=le,
        demande_le=ligne.recue_le,
    )


def _vient_du_meme_demandeur(eleve: Eleve, etablissement: Etablissement, ligne: PreInscription) -> bool:
    """Sans cela, un lien personnel ouvrirait à un inconnu le dossier d'un élève que son établissement suit (R37)."""
    acceptees = PreInscription.objects.filter(eleve=eleve, etat=PreInscription.Etat.ACCEPTEE, courriel=ligne.courriel)
    return eleve.etablissement_id == etablissement.pk and acceptees.exists()


def reporter_les_avis(
    ligne: PreInscription, demande: Demande, candidatures: list[Candidature], par: Personne, le: datetime
) -> None:
    """Écrit les avis du demandeur ; qui les a donnés se lit dans l'historique de chaque candidature (R16, R39)."""
    for candidature in candidatures:
        reportes = {}
        for demandee in candidature.formations_maintenues:
            avis, commentaire = demande.avis_sur(demandee.formation)
            if demandee.avis_complet or not (avis or commentaire):
                continue
            demandee.candidature = candidature
            saisir_l_avis(
                formation_demandee=demandee,
                avis=avis,
                commentaire=commentaire,
                version=demandee.version,
                par=par,
                le=le,
            )
            reportes[demandee.formation.intitule] = avis
        if reportes:
            qui = f"{demande.demandeur.signature} ({demande.demandeur.nom})"
            consigner(
                objet=candidature,
                fait="avis_de_la_preinscription",
                phrase=f"Avis et commentaires donnés par {qui} dans la demande {ligne.reference}."[:300],
                par=par,
                le=le,
                apres={"reference": ligne.reference, "donnes_par": qui, "avis": reportes},
            )
