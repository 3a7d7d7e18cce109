"""Créteil 2017, Créteil 2025, Paris 2022 : chaque page dit les règles de sa campagne, rien d’autre (R1, R5, R6)."""

import re
from io import BytesIO

import pytest
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from avis.lectures import fiche_de
from avis.pdf import fiche_imprimee
from courriers.pdf import rendre
from entretiens.models import Convocation
from entretiens.pdf import pdf_des_convocations
from referentiel.models import Campagne, CaseDeMatrice
from referentiel.rules.calendrier import Bornes, Calendrier
from referentiel.rules.jeu import Avis, Resultat
from referentiel.services import creer_campagne
from tests.factories.administration import un_saio, une_autre_academie
from tests.factories.avis import LENDEMAIN, candidature_entendue, candidature_rendue, donner_l_avis_d_origine
from tests.factories.candidatures import CandidatureFactory, EleveFactory
from tests.factories.entretiens import convoquer, ouvrir_un_creneau, placer
from tests.factories.referentiel import (
    PERIODES,
    AcademieFactory,
    AccueilFactory,
    DomaineFactory,
    EtablissementFactory,
    RattachementFactory,
)

pytestmark = pytest.mark.django_db

POINTS_DE_2017 = {"tres_favorable": 400, "favorable": 300, "assez_favorable": 200, "peu_favorable": 100, "reserve": 0}
REGLES = ("creteil-2017", "creteil-2025", "paris-2022")
# Ce que chaque campagne dit, page par page ; aucune des deux autres ne le dit sur la même page.
MOTS: dict[str, dict[str, str]] = {
    "catalogue": {
        "creteil-2017": "peuvent donner lieu à une majoration de barème dans Affelnet-Lycée",
        "creteil-2025": "ne donne aucune bonification dans Affelnet-Lycée",
        "paris-2022": "donne un bonus de 2 500 points dans Affelnet-Lycée",
    },
    "aide": {
        "creteil-2017": "réservé, ne se prononce pas. La fiche récapitulative montre un avis final, et le bonus",
        "creteil-2025": "L’élève peut préparer une lettre par formation",
        "paris-2022": "ceux-ci : favorable, réservé.",
    },
    "fiche": {
        "creteil-2017": "très favorable : 400 points ; favorable : 300 points ; assez favorable : 200 points ; "
        "peu favorable : 100 points ; réservé : aucun point",
        "creteil-2025": "Il est donné à titre indicatif.",
        "paris-2022": "il reprend l’avis de l’établissement d’accueil",
    },
    "fiche_pdf": {
        "creteil-2017": "bonus de 400 points",
        "creteil-2025": "Il est donné à titre indicatif.",
        "paris-2022": "bonus de 2 500 points",
    },
    "candidature": {
        "creteil-2017": "Très favorable – bonus de 400 points Avis d’origine favorable (3 mars 2027) et avis d’accueil "
        "favorable (12 mars 2027) donnent « très favorable ».",
        "creteil-2025": "Très favorable Avis d’origine favorable (3 mars 2027) et avis d’accueil favorable "
        "(12 mars 2027) donnent « très favorable ».",
        "paris-2022": "Favorable – bonus de 2 500 points Avis d’accueil favorable (12 mars 2027). Il décide seul : "
        "« favorable ». Avis d’origine favorable (3 mars 2027).",
    },
    "compte_rendu": {
        "creteil-2017": "(F, A, R ou N)",
        "creteil-2025": "L’élève peut apporter une lettre par formation.",
        "paris-2022": "(F ou R)",
    },
    "convocation": {
        "creteil-2017": "lettre de préparation, obligatoire",
        "creteil-2025": "si vous l’avez rédigée",
        "paris-2022": "lettre de préparation, obligatoire",
    },
    "a_faire": {
        "creteil-2017": "la lettre de préparation est obligatoire",
        "creteil-2025": "Premier entretien",
        "paris-2022": "la lettre de préparation est obligatoire",
    },
}
# Ce que d'autres campagnes disent, et que celle-ci ne doit dire nulle part.
INTERDITS = {
    "creteil-2017": ("bonification", "titre indicatif", "2 500", "(F ou R)", "si vous l’avez rédigée"),
    "creteil-2025": (
        "points",
        "majoration",
        "bonus",
        "obligatoire : une lettre",
        "lettre de préparation est obligatoire",
    ),
    "paris-2022": (
        "bonification",
        "titre indicatif",
        "majoration",
        "400 points",
        "Ne se prononce pas",
        "Très favorable",
    ),
}


