"""Supprimer un élève qui n'a jamais été inscrit (R18, écran O4)."""

from datetime import datetime

from django.db import transaction

from candidatures.models import Candidature, Eleve
from candidatures.rules import Etat
from comptes.models import Personne
from comptes.services import consigner
from referentiel.rules.calendrier import Nature
from referentiel.rules.refus import Refus
from referentiel.services import exiger_periode


@transaction.atomic
def supprimer_un_eleve(*, eleve: Eleve, par: Personne | None, le: datetime) -> None:
    """Efface un élève qui n'a jamais été inscrit, et ses brouillons, que personne n'a vus (écran O4).

    Lève `PeriodeClose`, ou `Refus` si une candidature a été inscrite : la ligne se garde, avec qui et quand (R18).
    """
    exiger_periode(eleve.campagne, Nature.FERMETURE, etablissement_id=eleve.etablissement_id, le=le)
    ligne = Eleve.objects.select_for_update(of=("self",)).get(pk=eleve.pk)
    inscrites = Candidature.objects.filter(eleve=ligne).exclude(etat=Etat.BROUILLON).exclude(inscrite_le=None)
    if inscrites.actives().exists():
        raise Refus("Cet élève a une candidature. Enregistrez d’abord un désistement.")
    if inscrites.exists() or ligne.preinscriptions.exists():
        raise Refus("Une candidature de cet élève a été retirée : son dossier se garde jusqu’à la fin de la campagne.")
    consigner(
        objet=ligne,
        fait="suppression",
        phrase="Élève supprimé, sans candidature.",
        par=par,
        le=le,
        avant={"eleve": ligne.initiales, "classe": ligne.classe},
    )
    Candidature.objects.filter(eleve=ligne).delete()
    ligne.delete()
