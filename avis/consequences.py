"""Ce que la saisie des avis, leur lecture et les vœux laissent inachevé (écran S7)."""

from avis.models import CompteRendu, SuiteAffelnet
from avis.rules import EtatCompteRendu
from candidatures.models import Candidature, Eleve
from candidatures.rules import Etat
from referentiel.consequences import compter_en_mots
from referentiel.models import Campagne
from referentiel.rules.calendrier import Bornes


def comptes_rendus_attendus(campagne: Campagne, bornes: Bornes) -> str:
    """Entretiens individuels tenus dont le compte-rendu n'est pas transmis (R27)."""
    attendus = Candidature.objects.filter(domaine__campagne=campagne, etat=Etat.REALISEE).exclude(
        compte_rendu__etat=EtatCompteRendu.TRANSMIS
    )
    return compter_en_mots(
        attendus.count(),
        "compte-rendu attendu ne pourra plus être transmis.",
        "comptes-rendus attendus ne pourront plus être transmis.",
    )


def fiches_non_remises(campagne: Campagne, bornes: Bornes) -> str:
    """Élèves dont un avis est transmis et à qui aucune fiche n'a été remise (R32)."""
    rendus = CompteRendu.objects.de_la_campagne(campagne).transmis().values("candidature__eleve")
    eleves = Eleve.objects.filter(pk__in=rendus).exclude(fiches__remise_le__isnull=False)
    return compter_en_mots(
        eleves.count(),
        "élève a des avis transmis et pas encore de fiche récapitulative remise.",
        "élèves ont des avis transmis et pas encore de fiche récapitulative remise.",
    )


def voeux_non_saisis(campagne: Campagne, bornes: Bornes) -> str:
    """Vœux confirmés par la famille dont la saisie dans Affelnet-Lycée n'est pas notée (R33)."""
    suites = SuiteAffelnet.objects.filter(
        formation_demandee__candidature__domaine__campagne=campagne,
        confirmee_le__isnull=False,
        voeu_saisi_le__isnull=True,
    )
    return compter_en_mots(
        suites.count(),
        "vœu confirmé par la famille ne pourra plus être noté comme saisi.",
        "vœux confirmés par les familles ne pourront plus être notés comme saisis.",
    )
