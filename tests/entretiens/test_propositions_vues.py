"""Les pages d'une proposition de planning, sans navigateur (écran A7)."""

from datetime import time, timedelta

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from entretiens import services
from entretiens.models import Convocation, Entretien, Envoi, Proposition
from entretiens.rules.ajustements import resoudre_les_echanges
from entretiens.views.propositions import proposition as vue
from tests.factories.candidatures import EN_MARS, CandidatureFactory
from tests.factories.entretiens import ouvrir, ouvrir_un_creneau, placer
from tests.factories.propositions import ajuster, ouvrir_des_creneaux, placees, proposer, qui_attendent
from tests.factories.referentiel import AccueilFactory, DomaineFactory, RattachementFactory

pytestmark = pytest.mark.django_db

REQUETES_AU_PLUS = 12


@pytest.fixture
def accueil(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: EN_MARS)
    return AccueilFactory()


@pytest.fixture
def entrer(accueil, connecter):
    def _entrer(nom="Leroy"):
        place = RattachementFactory(
            a_l_accueil=True,
            gestionnaire=True,
            etablissement=accueil.etablissement,
            personne__nom=nom,
            personne__civilite="Mme",
        )
        client = connecter(place.personne)
        client.personne = place.personne
        return client

    return _entrer


@pytest.fixture
def lycee(entrer):
    return entrer()


def lien(accueil, nom, *args) -> str:
    return reverse(f"entretiens:{nom}", args=[accueil.etablissement.segment, *args])


def page_de(reponse) -> str:
    return " ".join(reponse.content.decode().replace("\u00a0", " ").split())


def dits(reponse) -> list[str]:
    return [str(message).replace("\u00a0", " ") for message in get_messages(reponse.wsgi_request)]


def saisie(proposition, geste, **choix) -> dict[str, str]:
    actuels = {
        f"creneau_{ligne.candidature.code}": ligne.creneau.code if ligne.creneau else ""
        for ligne in proposition.lignes.select_related("candidature", "creneau")
    }
    return actuels | {"version": str(proposition.version), "geste": geste, **choix}


# Réglages ---------------------------------------------------------------------------------------------------


def test_les_reglages_disent_ce_qui_attend_et_ce_qui_est_libre_puis_calculent(accueil, lycee):
    ouvrir(accueil), qui_attendent(accueil, 2)
    page = page_de(lycee.get(lien(accueil, "proposer")))
    assert f"{accueil.domaine.nom} : 2 élèves à planifier – 3 places libres" in page
    assert "Laisser au moins 5 jours ouvrés pour remettre la convocation" in page
    reponse = lycee.post(lien(accueil, "proposer"), {"domaines": accueil.code, "regrouper": "on"})
    proposition = Proposition.objects.get()
    assert reponse.url == lien(accueil, "proposition", proposition.code)
    assert (proposition.regrouper, proposition.tenir_le_preavis, proposition.par) == (True, False, lycee.personne)


def test_ce_qui_manque_se_dit_avant_de_calculer(accueil, lycee):
    assert "Aucun élève à planifier." in page_de(lycee.get(lien(accueil, "proposer")))
    qui_attendent(accueil, 2)
    assert "aucune place libre" in page_de(lycee.get(lien(accueil, "proposer")))
    ouvrir_un_creneau(accueil)
    page = page_de(lycee.get(lien(accueil, "proposer"), {"domaine": accueil.code}))
    assert "il manque 1 place pour convoquer tous les inscrits" in page
    page = page_de(lycee.post(lien(accueil, "proposer"), {"regrouper": "on"}))
    assert "Choisissez au moins un domaine." in page


def test_un_collegue_lit_qui_prepare_et_ne_calcule_pas_par_dessus(accueil, lycee, entrer):
    ouvrir(accueil), qui_attendent(accueil, 1)
    proposition = proposer(accueil, par=lycee.personne)
    haddad = entrer("Haddad")
    page = page_de(haddad.get(lien(accueil, "proposer")))
    assert "Mme Leroy prépare une proposition de planning pour ce domaine depuis 10 h 00." in page
    assert "Calculer une proposition" not in page
    page = page_de(haddad.get(lien(accueil, "proposition", proposition.code)))
    assert "Vos changements remplaceront les siens." in page
    assert "Reprendre ma proposition" in page_de(lycee.get(lien(accueil, "proposer")))


