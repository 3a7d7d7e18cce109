"""Retirer une personne de l'équipe sans laisser ses élèves sans personne référente (R37, R38, écran C4)."""

from datetime import datetime

from django.db import transaction

from candidatures.equipe import eleves_suivis_par
from candidatures.models import Classe
from candidatures.services.classes import remplacer_le_referent_des_classes
from candidatures.services.eleves import affecter_un_referent
from comptes.models import Personne
from referentiel.models import Campagne, Rattachement
from referentiel.permissions import Cote
from referentiel.rules.calendrier import Nature
from referentiel.rules.refus import Refus
from referentiel.services import pourquoi_pas_maintenant
from referentiel.services.equipe import retirer_de_l_equipe


@transaction.atomic
def retirer_et_remplacer(
    *,
    place: Rattachement,
    cote: Cote,
    campagne: Campagne,
    remplacant: Rattachement | None,
    par: Personne,
    le: datetime,
) -> int:
    """Retire une personne de l'équipe ; `remplacant` suit désormais ses élèves, dont le nombre est rendu.

    Une campagne fermée garde la personne référente qu'elle avait (R1). Lève `Refus` s'il ne resterait plus de chef,
    ou si les élèves suivis n'ont pas de remplaçant.
    """
    suivis = _donner_les_eleves(place, campagne, remplacant, par, le) if cote is Cote.ORIGINE else 0
    retirer_de_l_equipe(place=place, cote=cote, par=par, le=le)
    return suivis


def _donner_les_eleves(
    place: Rattachement, campagne: Campagne, remplacant: Rattachement | None, par: Personne, le: datetime
) -> int:
    etablissement = place.etablissement
    assert etablissement is not None
    if pourquoi_pas_maintenant(campagne, Nature.FERMETURE, etablissement_id=etablissement.pk, le=le):
        return 0
    eleves = list(eleves_suivis_par(campagne, place))
    for eleve in eleves:
        eleve.campagne = campagne
    if eleves and (remplacant is None or remplacant.pk == place.pk):
        raise Refus(f"Choisissez qui remplace {place.personne} auprès de ses élèves.")
    nouveau = (remplacant.personne.nom_affiche, remplacant.personne.courriel) if remplacant else ("", "")
    if eleves:
        affecter_un_referent(eleves=eleves, nom=nouveau[0], courriel=nouveau[1], par=par, le=le)
    remplacer_le_referent_des_classes(
        etablissement=etablissement,
        campagne=campagne,
        ancien=place.personne.courriel,
        nouveau=nouveau,
        par=par,
        le=le,
    )
    Classe.objects.filter(professeur_principal=place.pk, campagne=campagne).update(professeur_principal=None)
    return len(eleves)
