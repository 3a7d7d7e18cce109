"""Ce que les tests des pages partagent : un candidat, une adresse, les messages montrés."""

from django.urls import reverse

from tests.factories.candidatures import CandidatureFactory, EleveFactory
from tests.factories.referentiel import EtablissementFactory


def candidat(accueil, college=None, **champs):
    eleve = EleveFactory(campagne=accueil.domaine.campagne, etablissement=college or EtablissementFactory(), **champs)
    return CandidatureFactory(accueil=accueil, eleve=eleve)


def lien(nom, etablissement, *args) -> str:
    return reverse(f"entretiens:{nom}", args=[etablissement.segment, *args])


def messages(reponse) -> list[str]:
    return [str(message) for message in reponse.context["messages"]]
