"""Le calendrier de l'académie, ce que chacun peut faire, et la répétition d'une journée (écran S7, R4)."""

from datetime import date

import pytest
from django.urls import reverse
from django.utils import timezone

from referentiel.models import Campagne
from referentiel.rules.calendrier import Nature
from referentiel.rules.dates import fin_du_jour
from referentiel.services import accorder_une_derogation
from tests.architecture.acces import Lieux

ICI = reverse("pilotage:calendrier_academie")


@pytest.fixture
def saio(scene, connecter):
    return connecter(scene.saio.personne)


def reponses(page) -> dict[str, bool]:
    return {geste["libelle"]: geste["reponse"].ouverte for _, gestes in page.context["cotes"] for geste in gestes}


def test_la_page_dit_ce_que_chacun_peut_faire_ce_jour_la(saio):
    aujourd_hui, en_mai = reponses(saio.get(ICI)), reponses(saio.get(f"/repetition/2027-05-03{ICI}"))
    assert aujourd_hui["Inscrire des élèves"]
    assert not en_mai["Inscrire des élèves"]
    assert en_mai["Remettre les fiches récapitulatives"]
    assert en_mai["Noter la saisie des vœux dans Affelnet-Lycée"]
    assert not aujourd_hui["Noter la saisie des vœux dans Affelnet-Lycée"]


def test_la_fermeture_n_est_pas_en_cours_avant_son_jour(saio):
    def etat(jour: str) -> str:
        etapes = saio.get(f"/repetition/{jour}{ICI}").context["etapes"]
        return next(etape.etat for etape in etapes if etape.libelle == "Fermeture")

    assert etat("2027-03-15") == "à venir"
    assert etat("2027-05-28") == "en cours"
    assert etat("2027-05-29") == "terminée"


def test_la_page_dit_la_phrase_du_bandeau_de_chaque_cote(saio):
    lignes = {ligne["terme"]: ligne["valeur"] for ligne in saio.get(ICI).context["lignes"]}
    assert lignes["Établissement d’origine"].startswith("Campagne 2027\u00a0: inscriptions ouvertes")
    assert lignes["Établissement d’accueil"].startswith("Campagne 2027\u00a0: envoi des convocations")


def test_choisir_un_jour_mene_a_la_meme_page_ce_jour_la(saio):
    assert saio.get(ICI, {"jour": "2027-04-30"}).url == f"/repetition/2027-04-30{ICI}"
    depuis_un_jour = saio.get(f"/repetition/2027-05-03{ICI}", {"jour": "2027-04-30"})
    assert depuis_un_jour.url == f"/repetition/2027-04-30{ICI}"


@pytest.mark.parametrize("jour", ["", "hier", "2025-12-31", "2029-01-01"])
def test_un_jour_hors_de_la_campagne_est_refuse_avec_une_phrase(saio, jour):
    page = saio.get(ICI, {"jour": jour})
    assert page.status_code == 200
    assert page.context["form"].errors["jour"]


def test_la_page_mene_aux_jours_voisins_et_aux_jours_cles(saio):
    texte = saio.get(f"/repetition/2027-04-30{ICI}").content.decode()
    for jour in ("2027-04-29", "2027-05-01", "2027-01-25", "2027-05-28"):
        assert f'href="/repetition/{jour}{ICI}"' in texte


def test_l_observation_lit_le_calendrier_sans_repeter_ni_lire_les_delais(scene, connecter):
    page = connecter(scene.observateur.personne).get(ICI, {"jour": "2027-04-30"})
    assert page.status_code == 200
    assert "Répéter une journée" not in page.content.decode()
    assert "Délais accordés" not in page.content.decode()


def test_un_delai_accorde_se_lit_chez_le_saio_et_dans_le_bandeau_du_seul_etablissement(scene, saio, connecter):
    accorder_une_derogation(
        campagne=Campagne.objects.avec_regles().get(pk=scene.campagne.pk),
        etablissement=scene.college,
        nature=Nature.INSCRIPTION,
        jusqu_au=date(2027, 5, 7),
        motif="Incendie au collège",
        par=scene.saio.personne,
        le=scene.le,
    )
    assert "Incendie au collège" in saio.get(ICI).content.decode()
    phrase = "délai accordé à votre établissement jusqu’au vendredi 7\u00a0mai"
    accueil = reverse("pilotage:a_faire_origine", args=[scene.college.segment])
    ailleurs = reverse("pilotage:a_faire_origine", args=[scene.autre_origine.etablissement.segment])
    assert phrase in connecter(scene.chef_origine.personne).get(accueil).content.decode()
    assert phrase not in connecter(scene.autre_origine.personne).get(ailleurs).content.decode()
    eleves = reverse("pilotage:eleves", args=[scene.college.segment])
    texte = connecter(scene.chef_origine.personne).get(eleves).content.decode()
    assert "Inscriptions\u00a0: délai accordé à votre établissement jusqu’au vendredi 7\u00a0mai 2027 inclus" in texte


def test_une_page_envoyee_apres_la_cloture_rend_ce_qui_etait_tape(scene, connecter, monkeypatch):
    """E5 : le titre, la date limite, ce qui reste possible, le texte tapé (R4, F3)."""
    adresse = reverse("candidatures:eleve_ajouter", args=[scene.college.segment])
    assert connecter(scene.chef_origine.personne).get(adresse).status_code == 200
    scene.campagne.periodes.filter(nature=Nature.INFORMATION).update(fin=date(2027, 4, 30))
    monkeypatch.setattr(timezone, "now", lambda: fin_du_jour(date(2027, 4, 30)))
    page = connecter(scene.chef_origine.personne).post(adresse, {"nom": "Nom tapé à minuit", "prenom": "Yanis"})
    texte = page.content.decode()
    assert page.status_code == 200
    assert "<h1>Les inscriptions sont closes</h1>" in texte
    assert "La date limite était le vendredi 30\u00a0avril 2027 à 23\u00a0h\u00a059." in texte
    assert "Vous pouvez corriger les informations d’un élève" in texte
    assert "Nom tapé à minuit" in texte


FORMULAIRES = [
    ("candidatures:eleve_modifier", "origine", "eleve"),
    ("candidatures:desistement", "origine", "inscrite"),
    ("candidatures:inscription_formations", "origine", "eleve"),
    ("entretiens:remises", "origine", ""),
    ("entretiens:creer_des_creneaux", "accueil", ""),
    ("entretiens:planifier", "accueil", "inscrite"),
    ("entretiens:deplacer", "accueil", "planifiee"),
    ("entretiens:annuler", "accueil", "planifiee"),
    ("entretiens:verifier_l_envoi", "accueil", ""),
    ("entretiens:presences", "accueil", ""),
    ("avis:compte_rendu", "accueil", "tenue"),
]


@pytest.mark.parametrize(("nom", "cote", "objet"), FORMULAIRES)
def test_chaque_formulaire_envoye_apres_la_fermeture_rend_le_texte_tape(
    scene, connecter, monkeypatch, nom, cote, objet
):
    lieux = Lieux(scene).valeurs
    segments = [lieux[f"uai_{cote}"], *([lieux[objet]] if objet else [])]
    monkeypatch.setattr(timezone, "now", lambda: fin_du_jour(date(2027, 5, 28)))
    client = connecter((scene.chef_origine if cote == "origine" else scene.chef_accueil).personne)
    page = client.post(reverse(nom, args=segments), {"texte": "Une phrase tapée avant minuit", "geste": "enregistrer"})
    assert "erreurs/etape_close.html" in [gabarit.name for gabarit in page.templates]
    assert "Une phrase tapée avant minuit" in page.content.decode()
