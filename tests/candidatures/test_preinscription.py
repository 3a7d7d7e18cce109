"""Un établissement sans ARENA pré-inscrit un élève, sans compte (R21, écran P8, T9, T10, F6)."""

import re
from collections.abc import Callable
from datetime import timedelta
from math import log2

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from avis import codes
from candidatures.jetons import nouveau_code
from candidatures.models import Candidature, LienPersonnel, PassagePublic, PreInscription
from candidatures.rules import Etat
from candidatures.services import preinscriptions as services
from comptes.jetons import OCTETS, empreinte_du_jeton
from comptes.models import Trace
from courriers.models import Courriel
from referentiel.rules.identifiants import ALPHABET_DES_CODES
from referentiel.rules.refus import PeriodeClose, Refus
from tests.factories.inscriptions import APRES_LA_CAMPAGNE, APRES_LES_INSCRIPTIONS, Monde
from tests.factories.preinscriptions import (
    ADRESSE,
    COMMENTAIRE,
    ELEVE,
    ETABLISSEMENT,
    RESEAU,
    code_recu,
    dernier_courriel,
    envoyee,
    lien_recu,
    saisie,
)
from tests.factories.referentiel import AcademieFactory, CampagneFactory, EtablissementFactory, RattachementFactory

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("en_mars")]
UAI = "0941234F"
INE = "012345678AB"


@pytest.fixture
def saio(monde: Monde):
    return RattachementFactory(saio=True, academie=monde.campagne.academie).personne


def etape(nom: str, jeton: str) -> str:
    return reverse(f"candidatures:pre_inscription_{nom}", args=[jeton])


def commencer(client: Client) -> str:
    """Jeton de la saisie qui s'ouvre."""
    reponse = client.post(reverse("candidatures:pre_inscription"))
    return reponse["Location"].split("/")[2]


def formulaire_de_l_etablissement(**champs: str) -> dict[str, str]:
    return {**ETABLISSEMENT, "courriel": ADRESSE, "site_web": "", **champs}


def formulaire_de_l_eleve(**champs: str) -> dict[str, str]:
    annee, mois, jour = ELEVE["date_de_naissance"].split("-")
    dates = {
        "date_de_naissance_day": str(int(jour)),
        "date_de_naissance_month": str(int(mois)),
        "date_de_naissance_year": annee,
    }
    return {**{cle: valeur for cle, valeur in ELEVE.items() if cle != "date_de_naissance"}, **dates, **champs}


def jusqu_au_recapitulatif(client: Client, monde: Monde) -> str:
    jeton = commencer(client)
    client.post(etape("etablissement", jeton), formulaire_de_l_etablissement())
    client.post(etape("verification", jeton), {"geste": "verifier", "code": code_recu()})
    client.post(etape("eleve", jeton), formulaire_de_l_eleve())
    cle, formation = monde.accueil.domaine_id, monde.formations[0]
    client.post(etape("formations", jeton), {f"formations_{cle}": [formation.pk], f"accueil_{cle}": monde.accueil.pk})
    avis = {"avis": "favorable", "commentaire": COMMENTAIRE, "version": "0"}
    reponse = client.post(etape("avis", jeton), {f"f{formation.pk}-{nom}": valeur for nom, valeur in avis.items()})
    assert reponse["Location"] == etape("recapitulatif", jeton)
    return jeton


