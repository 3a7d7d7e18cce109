"""Les textes que le SAIO et les lycées modifient : aucun repère, aucun moteur, des liens sûrs (T13)."""

import re
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from referentiel.models import Accueil, Annonce, Campagne, Formation, JeuDeRegles
from referentiel.rules.reperes import pourquoi_pas_ce_texte
from referentiel.rules.texte import en_morceaux
from tests.factories.administration import saisie_de, un_saio, une_campagne
from tests.factories.pilotage import MAINTENANT, Scene

RACINE = Path(__file__).resolve().parents[2]
APPLICATIONS = ("avis", "candidatures", "comptes", "courriers", "entretiens", "passpro", "pilotage", "referentiel")
INCONNUS = {
    "Bonjour {eleve},": "{eleve}",
    "Bonjour {{ eleve.nom }},": "{{ eleve.nom }}",
    "{% include '/etc/passwd' %}": "{% include '/etc/passwd' %}",
    "Le ${date}": "${date}",
    "Le %(date)s": "%(date)s",
    "Le [[DATE]]": "[[DATE]]",
    "Le <<date>>": "<<date>>",
    "{settings.SECRET_KEY.__class__}": "{settings.SECRET_KEY.__class__}",
    "{0.__init__.__globals__}": "{0.__init__.__globals__}",
}
ORDINAIRES = [
    "Entrée par l’accueil principal, à 9 h.",
    "50 % des places",
    "Tarif : 3 < 5 & 2 > 1",
    "[voir le plan]",
    "",
]
MODIFIES = [
    (JeuDeRegles, "consignes"),
    (JeuDeRegles, "phrase_affelnet"),
    (Accueil, "consignes"),
    (Annonce, "titre"),
    (Annonce, "texte"),
]


@pytest.mark.parametrize("texte", INCONNUS)
def test_un_repere_inconnu_est_refuse_et_nomme(texte):
    raison = pourquoi_pas_ce_texte(texte)
    assert raison is not None
    assert raison.startswith(f"«\u00a0{INCONNUS[texte]}\u00a0» n’est pas un repère connu")
    for modele, champ in MODIFIES:
        with pytest.raises(ValidationError, match="n’est pas un repère connu"):
            modele._meta.get_field(champ).clean(texte, None)


@pytest.mark.parametrize("texte", ORDINAIRES)
def test_un_texte_ordinaire_passe(texte):
    assert pourquoi_pas_ce_texte(texte) is None


@pytest.mark.django_db
def test_le_saio_lit_le_repere_inconnu_et_rien_n_est_enregistre(connecter):
    client, campagne = connecter(un_saio()), une_campagne()
    regles = JeuDeRegles.objects.get(campagne=campagne)
    adresse = reverse("admin:referentiel_jeuderegles_change", args=[regles.pk])
    reponse = client.post(adresse, saisie_de(client, adresse) | {"consignes": "Bonjour {eleve}"})
    assert reponse.status_code == 200
    assert "«\u00a0{eleve}\u00a0» n’est pas un repère connu" in reponse.content.decode()
    annonce = {"campagne": campagne.pk, "titre": "Salut {{ prenom }}", "texte": "A"}
    reponse = client.post(reverse("admin:referentiel_annonce_add"), annonce)
    assert "«\u00a0{{ prenom }}\u00a0» n’est pas un repère connu" in reponse.content.decode()
    assert not Annonce.objects.exists()
    assert JeuDeRegles.objects.get(campagne=campagne).consignes == regles.consignes
    assert Campagne.objects.count() == 1


@pytest.mark.django_db
def test_le_lycee_lit_le_repere_inconnu_et_garde_sa_saisie(connecter, monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: MAINTENANT)
    scene = Scene()
    accueil = scene.accueil()
    adresse = reverse("entretiens:consignes", args=[scene.lycee.segment])
    client = connecter(scene.chef_accueil.personne)
    texte = client.post(adresse, {f"consignes_{accueil.code}": "Bonjour {eleve}"}).content.decode()
    assert "«\u00a0{eleve}\u00a0» n’est pas un repère connu" in texte
    assert "Bonjour {eleve}</textarea>" in texte
    assert Accueil.objects.get(pk=accueil.pk).consignes == accueil.consignes


def test_aucun_moteur_de_gabarit_ne_lit_un_texte_garde():
    """Un gabarit est un fichier du dépôt : rien ne s'en compile d'un texte."""
    moteurs = re.compile(r"\bfrom_string\(|\bTemplate\(|\.format_map\(|\bFormatter\(|\beval\(|\bexec\(")
    trouves = [
        f"{fichier.relative_to(RACINE)} : {moteur[0]}"
        for application in APPLICATIONS
        for fichier in (RACINE / application).rglob("*.py")
        for moteur in moteurs.finditer(fichier.read_text())
    ]
    assert trouves == []


@pytest.mark.parametrize(
    "lien",
    [
        "javascript:alert(1)",
        "data:text/html,<script>",
        "ftp://a.example/",
        "file:///etc/passwd",
        "//a.example",
        "vbscript:x",
    ],
)
def test_un_lien_n_est_qu_une_adresse_du_web(lien):
    with pytest.raises(ValidationError):
        Formation._meta.get_field("onisep").clean(lien, None)
    assert [morceau.url for morceau in en_morceaux(f"Voir {lien} ici") if morceau.url] == []
