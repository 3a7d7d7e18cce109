"""Demander un autre créneau, l'accorder, le refuser (écrans O8 et A8)."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction

from candidatures.emails import annoncer_un_creneau_refuse, annoncer_une_demande_de_creneau
from candidatures.horaires import entretien_fixe
from candidatures.models import Candidature, DemandeDeCreneau
from candidatures.rules import ENTRETIEN_A_VENIR, Etat
from candidatures.services.avis import exiger_une_etape
from candidatures.services.etats import faire_passer
from candidatures.services.verrous import verrouiller_la_candidature, verrouiller_pour_l_origine
from candidatures.signals import candidature_retiree
from comptes.models import Personne
from comptes.services import consigner, consigner_plusieurs
from referentiel.rules.dates import INSECABLE
from referentiel.rules.refus import Refus
from referentiel.services import contraintes_dites

EN_ATTENTE = DemandeDeCreneau.Etat.EN_ATTENTE


@contraintes_dites()
def demander_un_creneau(
    *, candidature: Candidature, motif: str, message: str = "", par: Personne, le: datetime
) -> DemandeDeCreneau:
    """Demande à l'établissement d'accueil un autre créneau pour un élève convoqué ou absent (écran O8).

    Un élève absent redevient à planifier (écran 6.5) ; un élève convoqué garde son entretien jusqu'à la réponse.
    Lève `PeriodeClose`, ou `Refus` si rien n'est annoncé, si l'entretien a commencé ou si une demande attend déjà.
    """
    ligne = verrouiller_pour_l_origine(candidature)
    exiger_une_etape(ligne.domaine.campagne, ligne.eleve.etablissement_id, le)
    etait_absente = ligne.etat == Etat.ABSENTE
    if not etait_absente:
        _exiger_un_entretien_annonce(ligne, le)
    demande = DemandeDeCreneau.objects.create(
        candidature=ligne, motif=motif, message=" ".join(message.split()), par=par, demandee_le=le
    )
    phrase = _dire_la_demande(demande)
    if etait_absente:
        faire_passer(candidature=ligne, vers=Etat.INSCRITE, fait="creneau_demande", phrase=phrase, par=par, le=le)
        candidature_retiree.send(sender=Candidature, candidature=ligne, par=par, le=le)
    else:
        consigner(objet=ligne, fait="creneau_demande", phrase=phrase, par=par, le=le, apres={"motif": motif})
    annoncer_une_demande_de_creneau(demande=demande, le=le)
    return demande


@transaction.atomic(savepoint=False)
def accorder_les_creneaux(*, candidatures: Iterable[Candidature], par: Personne | None, le: datetime) -> None:
    """Note accordées les demandes en attente de candidatures qui viennent de changer de créneau.

    Les candidatures sont verrouillées par l'appelant ; la convocation qui suit prévient l'origine.
    """
    par_cle = {candidature.pk: candidature for candidature in candidatures}
    attendent = DemandeDeCreneau.objects.filter(candidature__in=par_cle, etat=EN_ATTENTE)
    accordees = list(attendent.values_list("candidature", flat=True))
    if not accordees:
        return
    attendent.update(etat=DemandeDeCreneau.Etat.ACCEPTEE, reglee_le=le)
    phrases = [(par_cle[cle], "Autre créneau accordé.") for cle in accordees]
    consigner_plusieurs(phrases=phrases, fait="creneau_accorde", par=par, le=le)


@transaction.atomic
def refuser_un_creneau(
    *, demande: DemandeDeCreneau, reponse: str, par: Personne | None, le: datetime
) -> DemandeDeCreneau:
    """Maintient l'entretien prévu et donne la raison à l'établissement d'origine.

    Lève `PeriodeClose`, ou `Refus` sans raison, si la demande est réglée, ou si l'élève n'a plus d'entretien.
    """
    if not reponse.strip():
        raise Refus("Donnez la raison : l’établissement d’origine la lira.")
    candidature = verrouiller_la_candidature(demande.candidature)
    exiger_une_etape(candidature.domaine.campagne, candidature.accueil.etablissement_id, le)
    ligne = DemandeDeCreneau.objects.select_for_update(of=("self",), no_key=True).get(pk=demande.pk)
    if ligne.etat != EN_ATTENTE:
        raise Refus("Cette demande est déjà réglée.")
    if candidature.etat not in ENTRETIEN_A_VENIR:
        raise Refus("Cet élève n’a plus d’entretien prévu : planifiez-le plutôt que de refuser.")
    ligne.etat, ligne.reponse, ligne.reglee_le = DemandeDeCreneau.Etat.REFUSEE, reponse.strip()[:300], le
    ligne.save(update_fields=["etat", "reponse", "reglee_le"])
    ligne.candidature = candidature
    consigner(
        objet=candidature,
        fait="creneau_refuse",
        phrase=f"Autre créneau refusé, entretien maintenu. {ligne.reponse}"[:300],
        par=par,
        le=le,
        avant={"demande": EN_ATTENTE.value},
        apres={"demande": ligne.etat},
    )
    annoncer_un_creneau_refuse(demande=ligne, le=le)
    return ligne


def _exiger_un_entretien_annonce(candidature: Candidature, le: datetime) -> None:
    if candidature.etat != Etat.CONVOQUEE:
        raise Refus("Aucune convocation n’est encore arrivée pour cet élève : il n’y a pas de créneau à changer.")
    entretien = entretien_fixe(candidature.pk)
    if entretien is not None and entretien.debut <= le:
        raise Refus("L’entretien a commencé : l’établissement d’accueil note la présence.")


def _dire_la_demande(demande: DemandeDeCreneau) -> str:
    message = f" «{INSECABLE}{demande.message}{INSECABLE}»" if demande.message else ""
    return f"Autre créneau demandé{INSECABLE}: {demande.get_motif_display().lower()}.{message}"[:300]