def test_du_formulaire_a_la_candidature_par_les_pages(client, monde, saio, connecter):
    """Le chemin entier : formulaire, code lu dans le courriel, SAIO, lien de suivi."""
    jeton = jusqu_au_recapitulatif(client, monde)
    assert not PreInscription.objects.deposees().exists()
    recapitulatif = client.get(etape("recapitulatif", jeton)).content.decode()
    assert COMMENTAIRE in recapitulatif
    assert "ROUX Emma" in recapitulatif
    reponse = client.post(etape("recapitulatif", jeton), {"informes": "on"}, follow=True)
    demande = PreInscription.objects.get()
    assert demande.reference == "PI-2027-000001"
    page = reponse.content.decode()
    assert "Pré-inscription envoyée" in page
    assert "votre demande PI-2027-000001 est transmise au SAIO." in page
    assert dernier_courriel().sujet == "Passpro : demande PI-2027-000001 reçue"
    suivi = client.get(lien_recu())
    assert "En attente de validation par le SAIO" in suivi.content.decode()

    du_saio = connecter(saio)
    adresse = reverse("candidatures:preinscription_saio", args=[demande.code])
    assert "Aucun code UAI n’est donné" in du_saio.get(adresse).content.decode()
    envoi = {"geste": "accepter", "etablissement": "autre", "uai": "0941234 f"}
    reponse = du_saio.post(adresse, envoi, follow=True)
    assert "PI-2027-000001 acceptée." in reponse.content.decode()
    assert du_saio.post(adresse, envoi, follow=True).status_code == 200

    candidature = Candidature.objects.get()
    assert candidature.etat == Etat.INSCRITE
    assert candidature.accueil == monde.accueil
    assert candidature.eleve.etablissement.uai == UAI
    assert candidature.eleve.etablissement.nom == ETABLISSEMENT["nom"]
    [demandee] = candidature.formations_demandees.all()
    assert (demandee.avis, demandee.commentaire, demandee.avis_par) == ("favorable", COMMENTAIRE, saio)
    trace = Trace.objects.de(candidature).get(fait="avis_de_la_preinscription")
    assert trace.apres["donnes_par"] == "M. Dupont, directeur (CFA des métiers de bouche)"
    assert dernier_courriel().sujet == "Passpro : demande PI-2027-000001 acceptée"
    suivi = client.get(lien_recu())
    assert "Acceptée" in suivi.content.decode()
    assert "Hôtellerie-restauration" in suivi.content.decode()
    assert suivi["Cache-Control"] == "private, no-store"


def test_la_base_ne_garde_ni_le_jeton_ni_le_code(client, monde):
    jeton = commencer(client)
    client.post(etape("etablissement", jeton), formulaire_de_l_etablissement())
    demande = PreInscription.objects.get()
    assert len(jeton) >= 22
    assert demande.jeton_empreinte == empreinte_du_jeton(jeton)
    assert code_recu() not in str(vars(demande))


@pytest.mark.parametrize(
    "adresse", ["introduction", "etablissement", "verification", "lien", "recapitulatif", "envoyee"]
)
def test_ouvrir_un_lien_ne_change_rien(client, monde, adresse):
    jeton = commencer(client)
    client.post(etape("etablissement", jeton), formulaire_de_l_etablissement())
    avant = list(PreInscription.objects.values())
    url = {"introduction": reverse("candidatures:pre_inscription"), "lien": lien_recu()}.get(adresse)
    client.get(url or etape(adresse, jeton))
    client.head(url or etape(adresse, jeton))
    assert list(PreInscription.objects.values()) == avant


def test_le_lien_du_courriel_confirme_par_un_envoi(client, monde):
    jeton = commencer(client)
    client.post(etape("etablissement", jeton), formulaire_de_l_etablissement())
    lien = lien_recu()
    assert "Confirmer mon adresse" in client.get(lien).content.decode()
    cle = lien.split("cle=")[1]
    reponse = client.post(etape("verification", jeton), {"geste": "confirmer", "cle": cle})
    assert reponse["Location"] == etape("eleve", jeton)
    assert PreInscription.objects.get().confirmee_le == monde.le


def test_un_code_faux_compte_les_essais_puis_ne_vaut_plus(client, monde):
    jeton = commencer(client)
    client.post(etape("etablissement", jeton), formulaire_de_l_etablissement())
    juste = code_recu()
    faux = f"{(int(juste) + 1) % 10**6:06d}"
    reponses = [
        client.post(etape("verification", jeton), {"geste": "verifier", "code": faux}).content.decode()
        for _ in range(5)
    ]
    assert "Ce code n’est pas le bon. Il vous reste 4 essais." in reponses[0]
    assert "Il vous reste 1 essai." in reponses[3]
    assert "Ce code n’est pas le bon. Demandez-en un nouveau." in reponses[4]
    dernier = client.post(etape("verification", jeton), {"geste": "verifier", "code": juste})
    assert "Ce code a expiré. Demandez-en un nouveau." in dernier.content.decode()
    client.post(etape("verification", jeton), {"geste": "renvoyer"})
    client.post(etape("verification", jeton), {"geste": "verifier", "code": code_recu()})
    assert PreInscription.objects.get().confirmee_le