@pytest.fixture(autouse=True)
def maintenant(monkeypatch):
    monkeypatch.setattr(timezone, "now", lambda: LENDEMAIN)


@pytest.fixture(params=REGLES)
def regle(request) -> str:
    return request.param


@pytest.fixture
def campagne(regle) -> Campagne:
    calendrier = Calendrier({nature: Bornes(*bornes) for nature, bornes in PERIODES.items()})
    posee = creer_campagne(
        academie=une_autre_academie() if regle.startswith("paris") else AcademieFactory(),
        annee=2027,
        intitule=regle,
        prereglage=regle,
        calendrier=calendrier,
        par=None,
        le=LENDEMAIN,
    )
    if regle == "creteil-2017":
        for resultat, points in POINTS_DE_2017.items():
            CaseDeMatrice.objects.filter(regles=posee.regles, resultat=resultat).update(points=points)
    Campagne.objects.update(etat=Campagne.Etat.OUVERTE)
    return Campagne.objects.avec_regles().get(pk=posee.pk)


@pytest.fixture
def origine(campagne):
    etablissement = EtablissementFactory(academie=campagne.academie)
    return RattachementFactory(etablissement=etablissement)


@pytest.fixture
def accueil(campagne):
    lycee = EtablissementFactory(academie=campagne.academie, lycee=True)
    RattachementFactory(a_l_accueil=True, etablissement=lycee)
    return AccueilFactory(domaine=DomaineFactory(campagne=campagne), etablissement=lycee)


@pytest.fixture
def eleve(campagne, origine):
    return EleveFactory(campagne=campagne, etablissement=origine.etablissement)


def lire(reponse) -> str:
    """Le texte de la page, ses balises et ses espaces insécables ôtées."""
    assert reponse.status_code == 200
    return propre(re.sub(r"<[^>]+>", " ", reponse.content.decode()))


def propre(texte: str) -> str:
    return " ".join(texte.replace("\u00a0", " ").replace("\u202f", " ").split())


def lire_le_pdf(contenu: bytes) -> str:
    return propre(" ".join(page.extract_text() for page in PdfReader(BytesIO(contenu)).pages))


def verifier(nom: str, regle: str, texte: str) -> None:
    attendus = MOTS[nom]
    assert attendus[regle] in texte, f"{nom} : « {attendus[regle]} » manque dans {texte[:3000]}"
    # « Mener un entretien en 6 points » ne parle d'aucun bonus.
    sans_titre = texte.lower().replace("en 6 points", "")
    for interdit in INTERDITS[regle]:
        assert interdit.lower() not in sans_titre, f"{nom} dit « {interdit} »"


@pytest.mark.parametrize("page", ["catalogue", "aide"])
def test_les_pages_publiques(client, campagne, regle, page):
    adresses = {"catalogue": reverse("referentiel:catalogue"), "aide": reverse("pilotage:aide")}
    verifier(page, regle, lire(client.get(adresses[page])))


