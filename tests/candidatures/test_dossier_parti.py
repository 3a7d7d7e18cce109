"""Un dossier qui part ailleurs pendant qu'on y écrit : ce qui a été lu ici ne s'écrit plus là-bas (R12, R37)."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from candidatures.models import Candidature, DemandeDeTransfert, Eleve
from candidatures.services import (
    accepter_un_transfert,
    annuler,
    annuler_le_desistement,
    changer_d_accueil,
    demander_un_creneau,
    desister,
    inscrire,
    inscrire_plusieurs,
    modifier_les_formations,
)
from courriers.models import Courriel
from courriers.rules import EtatCourriel
from referentiel.rules.refus import Refus
from tests.candidatures.test_import_services import DIALLO, SANTOS, importer
from tests.candidatures.test_import_services import annuler as annuler_l_import
from tests.factories.changements import ailleurs, demande_de_transfert, partir, planifier
from tests.factories.entretiens import convoquer

pytestmark = pytest.mark.django_db


def transferer(monde, eleve, vers=None):
    demande = demande_de_transfert(monde, Eleve.objects.get(pk=eleve.pk), vers or ailleurs())
    accepter_un_transfert(demande=demande, par=monde.chef, le=monde.le)


def lue(candidature):
    return Candidature.objects.avec_eleve().get(pk=candidature.pk)


def test_l_ancien_etablissement_n_inscrit_plus_un_eleve_transfere_pendant_la_saisie(monde):
    eleve = monde.eleve()
    choix = [(monde.accueil, monde.formations[:1])]
    transferer(monde, eleve)
    with pytest.raises(Refus, match="transféré"):
        inscrire(eleve=eleve, choix=choix, par=monde.chef, le=monde.le)
    with pytest.raises(Refus, match="transféré"):
        inscrire_plusieurs(eleves=[eleve, monde.eleve()], choix=choix, par=monde.chef, le=monde.le)
    assert not Candidature.objects.exists()


def test_un_eleve_supprime_pendant_la_saisie_se_dit_en_une_phrase(monde):
    eleve = monde.eleve()
    Eleve.objects.filter(pk=eleve.pk).delete()
    with pytest.raises(Refus, match="supprimé"):
        inscrire(eleve=eleve, choix=[(monde.accueil, monde.formations[:1])], par=monde.chef, le=monde.le)


@pytest.mark.parametrize(
    "geste",
    [
        lambda monde, c: desister(candidature=c, motif="projet", par=monde.chef, le=monde.le),
        lambda monde, c: annuler_le_desistement(candidature=c, par=monde.chef, le=monde.le),
        lambda monde, c: changer_d_accueil(candidature=c, accueil=monde.autre_accueil(), par=monde.chef, le=monde.le),
        lambda monde, c: demander_un_creneau(candidature=c, motif="absence", par=monde.chef, le=monde.le),
        lambda monde, c: modifier_les_formations(
            candidature=c, formations=monde.formations, par=monde.chef, le=monde.le
        ),
    ],
    ids=["desister", "reprendre", "accueil", "creneau", "formations"],
)
def test_l_ancien_etablissement_ne_touche_plus_a_la_candidature(monde, geste):
    candidature = lue(monde.inscrit())
    transferer(monde, candidature.eleve)
    with pytest.raises(Refus, match="transféré"):
        geste(monde, candidature)


def test_l_ancien_accueil_n_annule_plus_une_candidature_adressee_ailleurs(monde):
    candidature = lue(monde.inscrit())
    changer_d_accueil(candidature=candidature, accueil=monde.autre_accueil(), par=monde.chef, le=monde.le)
    with pytest.raises(Refus, match="adressée à un autre"):
        annuler(candidature=candidature, motif="Séance complète", par=monde.chef, le=monde.le)


def test_l_ancien_etablissement_ne_regle_plus_une_demande_arrivee_chez_le_nouveau(monde):
    eleve = monde.eleve()
    seconde = demande_de_transfert(monde, eleve, ailleurs(nom="Collège Paul-Bert"))
    lue_ici = DemandeDeTransfert.objects.select_related("eleve").get(pk=seconde.pk)
    transferer(monde, eleve)
    with pytest.raises(Refus, match="réglée"):
        accepter_un_transfert(demande=lue_ici, par=monde.chef, le=monde.le)
    accepter_un_transfert(demande=DemandeDeTransfert.objects.get(pk=seconde.pk), par=None, le=monde.le)


def test_un_nouvel_etablissement_qui_est_aussi_l_accueil_apprend_qu_il_a_recu_le_dossier(monde):
    candidature = monde.inscrit()
    lycee = monde.accueil.etablissement
    lycee.messagerie = "lycee@creteil.example"
    lycee.save()
    transferer(monde, candidature.eleve, lycee)
    [recu] = Courriel.objects.filter(nature="transfert", uai=lycee.uai)
    assert recu.sujet.endswith("1 dossier reçu")


def test_un_dossier_transfere_par_erreur_puis_rendu_retrouve_ses_convocations(monde):
    candidature, origine = monde.inscrit(), monde.college
    convoquer(planifier(monde, candidature), le=monde.le)
    transferer(monde, candidature.eleve)
    transferer(monde, candidature.eleve, origine)
    attendent = Courriel.objects.filter(nature="convocation", etat=EtatCourriel.A_ENVOYER)
    assert list(attendent.values_list("destinataire", flat=True)) == [origine.messagerie]
    monde.le += timedelta(minutes=15)
    partir(monde.le)
    partis = Courriel.objects.filter(nature="convocation", etat=EtatCourriel.ENVOYE)
    assert list(partis.values_list("destinataire", flat=True)) == [origine.messagerie]


def test_annuler_un_import_verrouille_tous_ses_eleves_d_une_requete_dans_l_ordre_de_leurs_cles(monde):
    importer(monde, ["ZOLA", "Ada", "03/02/2012", "", "3A"], SANTOS)
    monde.le += timedelta(minutes=1)
    importation = importer(monde, DIALLO, [*SANTOS[:4], "3C"])
    with CaptureQueriesContext(connection) as requetes:
        annuler_l_import(monde, importation)
    eleves = [r["sql"] for r in requetes if 'FROM "candidatures_eleve"' in r["sql"] and "FOR UPDATE" in r["sql"]]
    assert len(eleves) == 1
    assert 'ORDER BY "candidatures_eleve"."id" ASC' in eleves[0]
    assert set(Eleve.objects.values_list("nom", "classe")) == {("ZOLA", "3A"), ("SANTOS", "3A")}