def test_planifier_a_la_main_tait_les_creneaux_tenus_et_le_dit(accueil, lycee, entrer):
    ouvrir(accueil), qui_attendent(accueil, 1)
    tenu = placees(proposer(accueil, par=lycee.personne))[0].creneau
    autre = CandidatureFactory(accueil=accueil)
    page = page_de(entrer("Haddad").get(lien(accueil, "planifier", autre.code)))
    assert "Mme Leroy prépare une proposition de planning pour ce domaine depuis 10 h 00." in page
    assert tenu.code not in page


def test_les_pages_d_un_creneau_tenu_le_disent_et_ne_l_offrent_a_personne(accueil, lycee, entrer):
    """Le créneau, la séance collective et la journée : ce qu'une proposition tient ne se propose plus (R22)."""
    collectif = AccueilFactory(
        domaine=DomaineFactory(campagne=accueil.domaine.campagne),
        etablissement=accueil.etablissement,
        modalite="collectif",
    )
    ouvrir_un_creneau(accueil), qui_attendent(accueil, 1)
    [seance] = ouvrir(collectif, collective=True, capacite=3, de=time(14), a=time(15))
    qui_attendent(collectif, 2, modalite="collectif")
    tenu = placees(proposer(accueil, collectif, par=lycee.personne))[0].creneau
    CandidatureFactory(accueil=accueil), qui_attendent(collectif, 2, modalite="collectif")
    haddad = entrer("Haddad")
    tenue = "retenu jusqu’à 10 h 30 par la proposition de planning de Mme Leroy."

    page = page_de(haddad.get(lien(accueil, "creneau", tenu.code)))
    assert tenue in page
    assert "Attribuer ce créneau" not in page

    reponse = haddad.get(lien(accueil, "inscrire_a_la_seance", seance.seance.code), {"tous": "1"})
    assert tenue in page_de(reponse)
    assert sum(ligne["coche"] for ligne in reponse.context["lignes"]) == 1, "trois places, dont deux tenues"

    adresse = lien(accueil, "presences") + f"?jour={tenu.periode.lower.date().isoformat()}"
    assert [place.seance.accueil for place in haddad.get(adresse).context["places"]] == [collectif]


# La proposition ---------------------------------------------------------------------------------------------


def test_chaque_ligne_offre_huit_options_au_plus_en_un_nombre_constant_de_requetes(accueil, lycee):
    nombres = []
    for eleves in (3, 30):
        autre = AccueilFactory(
            domaine=DomaineFactory(campagne=accueil.domaine.campagne), etablissement=accueil.etablissement
        )
        ouvrir_des_creneaux(autre, eleves + 12), qui_attendent(autre, eleves)
        proposition = proposer(autre, par=lycee.personne)
        lycee.get(lien(accueil, "proposer"))
        with CaptureQueriesContext(connection) as requetes:
            reponse = lycee.get(lien(accueil, "proposition", proposition.code))
        lignes = [ligne for jour in reponse.context["jours"] for ligne in jour.lignes]
        assert len(lignes) == eleves
        assert max(len(ligne.options) for ligne in lignes) <= 8
        assert all({"autre", ""} <= {option.valeur for option in ligne.options} for ligne in lignes)
        nombres.append(len(requetes))
    assert nombres[0] == nombres[1] <= REQUETES_AU_PLUS


def test_une_longue_proposition_se_lit_page_par_page_sans_perdre_un_choix(accueil, lycee, monkeypatch):
    monkeypatch.setattr(vue, "LIGNES_PAR_PAGE", 2)
    ouvrir_des_creneaux(accueil, 9), qui_attendent(accueil, 3)
    proposition = proposer(accueil, par=lycee.personne)
    adresse = lien(accueil, "proposition", proposition.code)
    page = page_de(lycee.get(adresse))
    assert page.count('name="creneau_') == 2
    assert "Page 1 sur 2, 3 élèves. Changer de page garde vos choix." in page
    assert "3 élèves placés sur 9 places libres" in page
    premiere, *_ = placees(proposition)
    envoi = {f"creneau_{premiere.candidature.code}": "", "version": str(proposition.version), "vers": "2"}
    reponse = lycee.post(adresse, envoi)
    assert reponse.url == f"{adresse}?page=2"
    assert proposition.lignes.get(pk=premiere.pk).creneau is None
    reponse = lycee.get(reponse.url)
    assert [montree.ligne for montree in reponse.context["sans_creneau"]] == [premiere]
    assert "Page précédente" in page_de(reponse)


