"""Ce qui n'est pas encore à lire ne se lit nulle part : pages, documents, exports, courriels, recherches (R30, T19)."""

from io import BytesIO

import pytest
from django.urls import reverse
from pypdf import PdfReader
from python_calamine import CalamineWorkbook

from avis.services import ajouter_une_formation, enregistrer_le_brouillon, transmettre
from candidatures.models import Candidature, FormationDemandee
from candidatures.rules import Etat
from courriers.models import Courriel
from referentiel.exports import exports_de
from referentiel.models import JeuDeRegles, Periode
from referentiel.permissions import Cote
from referentiel.rules.calendrier import Nature
from referentiel.rules.jeu import Avis, Publication
from referentiel.services.exports import demander_un_export
from referentiel.travaux import fabrique_de
from tests.architecture.acces import TABLE, Lieux, Page
from tests.architecture.etrangers import corps_de
from tests.factories.avis import avis_pour, candidature_entendue
from tests.factories.pilotage import Scene

BROUILLON, TRANSMIS, CORRIGE = "ZIBELINE en brouillon", "OCARINA transmis", "XYLOPHONE corrigé"
COMMENTAIRE_CACHE = "CLEPSYDRE jamais inscrite"
CACHE_A_L_ORIGINE = ("ZIBELINE", "OCARINA", "XYLOPHONE", "QUADRILLE")
CACHE_A_L_ACCUEIL = ("CLEPSYDRE",)


@pytest.fixture
def embargo(scene, lieux) -> Candidature:
    """Des textes reconnaissables : un brouillon, un compte-rendu transmis, une formation ajoutée, rien de publié."""
    JeuDeRegles.objects.filter(campagne=scene.campagne).update(publication=Publication.VISUALISATION)
    scene.campagne.regles.refresh_from_db()
    Periode.objects.filter(campagne=scene.campagne, nature=Nature.VISUALISATION).delete()
    par = scene.chef_accueil.personne
    redigee = candidature_entendue(eleve=scene.eleve(), accueil=scene.accueil())
    enregistrer_le_brouillon(candidature=redigee, texte=BROUILLON, avis={}, version=0, par=par, le=scene.le)
    rendue = candidature_entendue(eleve=scene.eleve(), accueil=scene.accueil())
    ajoutee = scene.autre_formation(rendue)
    type(ajoutee).objects.filter(pk=ajoutee.pk).update(libelle="QUADRILLE")
    ajouter_une_formation(candidature=rendue, formation=ajoutee, avis=Avis.RESERVE, par=par, le=scene.le)
    rendue.refresh_from_db()
    version = rendue.compte_rendu.version
    transmettre(
        candidature=rendue, texte=TRANSMIS, avis=avis_pour(rendue, Avis.RESERVE), version=version, par=par, le=scene.le
    )
    cachee = scene.candidature(Etat.BROUILLON, inscrite_le=None)
    FormationDemandee.objects.filter(candidature=cachee).update(
        commentaire=COMMENTAIRE_CACHE, avis="favorable", avis_par=par, avis_le=scene.le
    )
    lieux.valeurs |= {
        "eleve": rendue.eleve.code,
        "eleve_rendu": rendue.eleve.code,
        "inscrite": rendue.code,
        "tenue": redigee.code,
        "demande": rendue.formations_demandees.first().code,
    }
    return rendue


def texte_de(reponse) -> str:
    contenu = corps_de(reponse)
    sorte = reponse.get("Content-Type", "")
    if sorte.startswith("application/pdf"):
        return "".join(page.extract_text() for page in PdfReader(BytesIO(contenu)).pages)
    if "spreadsheet" in sorte:
        return str([feuille_du(contenu, nom) for nom in CalamineWorkbook.from_filelike(BytesIO(contenu)).sheet_names])
    return contenu.decode(errors="replace")


def feuille_du(contenu: bytes, nom: str) -> list:
    return CalamineWorkbook.from_filelike(BytesIO(contenu)).get_sheet_by_name(nom).to_python()


def pages_du_cote(cote: str, lieux: Lieux) -> list[tuple[Page, str]]:
    adresses = [(page, reverse(page.nom, kwargs=lieux.arguments(page))) for page in TABLE if not page.envoi]
    return [(page, adresse) for page, adresse in adresses if adresse.startswith(f"/{cote}/")]


def lus(client, cote: str, lieux: Lieux, mots: tuple[str, ...]) -> list[str]:
    """Les pages de ce côté qui disent un de ces mots, sur la page elle-même ou en réponse à une recherche."""
    fuites, lues = [], 0
    for page, adresse in pages_du_cote(cote, lieux):
        for requete in ({}, {"q": mots[0].lower()}):
            reponse = client.get(adresse, requete)
            texte = texte_de(reponse)
            lues += reponse.status_code == 200
            fuites += [f"{page.nom} dit {mot}" for mot in mots if mot in texte]
            if "Content-Disposition" in reponse.headers:
                break
    assert lues > 60
    return fuites


def test_rien_de_ce_que_l_accueil_a_ecrit_ne_se_lit_a_l_origine_avant_la_publication(
    scene, lieux, embargo, connecter, tmp_path
):
    client = connecter(scene.chef_origine.personne)
    fuites = lus(client, "origine", lieux, CACHE_A_L_ORIGINE)
    fuites += [f"export {export.nature}" for export in exports_de(Cote.ORIGINE) if dit(export, scene, tmp_path)]
    for courriel in Courriel.objects.all():
        parle = f"{courriel.sujet} {courriel.texte} {courriel.html} {courriel.pieces}"
        fuites += [f"courriel {courriel.nature} dit {mot}" for mot in CACHE_A_L_ORIGINE if mot in parle]
    assert not fuites


def dit(export, scene: Scene, tmp_path) -> bool:
    """Vrai si l'export de l'origine porte un mot caché ; il se prépare comme à l'atelier."""

    class Muet:
        def avancer(self, de: int = 1) -> None: ...

        def refuser(self, nom: str, raison: str) -> None: ...

    travail = demander_un_export(
        export=export,
        etablissement=scene.college,
        campagne=scene.campagne,
        cote="origine",
        retour="/",
        par=scene.chef_origine.personne,
        le=scene.le,
    )
    fichier = tmp_path / f"{export.nature}.xlsx"
    fabrique_de(export.nature)(travail, fichier, Muet())
    classeur = CalamineWorkbook.from_path(str(fichier))
    contenu = str([classeur.get_sheet_by_name(nom).to_python() for nom in classeur.sheet_names])
    return any(mot in contenu for mot in CACHE_A_L_ORIGINE)


def test_une_fois_publies_les_memes_textes_se_lisent(scene, lieux, embargo, connecter):
    """Le relevé sait les voir : sans embargo, il trouve le compte-rendu, et toujours pas le brouillon."""
    JeuDeRegles.objects.filter(campagne=scene.campagne).update(publication=Publication.DES_TRANSMISSION)
    client = connecter(scene.chef_origine.personne)
    adresse = reverse("avis:fiche", args=[scene.college.segment, embargo.eleve.code])
    texte = texte_de(client.get(adresse))
    assert "OCARINA" in texte
    assert "QUADRILLE" in texte
    assert "ZIBELINE" not in texte


def test_rien_d_une_inscription_en_brouillon_ne_se_lit_a_l_accueil(scene, lieux, embargo, connecter):
    client = connecter(scene.chef_accueil.personne)
    assert not lus(client, "accueil", lieux, CACHE_A_L_ACCUEIL)
