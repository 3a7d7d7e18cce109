"""La relecture par le chef d'établissement, là où il la veut (R30), et l'histoire qui s'en lit (R39)."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse

from avis.models import CompteRendu
from avis.rules import LONGUEUR_DU_RENVOI, EtatCompteRendu
from avis.services import corriger, enregistrer_le_brouillon, ne_pas_se_prononcer, renvoyer_au_jury
from avis.versions import versions_de
from comptes.models import Trace
from referentiel.models import Etablissement
from referentiel.rules.jeu import Avis
from referentiel.rules.refus import Refus
from referentiel.services.equipe import choisir_la_relecture
from tests.factories.avis import LENDEMAIN, TEXTE, avis_pour, candidature_entendue, candidature_rendue
from tests.factories.referentiel import AccueilFactory, PersonneFactory, RattachementFactory

pytestmark = pytest.mark.django_db
PLUS_TARD = LENDEMAIN + timedelta(hours=2)


@pytest.fixture(autouse=True)
def lendemain(monkeypatch):
    monkeypatch.setattr("referentiel.middleware.timezone.now", lambda: PLUS_TARD)


@pytest.fixture
def accueil():
    return AccueilFactory(etablissement__relit_les_comptes_rendus=True)


@pytest.fixture
def chef(accueil):
    return RattachementFactory(a_l_accueil=True, etablissement=accueil.etablissement).personne


@pytest.fixture
def delegue(accueil):
    return une_deleguee(accueil)


def une_deleguee(accueil):
    return RattachementFactory(
        a_l_accueil=True, gestionnaire=True, etablissement=accueil.etablissement, valide_les_comptes_rendus=True
    ).personne


def page(candidature):
    return reverse("avis:compte_rendu", args=[candidature.accueil.etablissement.segment, candidature.code])


def saisie(candidature, geste, *, version=0, **champs):
    codes = candidature.formations_demandees.values_list("code", flat=True)
    return {"texte": TEXTE, "version": version, "geste": geste, **{f"avis_{c}": "favorable" for c in codes}, **champs}


def soumis(candidature, par):
    return enregistrer_le_brouillon(
        candidature=candidature,
        texte=TEXTE,
        avis=avis_pour(candidature),
        version=0,
        par=par,
        le=LENDEMAIN,
        a_relire=True,
    )


def lu(reponse) -> str:
    return " ".join(reponse.content.decode().replace("\u00a0", " ").split())


def test_qui_a_le_droit_soumet_son_texte_et_transmet_celui_d_un_autre(accueil, delegue, connecter):
    candidature = candidature_entendue(accueil=accueil)
    client = connecter(delegue)
    affichee = lu(client.get(page(candidature)))
    assert "Envoyer à la relecture" in affichee
    assert "Transmettre et passer au suivant" not in affichee
    assert client.post(page(candidature), saisie(candidature, "transmettre")).status_code == 403
    client.post(page(candidature), saisie(candidature, "relire"))
    assert CompteRendu.objects.get().soumis_par == delegue
    assert client.post(page(candidature), saisie(candidature, "transmettre", version=1)).status_code == 403
    autre = connecter(une_deleguee(accueil))
    assert "Transmettre et passer au suivant" in lu(autre.get(page(candidature)))
    for _ in ("l’envoi", "le même, répété"):
        assert autre.post(page(candidature), saisie(candidature, "transmettre", version=1)).status_code == 302
    assert CompteRendu.objects.get().est_transmis
    assert Trace.objects.filter(fait="compte_rendu_transmis").count() == 1


def test_sans_relecture_qui_a_le_droit_transmet_son_texte(accueil, delegue, connecter):
    Etablissement.objects.update(relit_les_comptes_rendus=False)
    candidature = candidature_entendue(accueil=accueil)
    assert connecter(delegue).post(page(candidature), saisie(candidature, "transmettre")).status_code == 302


def test_le_chef_renvoie_avec_un_message_que_l_auteur_lit(accueil, chef, delegue, connecter):
    candidature = candidature_entendue(accueil=accueil)
    soumis(candidature, delegue)
    client = connecter(chef)
    assert "envoyé à la relecture par" in lu(client.get(page(candidature)))
    sans_message = lu(client.post(page(candidature), saisie(candidature, "renvoyer", version=1, texte="Retouché.")))
    assert "Dites ce qu’il y a à reprendre." in sans_message
    assert "Retouché." in sans_message
    renvoi = saisie(candidature, "renvoyer", version=1, texte="Retouché.", message="Ajoutez un conseil concret.")
    for _ in ("l’envoi", "le même, répété"):
        assert client.post(page(candidature), renvoi).status_code == 302
    assert Trace.objects.filter(fait="compte_rendu_renvoye").count() == 1
    compte_rendu = CompteRendu.objects.get()
    assert (compte_rendu.etat, compte_rendu.texte) == (EtatCompteRendu.BROUILLON, "Retouché.")
    chez_l_auteur = connecter(delegue)
    assert "Ajoutez un conseil concret." in lu(chez_l_auteur.get(page(candidature)))
    liste = reverse("avis:comptes_rendus", args=[accueil.etablissement.segment])
    assert "renvoyé par la relecture" in lu(chez_l_auteur.get(liste))
    chez_l_auteur.post(page(candidature), saisie(candidature, "relire", version=compte_rendu.version))
    compte_rendu.refresh_from_db()
    assert (compte_rendu.etat, compte_rendu.renvoi) == (EtatCompteRendu.A_RELIRE, "")


def test_une_saisie_groupee_ne_propose_son_annulation_qu_a_qui_peut_l_annuler(accueil, chef, delegue, connecter):
    candidature = candidature_entendue(accueil=accueil)
    ne_pas_se_prononcer(
        candidatures=[candidature],
        texte=TEXTE,
        versions={},
        etablissement=accueil.etablissement,
        campagne=accueil.domaine.campagne,
        par=chef,
        le=PLUS_TARD,
    )
    liste = reverse("avis:comptes_rendus", args=[accueil.etablissement.segment])
    assert "Annuler cette saisie" in lu(connecter(chef).get(liste))
    assert "Annuler cette saisie" not in lu(connecter(delegue).get(liste))


def test_un_texte_soumis_le_reste_quand_on_le_retouche(accueil, chef, delegue):
    candidature = candidature_entendue(accueil=accueil)
    soumis(candidature, delegue)
    retouche = enregistrer_le_brouillon(
        candidature=candidature, texte="Retouché.", avis={}, version=1, par=chef, le=PLUS_TARD
    )
    assert (retouche.etat, retouche.soumis_par) == (EtatCompteRendu.A_RELIRE, delegue)


def test_un_envoi_a_la_relecture_repete_n_a_qu_un_effet(accueil, delegue):
    candidature = candidature_entendue(accueil=accueil)
    soumis(candidature, delegue)
    assert soumis(candidature, delegue).version == 1
    assert Trace.objects.filter(fait="compte_rendu_a_relire").count() == 1


def test_une_correction_repetee_n_a_qu_un_effet(accueil, chef):
    candidature = candidature_rendue(accueil=accueil, par=chef)
    envoi = {"candidature": candidature, "texte": "Corrigé.", "avis": {}, "version": 1, "par": chef, "le": PLUS_TARD}
    corriger(**envoi)
    assert corriger(**envoi).version == 2


def test_ne_se_renvoie_que_ce_qui_est_a_relire(accueil, chef):
    candidature = candidature_entendue(accueil=accueil)
    with pytest.raises(Refus, match="n’attend pas de relecture"):
        renvoyer_au_jury(candidature=candidature, message="Non.", par=chef, le=PLUS_TARD)
    soumis(candidature, chef)
    with pytest.raises(Refus, match=f"{LONGUEUR_DU_RENVOI} au plus"):
        renvoyer_au_jury(candidature=candidature, message="a" * 601, par=chef, le=PLUS_TARD)


def test_une_correction_ne_contourne_pas_la_relecture(accueil, chef, delegue, connecter):
    candidature = candidature_rendue(accueil=accueil, par=chef)
    envoi = saisie(candidature, "corriger", version=1, texte="Corrigé.")
    assert connecter(delegue).post(page(candidature), envoi).status_code == 403
    assert connecter(chef).post(page(candidature), envoi).status_code == 302


def test_le_chef_choisit_la_relecture_et_c_est_consigne(accueil, chef, delegue, connecter):
    adresse = reverse("avis:relecture", args=[accueil.etablissement.segment])
    assert connecter(delegue).post(adresse).status_code == 403
    client = connecter(chef)
    proposee = client.get(adresse)
    assert "Arrêter la relecture" in lu(proposee)
    choix = {"relit": proposee.context["formulaire"]["relit"].value()}
    for _ in ("l’envoi", "le même, répété"):
        client.post(adresse, choix)
    etablissement = Etablissement.objects.get(pk=accueil.etablissement.pk)
    assert not etablissement.relit_les_comptes_rendus
    trace = Trace.objects.de(etablissement).get(fait="relecture")
    assert (trace.auteur, trace.avant, trace.apres) == (
        chef,
        {"relit_les_comptes_rendus": True},
        {"relit_les_comptes_rendus": False},
    )
    choisir_la_relecture(etablissement=etablissement, relit=False, par=chef, le=PLUS_TARD)
    assert Trace.objects.de(etablissement).filter(fait="relecture").count() == 1


def test_les_versions_disent_qui_quand_et_ce_qui_change(accueil, chef, connecter):
    candidature = candidature_rendue(accueil=accueil, par=chef)
    (pk,) = avis_pour(candidature)
    benoit = PersonneFactory(nom="Benoît")
    compte_rendu = corriger(
        candidature=candidature, texte="Corrigé.", avis={pk: Avis.RESERVE}, version=1, par=benoit, le=PLUS_TARD
    )
    correction, transmission = versions_de(compte_rendu)
    assert (correction.auteur, correction.le) == ("Mme Benoît", PLUS_TARD)
    assert [(c.avant, c.apres) for c in correction.changements] == [(TEXTE, "Corrigé."), ("Favorable", "Réservé")]
    assert [c.apres for c in transmission.changements] == [TEXTE, "Favorable"]
    affichee = lu(connecter(chef).get(page(candidature)))
    assert "Historique du compte-rendu" in affichee
    assert TEXTE in affichee


def test_la_base_refuse_un_compte_rendu_a_relire_que_personne_n_a_soumis(accueil, chef):
    candidature = candidature_entendue(accueil=accueil)
    soumis(candidature, chef)
    with pytest.raises(IntegrityError, match="compte_rendu_a_relire_soumis"), transaction.atomic():
        CompteRendu.objects.update(soumis_par=None)
