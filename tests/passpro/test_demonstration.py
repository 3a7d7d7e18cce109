"""La campagne de démonstration, en petit : tous les états, aucune incohérence, une seule installation."""

from dataclasses import replace
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import Client

from avis.models import AvisAccueil, CompteRendu, Fiche, SuiteAffelnet
from candidatures.models import Candidature, Eleve, FormationDemandee, PreInscription
from candidatures.rules import Etat
from comptes.models import Trace
from courriers.models import Courriel
from courriers.rules import EtatCourriel
from entretiens.models import Creneau, Entretien
from passpro.demonstration import decors
from passpro.demonstration.comptes import COMPTES, Compte
from referentiel.courriels import de_l_academie
from referentiel.models import Campagne, CaseDeMatrice
from tests.factories.referentiel import CampagneFactory
from tests.invariants import etats_impossibles

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def demonstration(settings, monkeypatch):
    settings.DEMONSTRATION = True
    petits = (
        replace(decors.CRETEIL_2017, colleges=3, lycees=4, eleves=24, eleves_des_comptes=9),
        replace(decors.CRETEIL, colleges=6, lycees=8, eleves=240, eleves_des_comptes=60),
        replace(decors.PARIS, colleges=3, lycees=4, eleves=30, eleves_des_comptes=12),
    )
    monkeypatch.setattr(decors, "DECORS", petits)


def installer(**options: bool) -> str:
    sortie = StringIO()
    call_command("installer_demonstration", stdout=sortie, **options)
    return sortie.getvalue()


def entre(compte: Compte) -> bool:
    """Vrai si le compte se connecte et arrive dans son espace."""
    saisie = {"username": compte.courriel, "password": compte.mot_de_passe}
    return (
        Client()
        .post("/connexion/", saisie, follow=True)
        .redirect_chain[-1][0]
        .startswith(("/origine/", "/accueil/", "/academie/", "/espaces/"))
    )


def test_la_demonstration_s_installe_une_fois_et_montre_tous_les_etats():
    installer()
    assert Eleve.objects.count() == sum(decor.eleves for decor in decors.DECORS)
    assert set(Candidature.objects.values_list("etat", flat=True)) == set(Etat) - {Etat.A_VALIDER}
    assert Entretien.objects.values("candidature").distinct().count() > 100
    assert not Creneau.objects.filter(places_prises__gt=1, capacite=1).exists()
    assert Courriel.objects.filter(etat=EtatCourriel.ENVOYE).exists()
    assert Courriel.objects.filter(etat=EtatCourriel.A_ENVOYER).exists()
    assert all(entre(compte) for compte in COMPTES)
    assert etats_impossibles() == []

    chaque_ecran_a_de_quoi_se_montrer()
    l_archive_est_close_et_menee_a_son_terme()
    paris_donne_ses_points()

    premiere = set(Candidature.objects.values_list("code", flat=True))
    assert "déjà installée" in installer()
    assert set(Candidature.objects.values_list("code", flat=True)) == premiere


def chaque_ecran_a_de_quoi_se_montrer() -> None:
    """Une demande à valider, une adresse refusée, un compte-rendu à relire, une formation ajoutée à un entretien."""
    ouverte = Campagne.objects.get(academie__code="creteil", etat=Campagne.Etat.OUVERTE)
    assert PreInscription.objects.a_valider().filter(campagne=ouverte).count() == 1
    assert de_l_academie(ouverte.academie).en_echec().exists()
    assert CompteRendu.objects.filter(etat="a_relire", candidature__domaine__campagne=ouverte).exists()
    ajoutees = FormationDemandee.objects.filter(ajoutee_a_l_entretien=True)
    assert ajoutees.filter(candidature__domaine__campagne=ouverte).exists()


def l_archive_est_close_et_menee_a_son_terme() -> None:
    archive = Campagne.objects.get(academie__code="creteil", annee=2017)
    assert archive.etat == Campagne.Etat.CLOSE
    assert Fiche.objects.filter(eleve__campagne=archive, remise_le__isnull=False).exists()
    suites = SuiteAffelnet.objects.filter(formation_demandee__candidature__domaine__campagne=archive)
    assert suites.filter(confirmee_le__isnull=False).exists()
    assert suites.filter(voeu_saisi_le__isnull=False).exists()
    assert not Trace.objects.filter(objet_type="candidatures.candidature", objet_id__in=_candidatures(archive)).exclude(
        le__year=2017
    )
    assert not Courriel.objects.filter(poste_le__year=2017).exclude(
        etat__in=[EtatCourriel.ENVOYE, EtatCourriel.RAPPELE]
    )
    assert set(
        CaseDeMatrice.objects.filter(regles=archive.regles, points__isnull=True).values_list("resultat", flat=True)
    ) == {"incomplet"}


def paris_donne_ses_points() -> None:
    paris = Campagne.objects.get(academie__code="paris")
    assert paris.est_ouverte
    avis = AvisAccueil.objects.filter(formation_demandee__candidature__domaine__campagne=paris)
    # Peu d'élèves à Paris : le tirage ne donne pas toujours les deux avis, jamais un troisième.
    assert "favorable" in set(avis.values_list("valeur", flat=True)) <= {"favorable", "reserve"}
    assert SuiteAffelnet.objects.filter(formation_demandee__candidature__domaine__campagne=paris).exists()


def _candidatures(campagne: Campagne) -> list[int]:
    return list(Candidature.objects.filter(domaine__campagne=campagne).values_list("pk", flat=True))


def test_la_demonstration_ne_touche_pas_a_une_autre_campagne():
    with transaction.atomic():
        CampagneFactory(intitule="Campagne réelle")
    with pytest.raises(CommandError, match="autre campagne"):
        installer(recommencer=True)


def test_hors_demonstration_rien_ne_s_installe(settings):
    settings.DEMONSTRATION = False
    with pytest.raises(CommandError, match="PASSPRO_MODE"):
        installer()