def test_une_page_de_proposition_tient_dans_ce_que_django_accepte(settings):
    """Deux champs par ligne, la version, le jeton, le geste."""
    assert vue.LIGNES_PAR_PAGE * 2 + 10 < settings.DATA_UPLOAD_MAX_NUMBER_FIELDS


def test_un_echange_se_fait_en_un_choix(accueil, lycee):
    ouvrir(accueil), qui_attendent(accueil, 2)
    proposition = proposer(accueil, par=lycee.personne)
    premiere, seconde = placees(proposition)
    echange = {f"creneau_{premiere.candidature.code}": f"echange:{seconde.candidature.code}"}
    page = lycee.get(lien(accueil, "proposition", proposition.code)).content.decode()
    assert f'value="echange:{seconde.candidature.code}"' in page
    lycee.post(lien(accueil, "proposition", proposition.code), saisie(proposition, "verifier", **echange))
    assert [ligne.candidature for ligne in placees(proposition)] == [seconde.candidature, premiere.candidature]


@pytest.mark.parametrize(
    ("voulus", "finaux", "impossibles"),
    [
        ({"a": "echange:b"}, {"a": "2", "b": "1"}, set()),
        ({"a": "echange:b", "b": "echange:a"}, {"a": "2", "b": "1"}, set()),
        ({"a": "echange:b", "b": "9"}, {"a": "1", "b": "9"}, {"a"}),
        ({"a": "echange:b", "c": "echange:b"}, {"a": "1", "c": "3"}, {"a", "c"}),
        ({"a": "echange:b", "b": "echange:c"}, {"a": "1", "b": "3", "c": "2"}, {"a"}),
        ({"a": "echange:z"}, {"a": "1"}, {"a"}),
        ({"a": "autre", "b": ""}, {"a": "1", "b": ""}, set()),
    ],
    ids=["simple", "des-deux-cotes", "autre-change", "deux-pour-un", "en-chaine", "inconnu", "plus-tard"],
)
def test_des_echanges_se_resolvent_ou_se_refusent(voulus, finaux, impossibles):
    actuels = {"a": "1", "b": "2", "c": "3"}
    assert resoudre_les_echanges(actuels, voulus) == (finaux, impossibles)


def test_une_erreur_nomme_les_deux_eleves_et_ne_perd_aucun_choix(accueil, lycee):
    ouvrir(accueil), qui_attendent(accueil, 3)
    proposition = proposer(accueil, par=lycee.personne)
    un, deux, trois = placees(proposition)
    choix = {f"creneau_{deux.candidature.code}": un.creneau.code, f"creneau_{trois.candidature.code}": ""}
    reponse = lycee.post(lien(accueil, "proposition", proposition.code), saisie(proposition, "verifier", **choix))
    page = page_de(reponse)
    assert "<title>Erreur" in page
    assert "Deux élèves sur le même créneau (jeudi 25 mars à 9 h 00)" in page
    assert str(un.candidature.eleve) in page
    assert str(deux.candidature.eleve) in page
    montrees = {ligne.candidature.pk: ligne.choisi for jour in reponse.context["jours"] for ligne in jour.lignes}
    assert montrees == {
        un.candidature_id: un.creneau.code,
        deux.candidature_id: un.creneau.code,
        trois.candidature_id: "",
    }
    assert not Entretien.objects.exists()


