"""Vérifier, envoyer, rappeler, renvoyer des convocations (écrans A8 et A14)."""

from datetime import timedelta

import pytest

from courriers.models import Courriel
from courriers.rules import EtatCourriel
from entretiens.models import Convocation, Envoi
from referentiel.models import Etablissement
from tests.entretiens.pages import candidat, lien, messages
from tests.factories.candidatures import EN_MARS
from tests.factories.entretiens import convoquer, ouvrir, ouvrir_un_creneau, placer

pytestmark = pytest.mark.django_db

PARTI = EN_MARS + timedelta(minutes=11)


def test_verifier_dit_le_nombre_de_convocations_d_etablissements_et_de_referents(accueil, lycee, college):
    for creneau, referent in zip(ouvrir(accueil), ("a@creteil.example", "b@creteil.example", ""), strict=True):
        placer(candidat(accueil, college, referent_courriel=referent), creneau)
    reponse = lycee.get(lien("verifier_l_envoi", accueil.etablissement))
    page = " ".join(reponse.content.decode().split())
    assert "3 convocations seront envoyées à 1 établissement et à 2 personnes référentes." in page.replace(
        "\u00a0", " "
    )
    assert "Envoyer les 3 convocations" in page
    assert "Convocation à un entretien d’information Passpro" in page
    assert page.count("<h1") == 1
    reponse = lycee.post(
        lien("verifier_l_envoi", accueil.etablissement), {"codes": reponse.context["codes"]}, follow=True
    )
    assert "10\u00a0h\u00a010" in messages(reponse)[0]
    assert Envoi.objects.get().convocations.count() == 3


def test_seuls_les_entretiens_montres_sont_envoyes(accueil, lycee):
    un, deux, _ = ouvrir(accueil)
    montre = placer(candidat(accueil), un)
    placer(candidat(accueil), deux)
    lycee.post(lien("verifier_l_envoi", accueil.etablissement), {"codes": montre.code})
    assert Convocation.objects.get().entretien == montre
    lycee.post(lien("verifier_l_envoi", accueil.etablissement), {"codes": montre.code})
    assert Envoi.objects.count() == 1


def test_un_envoi_s_annule_tant_que_le_delai_court(accueil, lycee, horloge):
    envoi = convoquer(placer(candidat(accueil), ouvrir_un_creneau(accueil)))
    page, rappel = (lien(nom, accueil.etablissement, envoi.code) for nom in ("envoi", "rappeler_l_envoi"))
    assert "Annuler l’envoi" in lycee.get(page).content.decode()
    horloge(PARTI)
    assert "Annuler l’envoi" not in lycee.get(page).content.decode()
    assert "ne peut plus être annulé" in messages(lycee.post(rappel, follow=True))[0]
    horloge(EN_MARS)
    assert "aucun courriel ne part" in messages(lycee.post(rappel, follow=True))[0]
    assert "1 convocation à envoyer" in lycee.get(lien("envois", accueil.etablissement)).content.decode()


def test_une_adresse_refusee_se_voit_avec_sa_raison_et_se_renvoie(accueil, lycee, college, horloge):
    envoi = convoquer(placer(candidat(accueil, college), ouvrir_un_creneau(accueil)))
    courriel = Courriel.objects.get(destinataire=college.messagerie)
    Courriel.objects.filter(pk=courriel.pk).update(etat=EtatCourriel.ABANDONNE, derniere_erreur="550 boîte inconnue")
    horloge(PARTI)
    page = lycee.get(lien("envoi", accueil.etablissement, envoi.code)).content.decode()
    assert "550 boîte inconnue" in page
    renvoi = lien("renvoyer", accueil.etablissement, envoi.code)
    saisie = {"courriel": courriel.pk, "destinataire": college.messagerie}
    assert "déjà été refusée" in messages(lycee.post(renvoi, saisie, follow=True))[0]
    Etablissement.objects.filter(pk=college.pk).update(messagerie="ce.nouvelle@creteil.example")
    saisie["destinataire"] = "ce.nouvelle@creteil.example"
    assert messages(lycee.post(renvoi, saisie, follow=True)) == ["Convocation renvoyée."]
    assert lycee.post(renvoi, {"courriel": "0"}).status_code == 404


def test_une_convocation_sans_adresse_se_voit(accueil, lycee, college):
    Etablissement.objects.filter(pk=college.pk).update(messagerie="")
    college.refresh_from_db()
    envoi = convoquer(placer(candidat(accueil, college, referent_courriel=""), ouvrir_un_creneau(accueil)))
    page = lycee.get(lien("envoi", accueil.etablissement, envoi.code)).content.decode()
    assert "1 convocation sans adresse" in page