def test_un_code_echoit_apres_trente_minutes(monde):
    jeton = services.commencer(campagne=monde.campagne, reseau=RESEAU, le=monde.le)
    demande = PreInscription.objects.get()
    services.donner_l_etablissement(
        preinscription=demande, demandeur=ETABLISSEMENT, courriel=ADRESSE, jeton=jeton, reseau=RESEAU, le=monde.le
    )
    with pytest.raises(Refus, match="a expiré"):
        services.confirmer_par_code(preinscription=demande, code=code_recu(), le=monde.le + timedelta(minutes=30))
    services.confirmer_par_code(preinscription=demande, code=code_recu(), le=monde.le + timedelta(minutes=29))


def test_changer_d_adresse_demande_une_nouvelle_confirmation(monde):
    demande, jeton = saisie(monde.campagne, monde.le)
    services.donner_l_etablissement(
        preinscription=demande,
        demandeur=ETABLISSEMENT,
        courriel="autre@cfa-exemple.example",
        jeton=jeton,
        reseau=RESEAU,
        le=monde.le,
    )
    demande.refresh_from_db()
    assert demande.confirmee_le is None
    with pytest.raises(Refus, match="Confirmez d’abord"):
        services.envoyer(preinscription=demande, jeton=jeton, reseau=RESEAU, le=monde.le)


def test_rien_ne_dit_ce_qui_est_connu(client, monde):
    """T9 : mêmes statut, texte, longueur et nombre de requêtes, que l'adresse, l'élève et un compte existent ou non."""
    monde.eleve(nom="Roux", prenom="Emma", ine=INE)
    hors_contrat = EtablissementFactory(secteur="Privé", contrat="Hors contrat", messagerie="")
    avec_compte = EtablissementFactory(secteur="Privé", contrat="Hors contrat", messagerie="")
    RattachementFactory(etablissement=avec_compte)
    RattachementFactory(personne__courriel="connue@cfa-exemple.example", etablissement=avec_compte)
    pages = []
    for uai, courriel, ine in (
        (hors_contrat.uai, "nouvel@cfa-exemple.example", "987654321AB"),
        (avec_compte.uai, "connue@cfa-exemple.example", INE),
    ):
        visiteur, jeton = Client(), commencer(client)
        gestes: list[Callable[[], HttpResponse]] = [
            lambda v=visiteur, j=jeton, u=uai, c=courriel: v.post(
                etape("etablissement", j), formulaire_de_l_etablissement(uai=u, courriel=c)
            ),
            lambda v=visiteur, j=jeton: v.get(etape("verification", j)),
            lambda v=visiteur, j=jeton, c=courriel: v.post(
                etape("verification", j), {"geste": "verifier", "code": code_recu(c)}
            ),
            lambda v=visiteur, j=jeton, i=ine: v.post(etape("eleve", j), formulaire_de_l_eleve(ine=i)),
            lambda v=visiteur, j=jeton: v.get(etape("formations", j)),
        ]
        lues = []
        for geste in gestes:
            with CaptureQueriesContext(connection) as requetes:
                reponse = geste()
            texte = sans_jeton(reponse, jeton, courriel)
            lues.append((reponse.status_code, texte, len(texte), len(requetes)))
        pages.append(lues)
    assert pages[0] == pages[1]


def sans_jeton(reponse, jeton: str, courriel: str) -> str:
    """Texte d'une réponse, ses valeurs propres à la visite retirées."""
    texte = reponse.content.decode().replace(jeton, "J").replace(f"{courriel[:3]}…", "A")
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", texte) + reponse.get("Location", "").replace(
        jeton, "J"
    )


