"""Les lignes d'historique d'une campagne, ou d'un élève (F11)."""

from datetime import datetime

from django.db.models import Model, Q, QuerySet

from candidatures.models import Candidature, Classe, Eleve, PreInscription
from comptes.models import Trace
from conservation.services.etapes.appartenances import CHEMINS
from conservation.services.etapes.courriels import courriels_de_l_eleve, courriels_de_la_campagne, gardee_jusqu_a
from courriers.models import Courriel
from referentiel.models import Campagne, Etablissement, Importation, Travail

# Leurs lignes s'effacent parfois avant leur historique, qui seul dit alors de quelle campagne elles étaient.
EFFACABLES = (Eleve, Candidature, Classe, PreInscription, Importation, Travail, Courriel)
# De l'historique d'un établissement, ce qui peut nommer un élève : ses transferts, le motif d'un regard du SAIO.
FAITS_D_UN_ETABLISSEMENT = ("transfert", "consultation")


def _traces(modele: type[Model], lignes: QuerySet) -> Q:
    return Q(objet_type=modele._meta.label_lower, objet_id__in=lignes.order_by().values("pk"))


def traces_de_la_campagne(campagne: Campagne, close_le: datetime) -> QuerySet:
    """Lignes d'historique des objets de la campagne, des courriels, et de ce qui a disparu avant sa clôture."""
    siennes = Q()
    for modele, (chemin, _) in CHEMINS.items():
        siennes |= _traces(modele, modele._default_manager.filter(**{chemin: campagne}))
    siennes |= _traces(Courriel, courriels_de_la_campagne(campagne, close_le))
    etablissements = Etablissement.objects.filter(academie=campagne.academie_id)
    depuis = gardee_jusqu_a(campagne, close_le)
    siennes |= _traces(Etablissement, etablissements) & Q(
        le__lte=close_le, le__gt=depuis, fait__in=FAITS_D_UN_ETABLISSEMENT
    )
    for modele in EFFACABLES:
        presentes = modele._default_manager.order_by().values("pk")
        disparues = Q(objet_type=modele._meta.label_lower) & ~Q(objet_id__in=presentes)
        # Une ligne d'avant cette colonne n'en dit rien : la première anonymisation qui suit l'efface.
        siennes |= disparues & (Q(campagne=campagne.pk) | Q(campagne=None, le__lte=close_le))
    return Trace.objects.filter(siennes).exclude(auteur_nom="")


def traces_de_l_eleve(eleve: Eleve) -> QuerySet:
    """Lignes d'historique de son dossier."""
    siennes = Q()
    for modele, (_, chemin) in CHEMINS.items():
        if chemin:
            siennes |= _traces(modele, modele._default_manager.filter(**{chemin: eleve.pk}))
    siennes |= _traces(Courriel, courriels_de_l_eleve(eleve))
    return Trace.objects.filter(siennes).exclude(auteur_nom="")
