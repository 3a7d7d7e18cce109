"""Les courriels d'une campagne, ou ceux qui nomment un élève."""

import re
from datetime import UTC, datetime

from django.db.models import Q, QuerySet

from candidatures.models import Eleve, PreInscription
from conservation.lectures import cloture_de
from courriers.models import Courriel
from referentiel.models import Campagne, Etablissement

# « Anne-Marie Diallo » ne nomme pas « Marie Diallo ».
PAS_UN_MOT_AVANT = r"(?<![\w’'-])"
PAS_UN_MOT_APRES = r"(?![\w’'-])"


def courriels_de_la_campagne(campagne: Campagne, close_le: datetime) -> QuerySet:
    """Courriels postés avant la clôture : ceux des établissements de l'académie, et ceux des adresses saisies.

    Ceux d'une campagne plus ancienne, qu'un report garde encore, attendent le terme de celle-ci.
    """
    eleves, demandes = Eleve.objects.filter(campagne=campagne), PreInscription.objects.filter(campagne=campagne)
    siens = (
        Q(uai__in=Etablissement.objects.filter(academie=campagne.academie_id).values("uai"))
        | Q(convocations__entretien__eleve__campagne=campagne)
        | Q(destinataire__in=eleves.exclude(referent_courriel="").values("referent_courriel"))
        | Q(destinataire__in=demandes.exclude(courriel="").values("courriel"))
        | Q(nature="code")
    )
    restants = Courriel.objects.exclude(cle__startswith="anonyme:")
    siens &= Q(poste_le__lte=close_le, poste_le__gt=gardee_jusqu_a(campagne, close_le))
    return restants.filter(pk__in=restants.filter(siens).values("pk"))


def gardee_jusqu_a(campagne: Campagne, close_le: datetime) -> datetime:
    """Clôture de la dernière campagne d'avant qui n'est pas encore anonymisée."""
    avant = Campagne.objects.filter(academie=campagne.academie_id, etat=Campagne.Etat.CLOSE)
    gardees = avant.filter(anonymisation__finie_le=None).exclude(pk=campagne.pk)
    clotures = [cloture for gardee in gardees.avec_regles() if (cloture := cloture_de(gardee)) and cloture < close_le]
    return max(clotures, default=datetime.fromtimestamp(0, UTC))


def courriels_de_l_eleve(eleve: Eleve) -> QuerySet:
    """Courriels de ses convocations, et ceux de son académie dont le texte le nomme."""
    restants = Courriel.objects.exclude(cle__startswith="anonyme:")
    siens = Q(convocations__entretien__eleve=eleve) | Q(texte__contains=eleve.code)
    siens |= Q(texte__iregex=expression_de_l_eleve(eleve)) & _dans_son_academie(eleve)
    return restants.filter(pk__in=restants.filter(siens).values("pk"))


def expression_de_l_eleve(eleve: Eleve) -> str:
    """Expression qui trouve « Yanis DIALLO » ou « DIALLO Yanis », jamais ces lettres dans d'autres mots.

    Le nom s'écrit en capitales dans les courriels ; la base ne sait pas toujours y voir « Élie » sous « ÉLIE ».
    """
    nom, prenom = f"(?:{_mots(eleve.nom)}|{_mots(eleve.nom.upper())})", _mots(eleve.prenom)
    return rf"{PAS_UN_MOT_AVANT}(?:{prenom}\s+{nom}|{nom}\s+{prenom}){PAS_UN_MOT_APRES}"


def _mots(texte: str) -> str:
    return r"\s+".join(re.escape(mot) for mot in texte.split())


def _dans_son_academie(eleve: Eleve) -> Q:
    academie = eleve.campagne.academie_id
    lieux = Etablissement.objects.filter(Q(academie=academie) | Q(pk=eleve.etablissement_id))
    return Q(academie=academie) | Q(uai="") | Q(uai__in=lieux.values("uai"))