def test_un_etablissement_de_l_academie_passe_par_arena_qu_il_ait_un_compte_ou_non(client, monde):
    """Un fait public ; « Continuer quand même » demande une raison, que le SAIO lit."""
    sans_compte = EtablissementFactory()
    textes = []
    for etablissement in (monde.college, sans_compte):
        jeton = commencer(client)
        page = client.post(etape("etablissement", jeton), formulaire_de_l_etablissement(uai=etablissement.uai.lower()))
        assert "Cet établissement a déjà un accès à Passpro. Connectez-vous par ARENA." in page.content.decode()
        textes.append(sans_jeton(page, jeton, "").replace(etablissement.uai.lower(), "U"))
    assert textes[0] == textes[1]
    envoi = formulaire_de_l_etablissement(uai=sans_compte.uai, quand_meme="on")
    assert "Dites pourquoi" in client.post(etape("etablissement", jeton), envoi).content.decode()
    reponse = client.post(etape("etablissement", jeton), envoi | {"raison": "Portail en panne"})
    assert reponse["Location"] == etape("verification", jeton)


def test_le_champ_leurre_rend_la_meme_reponse_sans_rien_garder(client, monde):
    jeton = commencer(client)
    reponse = client.post(etape("etablissement", jeton), formulaire_de_l_etablissement(site_web="https://pub.example"))
    assert reponse["Location"] == etape("verification", jeton)
    assert PreInscription.objects.get().saisie == {}
    assert not Courriel.objects.exists()


def test_une_adresse_recoit_cinq_codes_par_heure_au_plus(client, monde):
    for _ in range(5):
        client.post(etape("etablissement", commencer(client)), formulaire_de_l_etablissement())
    jeton = commencer(client)
    reponse = client.post(etape("etablissement", jeton), formulaire_de_l_etablissement())
    assert reponse.status_code == 429
    assert "Trop de demandes. Réessayez dans une heure ou contactez le SAIO." in reponse.content.decode()
    assert Courriel.objects.filter(destinataire=ADRESSE).count() == 5
    autre = client.post(etape("etablissement", jeton), formulaire_de_l_etablissement(courriel="autre@cfa.example"))
    assert autre.status_code == 302


def test_un_reseau_ouvre_trente_saisies_par_heure_au_plus(monde):
    for _ in range(30):
        services.commencer(campagne=monde.campagne, reseau=RESEAU, le=monde.le)
    with pytest.raises(services.TropDeDemandes):
        services.commencer(campagne=monde.campagne, reseau=RESEAU, le=monde.le)
    services.commencer(campagne=monde.campagne, reseau="198.51.100.2", le=monde.le)
    services.commencer(campagne=monde.campagne, reseau=RESEAU, le=monde.le + timedelta(hours=1))
    assert PassagePublic.objects.count() == 1
    assert RESEAU not in str(list(PassagePublic.objects.values()))


def test_une_adresse_declaree_par_l_en_tete_ne_contourne_pas_la_limite(client, monde):
    """`X-Forwarded-For` s'écrit comme on veut : la limite retient l'adresse de la connexion (T9)."""
    for _ in range(30):
        services.commencer(campagne=monde.campagne, reseau="127.0.0.1", le=monde.le)
    for rang in range(3):
        menteur = {"HTTP_X_FORWARDED_FOR": f"203.0.113.{rang}", "HTTP_X_REAL_IP": f"203.0.113.{rang}"}
        reponse = client.post(reverse("candidatures:pre_inscription"), **menteur)
        assert "Trop de demandes." in reponse.content.decode()
    assert PreInscription.objects.count() == 30


def test_rien_de_ce_qui_ouvre_ne_se_devine():
    """T9 : un lien a 192 bits ; une fiche à vérifier, plus de 64 quand cent mille élèves en ont une ; un code de six
    chiffres n'a que vingt-cinq essais par heure et par adresse."""
    assert OCTETS * 8 == 192
    signe = log2(len(ALPHABET_DES_CODES))
    assert (8 + 2 * codes.LONGUEUR) * signe - log2(100_000) > 64
    assert len(nouveau_code()) == 6
    assert services.ESSAIS * services.PAR_COURRIEL["code"] <= 25