def test_autre_creneau_ouvre_une_page_de_boutons_radio_et_garde_le_reste(accueil, lycee):
    ouvrir_des_creneaux(accueil, 9), qui_attendent(accueil, 2)
    proposition = proposer(accueil, par=lycee.personne)
    un, deux = placees(proposition)
    envoi = saisie(proposition, "", autre=un.candidature.code) | {f"creneau_{deux.candidature.code}": ""}
    reponse = lycee.post(lien(accueil, "proposition", proposition.code), envoi)
    adresse = lien(accueil, "proposition_creneau", proposition.code, un.candidature.code)
    assert reponse.url == adresse
    assert proposition.lignes.get(pk=deux.pk).creneau is None
    reponse = lycee.get(adresse)
    offerts = [creneau for jour in reponse.context["jours"] for creneau in jour["creneaux"]]
    assert len(offerts) == 9
    reponse = lycee.post(adresse, {"creneau": offerts[-1].code, "version": reponse.context["version"]})
    assert reponse.url == lien(accueil, "proposition", proposition.code)
    assert placees(proposition)[0].creneau == offerts[-1]


def test_la_seconde_personne_est_prevenue_et_garde_ses_choix(accueil, lycee, entrer):
    ouvrir(accueil), qui_attendent(accueil, 2)
    proposition = proposer(accueil, par=lycee.personne)
    un, deux = placees(proposition)
    envoi = saisie(proposition, "enregistrer") | {f"creneau_{un.candidature.code}": ""}
    ajuster(proposition, {deux.candidature: None}, par=entrer("Haddad").personne)
    reponse = lycee.post(lien(accueil, "proposition", proposition.code), envoi)
    assert "Mme Haddad a modifié cette proposition à 10 h 00." in page_de(reponse)
    choisis = {ligne.candidature.pk: ligne.choisi for jour in reponse.context["jours"] for ligne in jour.lignes}
    assert choisis == {un.candidature_id: ""}
    assert not Entretien.objects.exists()
    reponse = lycee.post(
        lien(accueil, "proposition", proposition.code), envoi | {"version": str(reponse.context["version"])}
    )
    assert Entretien.objects.get().candidature == deux.candidature


def test_une_ligne_que_la_page_n_a_pas_touchee_garde_ce_qu_un_collegue_y_a_mis(accueil, lycee, entrer):
    ouvrir(accueil), qui_attendent(accueil, 2)
    proposition = proposer(accueil, par=lycee.personne)
    un, deux = placees(proposition)
    vus = {f"vu_{ligne.candidature.code}": ligne.creneau.code for ligne in (un, deux)}
    adresse = lien(accueil, "proposition", proposition.code)
    assert all(f'name="{nom}" value="{vu}"' in page_de(lycee.get(adresse)) for nom, vu in vus.items())
    envoi = saisie(proposition, "enregistrer") | vus | {f"creneau_{un.candidature.code}": ""}
    ajuster(proposition, {deux.candidature: None}, par=entrer("Haddad").personne)
    reponse = lycee.post(adresse, envoi)
    montrees = [ligne for jour in reponse.context["jours"] for ligne in jour.lignes] + reponse.context["sans_creneau"]
    assert {ligne.choisi for ligne in montrees} == {""}


def test_un_eleve_pris_ailleurs_n_est_dit_qu_indisponible_et_se_recalcule(accueil, lycee):
    ouvrir(accueil, a=(EN_MARS.replace(hour=12)).time()), qui_attendent(accueil, 2)
    proposition = proposer(accueil, par=lycee.personne)
    un = placees(proposition)[0].candidature
    ailleurs = AccueilFactory(domaine=DomaineFactory(campagne=accueil.domaine.campagne))
    placer(CandidatureFactory(accueil=ailleurs, eleve=un.eleve), ouvrir_un_creneau(ailleurs, 9))
    envoi = lien(accueil, "proposition_envoi", proposition.code)
    page = page_de(lycee.post(envoi, {"version": proposition.version}, follow=True))
    assert f"{un.eleve} : Cet élève n’est pas disponible à cette heure." in page
    assert "rien n’est planifié ni envoyé" in page
    assert "Recalculer ces lignes" in page
    assert ailleurs.etablissement.nom not in page
    assert not Convocation.objects.exists()
    lycee.post(lien(accueil, "proposition", proposition.code), saisie(proposition, "corriger"))
    proposition.refresh_from_db()
    lycee.post(envoi, {"version": proposition.version})
    assert Envoi.objects.get().convocations.count() == 2


# Vérifier et envoyer ---------------------------------------------------------------------------------------