def test_la_fiche_a_l_ecran_et_sur_le_papier(connecter, campagne, regle, origine, accueil, eleve):
    candidature_rendue(eleve=eleve, accueil=accueil, avis=campagne.regles.echelle_origine[0])
    adresse = reverse("avis:fiche", args=[origine.etablissement.segment, eleve.code])
    verifier("fiche", regle, lire(connecter(origine.personne).get(adresse)))
    contenu = fiche_de(campagne, eleve, LENDEMAIN)
    verifier("fiche_pdf", regle, lire_le_pdf(rendre(fiche_imprimee(contenu, campagne, LENDEMAIN))))


def test_la_candidature_cote_origine(connecter, campagne, regle, origine, accueil, eleve):
    candidature = candidature_rendue(eleve=eleve, accueil=accueil)
    adresse = reverse("pilotage:candidature_origine", args=[origine.etablissement.segment, candidature.code])
    verifier("candidature", regle, lire(connecter(origine.personne).get(adresse)))


def test_un_avis_final_incomplet_ne_promet_rien(connecter, campagne, regle, origine, accueil, eleve):
    """À Paris, l'avis d'accueil suffit ; à Créteil, sans avis d'origine, il n'y a ni résultat ni points."""
    candidature_rendue(eleve=eleve, accueil=accueil, avis="")
    [section] = fiche_de(campagne, eleve, LENDEMAIN).sections
    final = section.lignes[0].final
    if regle == "paris-2022":
        assert (final.case.resultat, final.points) == (Resultat.FAVORABLE, 2500)
    else:
        assert (final.case.resultat, final.points) == (Resultat.INCOMPLET, None)


def test_la_saisie_du_compte_rendu(connecter, campagne, regle, accueil, eleve):
    candidature = candidature_entendue(eleve=eleve, accueil=accueil)
    chef = accueil.etablissement.rattachements.get().personne
    adresse = reverse("avis:compte_rendu", args=[accueil.etablissement.segment, candidature.code])
    page = connecter(chef).get(adresse)
    verifier("compte_rendu", regle, lire(page))
    proposes = re.findall(r'name="avis_\w+" value="(\w+)"', page.content.decode())
    assert set(proposes) - {""} == {avis.value for avis in campagne.regles.avis_d_accueil_possibles}


def test_la_convocation_et_a_faire(connecter, campagne, regle, origine, accueil, eleve):
    candidature = CandidatureFactory(eleve=eleve, accueil=accueil)
    donner_l_avis_d_origine(candidature, Avis.FAVORABLE)
    convoquer(placer(candidature, ouvrir_un_creneau(accueil)))
    verifier("convocation", regle, lire_le_pdf(pdf_des_convocations(list(Convocation.objects.avec_document())).contenu))
    Convocation.objects.get().envoi.__class__.objects.update(part_le=LENDEMAIN)
    adresse = reverse("pilotage:a_faire_origine", args=[origine.etablissement.segment])
    verifier("a_faire", regle, lire(connecter(origine.personne).get(adresse)))


def test_le_saio_de_paris_ne_voit_rien_de_creteil(connecter):
    """Chacun son académie : le suivi, l'aide, le catalogue, l'administration."""
    for academie, nom in ((AcademieFactory(), "Règles de Créteil"), (une_autre_academie(), "Règles de Paris")):
        creer_campagne(
            academie=academie,
            annee=2027,
            intitule=nom,
            prereglage="creteil-2025" if academie.code == "creteil" else "paris-2022",
            calendrier=Calendrier({nature: Bornes(*bornes) for nature, bornes in PERIODES.items()}),
            par=None,
            le=LENDEMAIN,
        )
    Campagne.objects.update(etat=Campagne.Etat.OUVERTE)
    client = connecter(un_saio(une_autre_academie()))
    formations = f"{reverse('referentiel:catalogue')}?academie=paris"
    assert "Règles de Paris" in lire(client.get(formations))
    for adresse in (reverse("pilotage:academie"), formations, reverse("pilotage:aide")):
        assert "bonification" not in lire(client.get(adresse)), adresse
    assert "Règles de Créteil" not in lire(client.get(reverse("admin:referentiel_campagne_changelist")))