def test_un_niveau_de_lycee_arrete_la_demarche(client, monde):
    _, jeton = saisie(monde.campagne, monde.le)
    page = client.post(etape("eleve", jeton), formulaire_de_l_eleve(niveau="lycee", nom="Autre")).content.decode()
    assert "Passpro est réservé aux élèves de niveau 3e." in page
    assert PreInscription.objects.get().saisie["eleve"]["nom"] == "Roux"


def test_les_identifiants_sont_mis_au_propre_et_controles(client, monde):
    jeton = commencer(client)
    page = client.post(etape("etablissement", jeton), formulaire_de_l_etablissement(uai="0941234 A")).content.decode()
    assert "F attendue" in page
    client.post(etape("etablissement", jeton), formulaire_de_l_etablissement(uai="0941234 f"))
    client.post(etape("verification", jeton), {"geste": "verifier", "code": code_recu()})
    assert (
        "Un INE compte 11 caractères"
        in client.post(etape("eleve", jeton), formulaire_de_l_eleve(ine="12")).content.decode()
    )
    client.post(etape("eleve", jeton), formulaire_de_l_eleve(ine="0123 45678 ab"))
    saisi = PreInscription.objects.get().saisie
    assert (saisi["etablissement"]["uai"], saisi["eleve"]["ine"]) == (UAI, INE)


def test_un_avis_ou_un_commentaire_qui_manque_arrete_et_garde_la_saisie(client, monde):
    _, jeton = saisie(monde.campagne, monde.le, choix=(monde.accueil, monde.formations[0]))
    prefixe = f"f{monde.formations[0].pk}"
    envoi = {f"{prefixe}-avis": "", f"{prefixe}-commentaire": "court", f"{prefixe}-version": "0"}
    page = client.post(etape("avis", jeton), envoi).content.decode()
    assert "Choisissez un avis." in page
    assert "il en faut au moins 10" in page
    assert ">court<" in page.replace("\n", "").replace("\r", "")


def test_une_etape_en_avance_ramene_a_celle_qui_manque(client, monde):
    jeton = commencer(client)
    assert client.get(etape("recapitulatif", jeton))["Location"] == etape("etablissement", jeton)
    client.post(etape("etablissement", jeton), formulaire_de_l_etablissement())
    assert client.get(etape("eleve", jeton))["Location"] == etape("verification", jeton)
    assert client.post(etape("eleve", jeton), formulaire_de_l_eleve())["Location"] == etape("verification", jeton)
    assert "eleve" not in PreInscription.objects.get().saisie


def test_la_famille_est_informee_avant_l_envoi(client, monde):
    _, jeton = saisie(monde.campagne, monde.le)
    page = client.post(etape("recapitulatif", jeton), {}).content.decode()
    assert "Informez l’élève et ses représentants légaux avant d’envoyer." in page
    assert not PreInscription.objects.deposees().exists()


def test_un_double_envoi_n_a_qu_un_effet(monde):
    demande, jeton = envoyee(monde.campagne, monde.le)
    services.envoyer(preinscription=demande, jeton=jeton, reseau=RESEAU, le=monde.le)
    assert Courriel.objects.filter(sujet__endswith="reçue").count() == 1
    assert LienPersonnel.objects.count() == 1


def test_les_references_se_suivent_dans_chaque_campagne(monde):
    choix = (monde.accueil, monde.formations[0])
    references = [envoyee(monde.campagne, monde.le, choix=choix)[0].reference for _ in range(2)]
    assert references == ["PI-2027-000001", "PI-2027-000002"]
    ailleurs = CampagneFactory(academie=AcademieFactory(code="paris", nom="Paris"))
    assert envoyee(ailleurs, monde.le, courriel="b@cfa.example")[0].reference == "PI-2027-000001"