def test_la_verification_dit_les_nombres_et_l_envoi_mene_a_son_annulation(accueil, lycee):
    ouvrir(accueil), qui_attendent(accueil, 3)
    proposition = proposer(accueil, par=lycee.personne)
    reponse = lycee.post(lien(accueil, "proposition", proposition.code), saisie(proposition, "verifier"))
    assert reponse.url == lien(accueil, "proposition_envoi", proposition.code)
    page = page_de(verifiee := lycee.get(reponse.url))
    assert "3 convocations seront envoyées à 3 établissements et à 1 personne référente." in page
    assert "Envoyer les 3 convocations" in page
    assert "Convocation à un entretien d’information Passpro" in page
    deux_fois = [lycee.post(reponse.url, {"version": verifiee.context["version"]}) for _ in range(2)]
    assert {reponse.url for reponse in deux_fois} == {lien(accueil, "envoi", Envoi.objects.get().code)}
    page = page_de(lycee.get(deux_fois[0].url))
    assert "3 entretiens planifiés. Les courriels partent à 10 h 10." in page
    assert "Cette proposition est déjà confirmée, à 10 h 00." in page
    assert "Annuler l’envoi" in page
    assert Convocation.objects.count() == 3


def test_un_envoi_peut_attendre_un_autre_jour(accueil, lycee):
    ouvrir(accueil), qui_attendent(accueil, 1)
    proposition = proposer(accueil, par=lycee.personne)
    adresse = lien(accueil, "proposition_envoi", proposition.code)
    depart = {"version": "1", "quand": "plus_tard", "jour": "2027-03-26", "heure": "08:00"}
    page = page_de(lycee.post(adresse, depart))
    assert "Le premier entretien a lieu le jeudi 25 mars à 9 h 00 : choisissez un départ plus tôt." in page
    assert 'value="2027-03-26"' in page
    assert "Donnez le jour du départ." in page_de(lycee.post(adresse, depart | {"jour": ""}))
    reponse = lycee.post(adresse, depart | {"jour": "2027-03-12"})
    assert dits(reponse) == ["1 entretien planifié. Les courriels partent le vendredi 12 mars à 8 h 00."]
    assert Envoi.objects.get().part_le - EN_MARS > timedelta(days=1)


def test_enregistrer_sans_envoyer_laisse_les_convocations_a_envoyer(accueil, lycee):
    ouvrir(accueil), qui_attendent(accueil, 2)
    proposition = proposer(accueil, par=lycee.personne)
    reponse = lycee.post(lien(accueil, "proposition", proposition.code), saisie(proposition, "enregistrer"))
    assert dits(reponse) == ["2 entretiens planifiés. Les convocations restent à envoyer."]
    assert (Entretien.objects.count(), Convocation.objects.count()) == (2, 0)


def test_abandonner_demande_confirmation_puis_rend_les_creneaux(accueil, lycee):
    ouvrir(accueil), qui_attendent(accueil, 1)
    proposition = proposer(accueil, par=lycee.personne)
    reponse = lycee.post(lien(accueil, "proposition", proposition.code), saisie(proposition, "abandonner"))
    assert reponse.url == lien(accueil, "abandonner_la_proposition", proposition.code)
    assert "Les créneaux retenus redeviennent libres pour tous." in page_de(lycee.get(reponse.url))
    lycee.post(reponse.url)
    proposition.refresh_from_db()
    assert proposition.etat == "abandonnee"
    reponse = lycee.get(lien(accueil, "proposition", proposition.code))
    assert reponse.url == lien(accueil, "proposer")


def test_un_creneau_supprime_laisse_la_ligne_a_corriger(accueil, lycee):
    [creneau, *_] = ouvrir(accueil)
    qui_attendent(accueil, 3)
    proposition = proposer(accueil, par=lycee.personne)
    services.supprimer_les_creneaux(
        etablissement=accueil.etablissement,
        campagne=accueil.domaine.campagne,
        creneaux=[creneau],
        par=None,
        le=EN_MARS,
    )
    page = page_de(lycee.get(lien(accueil, "proposition", proposition.code)))
    assert "2 élèves placés sur 2 places libres" in page
    assert "Son créneau a été supprimé" in page
