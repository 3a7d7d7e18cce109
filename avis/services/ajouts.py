"""Les formations que l'élève n'avait pas demandées et que l'entretien a fait naître (R27)."""

from datetime import datetime

from django.db import transaction

from avis.emails import annoncer_la_formation_ajoutee
from avis.lectures import formations_ajoutables
from avis.models import AvisAccueil, CompteRendu
from avis.rules import pourquoi_pas_cet_avis
from avis.services.dossier import Dossier, exiger_la_saisie, exiger_un_entretien, ouvrir
from candidatures.models import Candidature, FormationDemandee
from comptes.models import Personne
from comptes.services import consigner
from referentiel.models import Formation
from referentiel.rules.calendrier import Nature
from referentiel.rules.jeu import Avis
from referentiel.rules.refus import Refus


@transaction.atomic
def ajouter_une_formation(
    *, candidature: Candidature, formation: Formation, avis: Avis | None, par: Personne, le: datetime
) -> FormationDemandee:
    """Ajoute une formation du domaine que l'élève n'avait pas demandée, avec son avis (R27).

    L'origine en est avertie dès qu'elle peut voir le compte-rendu, pas avant. La version du compte-rendu ne change
    pas. Lève `PeriodeClose` ou `Refus`.
    """
    dossier = ouvrir(candidature)
    exiger_la_saisie(dossier, Nature.FERMETURE if dossier.est_transmis else Nature.SAISIE_AVIS_ACCUEIL, le)
    exiger_un_entretien(dossier, le, commence_suffit=not dossier.est_transmis)
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
def retirer_un_ajout(*, demande: FormationDemandee, par: Personne, le: datetime) -> None:
    """Retire une formation ajoutée par erreur, avec son avis, tant que l'origine n'en sait rien (R27).

    Ne fait rien si elle n'y est plus. Lève `PeriodeClose`, ou `Refus` si l'élève l'avait demandée ou si le
    compte-rendu est transmis.
    """
    dossier = ouvrir(demande.candidature)
    exiger_la_saisie(dossier, Nature.SAISIE_AVIS_ACCUEIL, le)
    ligne = dossier.formations.get(demande.pk)
    if ligne is None or dossier.compte_rendu is None:
        return
    intitule = ligne.formation.intitule
    if not ligne.ajoutee_a_l_entretien:
        raise Refus(f"L’élève a demandé {intitule}\u00a0: elle ne se retire pas ici.")
    if dossier.est_transmis:
        raise Refus(f"Le compte-rendu est transmis\u00a0: {intitule} ne se retire plus.")
    AvisAccueil.objects.filter(formation_demandee=ligne).delete()
    FormationDemandee.objects.filter(pk=ligne.pk).delete()
    consigner(
        objet=dossier.compte_rendu,
        fait="formation_retiree",
        phrase=f"{intitule}, ajoutée à l’entretien, retirée",
        par=par,
        le=le,
        avant={"avis": {intitule: dossier.gardes.get(ligne.pk)}},
    )


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
