"""Modifier un élève, dans le calendrier ou à sa demande (R10 à R12, R39, R40)."""

from dataclasses import asdict
from datetime import datetime

from candidatures.models import Eleve
from candidatures.services.eleves.saisie import (
    SaisieEleve,
    exiger_un_ine_libre,
    exiger_une_identite_nouvelle,
    exiger_une_saisie_juste,
    lisible,
)
from candidatures.services.verrous import EFFACE
from comptes.models import Personne
from comptes.services import consigner
from referentiel.rules.calendrier import Nature
from referentiel.rules.refus import Refus
from referentiel.services import contraintes_dites, exiger_periode


@contraintes_dites()
def modifier_un_eleve(
    *, eleve: Eleve, saisie: SaisieEleve, par: Personne | None, le: datetime, confirme: bool = False
) -> Eleve:
    """Modifie un élève ; seules les valeurs qui changent sont écrites et consignées (R10 à R12, R39).

    Lève les mêmes refus que `ajouter_un_eleve`, ou `Refus` si ses données sont effacées.
    """
    exiger_periode(eleve.campagne, Nature.FERMETURE, etablissement_id=eleve.etablissement_id, le=le)
    return _modifier(eleve, saisie, par, le, confirme=confirme)


@contraintes_dites()
def rectifier_pour_le_saio(*, eleve: Eleve, saisie: SaisieEleve, par: Personne, le: datetime) -> Eleve:
    """Corrige un élève à sa demande, hors du calendrier, campagne close comprise (R40).

    Le droit de faire rectifier ses données ne s'éteint pas avec la campagne (R1). C'est le seul chemin, et il ne change
    que l'élève : ni candidature, ni avis, ni export. Lève `Refus` comme `modifier_un_eleve`.
    """
    return _modifier(eleve, saisie, par, le, confirme=True)


def _modifier(eleve: Eleve, saisie: SaisieEleve, par: Personne | None, le: datetime, *, confirme: bool) -> Eleve:
    campagne, saisie = eleve.campagne, saisie.propre()
    ligne = Eleve.objects.select_for_update(of=("self",), no_key=True).get(pk=eleve.pk)
    if ligne.est_efface:
        raise Refus(EFFACE)
    avant = {champ: getattr(ligne, champ) for champ in asdict(saisie)}
    apres = {champ: valeur for champ, valeur in asdict(saisie).items() if valeur != avant[champ]}
    if not apres:
        return ligne
    exiger_une_saisie_juste(saisie, campagne, le, gardes=avant.keys() - apres.keys())
    exiger_un_ine_libre(saisie, campagne, ligne.etablissement_id, sauf=ligne.pk)
    if not confirme and apres.keys() & {"nom", "prenom", "date_de_naissance"}:
        exiger_une_identite_nouvelle(saisie, campagne, ligne.etablissement_id, sauf=ligne.pk)
    for champ, valeur in apres.items():
        setattr(ligne, champ, valeur)
    ligne.save(update_fields=[*apres, "cle"])
    consigner(
        objet=ligne,
        fait="modification",
        phrase="Informations de l’élève modifiées.",
        par=par,
        le=le,
        avant=lisible({champ: avant[champ] for champ in apres}),
        apres=lisible(apres),
    )
    return ligne
