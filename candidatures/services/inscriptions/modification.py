"""Changer les formations demandées d'une candidature inscrite (écran O8)."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from candidatures.emails import annoncer_un_retrait
from candidatures.models import Candidature, FormationDemandee
from candidatures.rules import MODIFIABLES
from candidatures.services.avis import exiger_une_etape
from candidatures.services.inscriptions.choix import (
    a_commence,
    candidatures_actives,
    exiger_des_formations_demandables,
    exiger_un_choix_juste,
    pourquoi_pas_autant,
)
from candidatures.services.verrous import verrouiller_pour_l_origine
from comptes.models import Personne
from comptes.services import consigner
from referentiel.models import Formation
from referentiel.rules.calendrier import Nature
from referentiel.rules.refus import Refus
from referentiel.services import contraintes_dites, exiger_periode


@contraintes_dites()
def modifier_les_formations(
    *, candidature: Candidature, formations: Sequence[Formation], par: Personne | None, le: datetime
) -> Candidature:
    """Met les formations demandées d'une candidature inscrite d'accord avec `formations` (écran O8).

    Possible tant que l'entretien n'a pas commencé ; une formation redemandée retrouve son avis. Ajouter suit le
    calendrier des inscriptions ; retirer, celui des désistements (R4). L'accueil apprend ce qui est retiré.
    Lève `PeriodeClose`, ou `Refus` si la liste est vide, sort du catalogue ou dépasse la limite.
    """
    ligne = verrouiller_pour_l_origine(candidature)
    exiger_une_etape(ligne.domaine.campagne, ligne.eleve.etablissement_id, le)
    _exiger_qu_elle_se_modifie(ligne, le)
    if not formations:
        raise Refus("Gardez au moins une formation. Pour tout retirer, enregistrez un désistement.")
    demandees = list(
        FormationDemandee.objects.maintenues()
        .filter(candidature=ligne, ajoutee_a_l_entretien=False)
        .select_related("formation")
    )
    deja = {demande.formation_id for demande in demandees}
    retirees = [demande for demande in demandees if demande.formation not in formations]
    ajoutees = [formation for formation in formations if formation.pk not in deja]
    if ajoutees:
        _exiger_de_pouvoir_ajouter(ligne, formations, ajoutees, le)
        _redemander(ligne, ajoutees)
    if retirees:
        FormationDemandee.objects.filter(pk__in=[demande.pk for demande in retirees]).update(desistee_le=le)
    if ajoutees or retirees:
        _consigner_la_modification(ligne, demandees, formations, par, le)
    if retirees:
        noms = ", ".join(demande.formation.intitule for demande in retirees)
        fait = f"ne demande plus : {noms}"
        annoncer_un_retrait(candidature=ligne, accueil=ligne.accueil, fait=fait, entretien=None, le=le)
    return ligne


def _exiger_qu_elle_se_modifie(candidature: Candidature, le: datetime) -> None:
    if candidature.etat not in MODIFIABLES or a_commence(candidature, le):
        raise Refus("L’entretien a eu lieu, ou cette candidature est retirée : ses formations ne changent plus.")


def _exiger_de_pouvoir_ajouter(
    candidature: Candidature, formations: Sequence[Formation], ajoutees: Sequence[Formation], le: datetime
) -> None:
    eleve, campagne = candidature.eleve, candidature.domaine.campagne
    exiger_periode(campagne, Nature.INSCRIPTION, etablissement_id=eleve.etablissement_id, le=le)
    eleve.campagne, candidature.accueil.domaine = campagne, candidature.domaine
    choix = [(candidature.accueil, formations)]
    exiger_un_choix_juste(campagne.pk, choix)
    exiger_des_formations_demandables(ajoutees)
    autres = [autre for autre in candidatures_actives(eleve).values() if autre.pk != candidature.pk]
    if raison := pourquoi_pas_autant(eleve, choix, autres):
        raise Refus(raison)


def _redemander(candidature: Candidature, ajoutees: Sequence[Formation]) -> None:
    """Ajoute des formations ; celle qui avait été retirée revient avec son avis."""
    retirees = FormationDemandee.objects.filter(
        candidature=candidature, formation__in=ajoutees, desistee_le__isnull=False, ajoutee_a_l_entretien=False
    )
    dernieres = {demande.formation_id: demande.pk for demande in retirees.order_by("desistee_le", "pk")}
    FormationDemandee.objects.filter(pk__in=dernieres.values()).update(desistee_le=None)
    FormationDemandee.objects.bulk_create(
        FormationDemandee(candidature=candidature, formation=formation, domaine_id=candidature.domaine_id)
        for formation in ajoutees
        if formation.pk not in dernieres
    )


def _consigner_la_modification(
    candidature: Candidature,
    avant: Iterable[FormationDemandee],
    apres: Iterable[Formation],
    par: Personne | None,
    le: datetime,
) -> None:
    demandees, voulues = [d.formation.intitule for d in avant], [formation.intitule for formation in apres]
    consigner(
        objet=candidature,
        fait="formations_modifiees",
        phrase=f"Formations demandées : {', '.join(voulues)}."[:300],
        par=par,
        le=le,
        avant={"formations": demandees},
        apres={"formations": voulues},
    )