def test_un_autre_eleve_du_meme_etablissement_garde_les_deux_premieres_etapes(client, monde):
    _, jeton = envoyee(monde.campagne, monde.le)
    reponse = client.post(reverse("candidatures:pre_inscription_autre", args=[jeton]))
    nouveau = reponse["Location"].split("/")[2]
    assert nouveau != jeton
    assert reponse["Location"] == etape("eleve", nouveau)
    page = client.get(etape("eleve", nouveau)).content.decode()
    assert "Roux" not in page
    assert client.get(etape("formations", nouveau))["Location"] == etape("eleve", nouveau)


def test_une_saisie_est_gardee_sept_jours_puis_effacee(client, monde, monkeypatch):
    _, jeton = saisie(monde.campagne, monde.le)
    monkeypatch.setattr(timezone, "now", lambda: monde.le + timedelta(days=6, hours=23))
    assert client.get(etape("recapitulatif", jeton)).status_code == 200
    monkeypatch.setattr(timezone, "now", lambda: monde.le + timedelta(days=7))
    assert client.get(etape("recapitulatif", jeton)).status_code == 404
    assert services.effacer_les_saisies_echues(le=monde.le + timedelta(days=7)) == 1
    assert not PreInscription.objects.exists()


def test_les_inscriptions_closes_ferment_la_demarche_et_rendent_le_texte(client, monde, monkeypatch):
    _, jeton = saisie(monde.campagne, monde.le)
    demande = PreInscription.objects.get()
    monkeypatch.setattr(timezone, "now", lambda: APRES_LES_INSCRIPTIONS)
    assert "Les inscriptions sont closes" in client.get(reverse("candidatures:pre_inscription")).content.decode()
    PreInscription.objects.update(expire_le=APRES_LA_CAMPAGNE)
    page = client.post(etape("eleve", jeton), formulaire_de_l_eleve(nom="Tapé")).content.decode()
    assert "Les inscriptions sont closes" in page
    assert "Tapé" in page
    with pytest.raises(PeriodeClose):
        services.envoyer(preinscription=demande, jeton=jeton, reseau=RESEAU, le=APRES_LES_INSCRIPTIONS)


@pytest.mark.parametrize("valeur", ["\x00", "²" * 300, "-1", "9" * 5000, "<script>", "[]"])
def test_une_saisie_hostile_ne_fait_tomber_aucune_etape(client, monde, valeur):
    _, jeton = saisie(monde.campagne, monde.le, choix=(monde.accueil, monde.formations[0]))
    client.raise_request_exception = False
    champs = [*formulaire_de_l_etablissement(), *formulaire_de_l_eleve(), "geste", "cle", "code", "q", "reprendre"]
    champs += [f"formations_{monde.accueil.domaine_id}", f"accueil_{monde.accueil.domaine_id}", "informes"]
    champs += [f"f{monde.formations[0].pk}-{nom}" for nom in ("avis", "commentaire", "version")]
    for nom in ("etablissement", "verification", "eleve", "formations", "avis"):
        reponse = client.post(etape(nom, jeton), dict.fromkeys(champs, valeur) | {"site_web": ""})
        assert reponse.status_code < 500, nom
    assert client.get(etape("etablissement", "²")).status_code == 404


def test_les_mots_a_eviter_sont_rappeles_sans_bloquer(client, monde):
    monde.campagne.mots_a_rappeler.create(mot="bulletin")
    _, jeton = saisie(monde.campagne, monde.le, choix=(monde.accueil, monde.formations[0]))
    prefixe = f"f{monde.formations[0].pk}"
    envoi = {"avis": "reserve", "commentaire": "Voir le bulletin du second trimestre.", "version": "0"}
    envoi = {f"{prefixe}-{nom}": valeur for nom, valeur in envoi.items()}
    assert "bulletin" in client.post(etape("avis", jeton), envoi, follow=True).content.decode()
    assert PreInscription.objects.get().saisie["avis"][str(monde.formations[0].pk)]["avis"] == "reserve"


def test_un_jeton_inconnu_n_ouvre_rien(client, monde):
    for nom in ("etablissement", "eleve", "recapitulatif", "envoyee"):
        assert client.get(etape(nom, "inconnu")).status_code == 404
