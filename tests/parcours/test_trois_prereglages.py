"""Créteil, Créteil 2017 et Paris, de l'entretien à la fiche et à l'export : chacune avec ses mots (R5, R31 à R34)."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from io import BytesIO

import pytest
from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader

from candidatures.models import Candidature
from candidatures.rules import Etat
from comptes.models import Personne
from courriers.services import rendre_le_prochain_document
from passpro.demonstration.decors import CRETEIL
from referentiel.models import Campagne, CaseDeMatrice, Periode
from referentiel.rules.calendrier import Nature
from referentiel.rules.dates import a_paris, dire_date, jour_de
from referentiel.services import creer_campagne
from tests.factories.administration import un_saio, une_autre_academie
from tests.factories.avis import donner_l_avis_d_origine, entretien_pour
from tests.factories.candidatures import CandidatureFactory, EleveFactory
from tests.factories.referentiel import (
    AcademieFactory,
    AccueilFactory,
    DomaineFactory,
    EtablissementFactory,
    FormationFactory,
    OffreFactory,
    RattachementFactory,
)
from tests.parcours.conftest import Visiteur
from tests.parcours.test_une_campagne import COMPTE_RENDU, rendre_compte

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.navigateur]

SUITE_DANS_AFFELNET = "Suite dans Affelnet-Lycée"
INE = "120890177FA"
POINTS_DE_2017 = {"tres_favorable": 400, "favorable": 300, "assez_favorable": 200, "peu_favorable": 100, "reserve": 0}
SANS_BONUS = "Passpro ne donne aucune bonification dans Affelnet-Lycée."


@dataclass(frozen=True)
class Attendu:
    """Ce que dit un préréglage pour « favorable, favorable » (cuisine) et « favorable, réservé » (pâtissier)."""

    cuisine: tuple[str, ...]
    patissier: tuple[str, ...]
    fiche: tuple[str, ...]
    tus: tuple[str, ...]
    export: tuple[str, ...] = ()


# {origine} et {accueil} prennent le jour de chaque avis.
CROISES = "Avis d’origine favorable ({origine}) et avis d’accueil favorable ({accueil}) donnent « très favorable »."
RESERVE = "Avis d’origine favorable ({origine}) et avis d’accueil réservé ({accueil}) donnent « assez favorable »."
PREREGLAGES = {
    "creteil-2025": Attendu(
        cuisine=("Très favorable", CROISES),
        patissier=("Assez favorable", RESERVE),
        fiche=(SANS_BONUS, "Il est donné à titre indicatif.", "Ne se prononce pas"),
        tus=("bonus", "points", "majoration"),
    ),
    "creteil-2017": Attendu(
        cuisine=("Très favorable", "bonus de 400 points", CROISES),
        patissier=("Assez favorable", "bonus de 200 points", RESERVE),
        fiche=("très favorable : 400 points", "Ne se prononce pas"),
        tus=(SANS_BONUS, "titre indicatif", "2 500"),
        export=('"CAP Cuisine";"Très favorable";"400"', '"CAP Pâtissier";"Assez favorable";"200"'),
    ),
    "paris-2022": Attendu(
        cuisine=(
            "bonus de 2 500 points",
            "Avis d’accueil favorable ({accueil}). Il décide seul : « favorable ».",
            "Avis d’origine favorable ({origine}).",
        ),
        patissier=("aucun bonus", "Avis d’accueil réservé ({accueil}). Il décide seul : « réservé »."),
        fiche=("favorable : 2 500 points ; réservé : aucun point", "il reprend l’avis de l’établissement d’accueil"),
        tus=(SANS_BONUS, "titre indicatif", "Très favorable", "Ne se prononce pas", "400 points"),
        export=('"CAP Cuisine";"Favorable";"2500"', '"CAP Pâtissier";"Réservé";"0"'),
    ),
}


@dataclass(frozen=True)
class Decor:
    campagne: Campagne
    candidature: Candidature
    principale: Personne
    proviseur: Personne
    saio: Personne
    avis_le: datetime

    @property
    def uai(self) -> str:
        return self.candidature.eleve.etablissement.segment


def planter(regle: str) -> Decor:
    """Une campagne de ce préréglage, autour d'aujourd'hui, et un élève dont l'entretien a été tenu hier."""
    aujourd_hui, maintenant = jour_de(timezone.now()), timezone.now()
    with transaction.atomic():
        academie = une_autre_academie() if regle.startswith("paris") else AcademieFactory()
        campagne = creer_campagne(
            academie=academie,
            annee=aujourd_hui.year,
            intitule=regle,
            prereglage=regle,
            calendrier=CRETEIL.calendrier(aujourd_hui),
            par=None,
            le=maintenant,
        )
        if regle == "creteil-2017":
            for resultat, points in POINTS_DE_2017.items():
                CaseDeMatrice.objects.filter(regles=campagne.regles, resultat=resultat).update(points=points)
        Periode.objects.filter(campagne=campagne, nature=Nature.VOEUX_AFFELNET).update(debut=aujourd_hui)
        Campagne.objects.update(etat=Campagne.Etat.OUVERTE)
    college = EtablissementFactory(academie=academie, nom="Collège des Tilleuls")
    lycee = EtablissementFactory(academie=academie, nom="Lycée des Métiers", lycee=True)
    accueil = AccueilFactory(
        domaine=DomaineFactory(campagne=campagne, nom="Hôtellerie-restauration"), etablissement=lycee
    )
    candidature = CandidatureFactory(
        eleve=EleveFactory(campagne=campagne, etablissement=college, nom="Diallo", prenom="Yanis", ine=INE),
        accueil=accueil,
        etat=Etat.REALISEE,
        formations=0,
    )
    for libelle in ("Cuisine", "Pâtissier"):
        formation = FormationFactory(domaine=accueil.domaine, libelle=libelle)
        OffreFactory(formation=formation, etablissement=lycee)
        candidature.formations_demandees.create(formation=formation, domaine=accueil.domaine)
    entretien_pour(candidature, debut=a_paris(aujourd_hui - timedelta(days=1), time(10)))
    donner_l_avis_d_origine(candidature, "favorable")
    avis_le = maintenant - timedelta(days=5)
    candidature.formations_demandees.update(avis_le=avis_le)
    return Decor(
        campagne,
        candidature,
        RattachementFactory(etablissement=college).personne,
        RattachementFactory(a_l_accueil=True, etablissement=lycee).personne,
        un_saio(academie),
        avis_le,
    )


@pytest.mark.parametrize("regle", sorted(PREREGLAGES))
def test_de_l_entretien_a_la_fiche_et_a_l_export(visiteur, connecter, regle):
    decor, attendu = planter(regle), PREREGLAGES[regle]

    def entrer(personne: Personne, adresse: str) -> Visiteur:
        entre = visiteur()
        session = connecter(personne).cookies[settings.SESSION_COOKIE_NAME].value
        entre.contexte.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": entre.adresse}])
        entre.ouvrir(adresse)
        return entre

    lycee = entrer(
        decor.proviseur, reverse("pilotage:a_faire_accueil", args=[decor.candidature.accueil.etablissement.segment])
    )
    rendre_compte(lycee, decor, decor.candidature)
    assert Candidature.objects.get().etat == Etat.RENDUE

    college = entrer(
        decor.principale, reverse("pilotage:candidature_origine", args=[decor.uai, decor.candidature.code])
    )
    lire_la_candidature(college, decor, attendu)
    lire_la_fiche(college, decor, attendu)
    if attendu.export:
        noter_les_voeux(college, decor)
    else:
        assert college.page.get_by_role("link", name=SUITE_DANS_AFFELNET).count() == 0
    exporter(entrer(decor.saio, reverse("avis:affelnet_academie")), decor, attendu)


def lu(texte: str) -> str:
    return " ".join(texte.replace("\u00a0", " ").replace("\u202f", " ").split())


def dates(phrases: tuple[str, ...], decor: Decor) -> list[str]:
    jours = {"origine": dire_date(jour_de(decor.avis_le)), "accueil": dire_date(jour_de(timezone.now()))}
    return [lu(phrase.format(**jours)) for phrase in phrases]


def verifier(texte: str, attendu: Attendu, decor: Decor, *phrases: str) -> None:
    """Chaque phrase de cette campagne y est, aucune de celles des autres."""
    for phrase in dates(phrases, decor):
        assert phrase in texte, f"« {phrase} » manque dans {texte}"
    for tu in attendu.tus:
        assert tu.lower() not in texte.lower(), f"dit « {tu} »"


def lire_la_candidature(college: Visiteur, decor: Decor, attendu: Attendu) -> None:
    lignes = college.page.locator("table tbody tr")
    for intitule, phrases in (("CAP Cuisine", attendu.cuisine), ("CAP Pâtissier", attendu.patissier)):
        verifier(lu(lignes.filter(has_text=intitule).inner_text()), attendu, decor, *phrases)


def lire_la_fiche(college: Visiteur, decor: Decor, attendu: Attendu) -> None:
    college.ouvrir(reverse("avis:fiche", args=[decor.uai, decor.candidature.eleve.code]))
    college.verifier_la_page()
    page = lu(college.page.locator("main").inner_text())
    phrases = (*attendu.cuisine, *attendu.patissier, *attendu.fiche, COMPTE_RENDU)
    verifier(page, attendu, decor, *phrases)
    adresse = college.page.get_by_role("link", name="Télécharger le PDF").get_attribute("href")
    college.contexte.request.get(f"{college.adresse}{adresse}")
    while rendre_le_prochain_document(timezone.now):
        pass
    feuilles = PdfReader(BytesIO(college.lire_le_document(adresse))).pages
    document = lu(" ".join(feuille.extract_text() for feuille in feuilles))
    verifier(document, attendu, decor, *phrases)
    assert INE not in document
    assert "Version provisoire" not in document


def noter_les_voeux(college: Visiteur, decor: Decor) -> None:
    college.page.get_by_role("link", name="Fiches récapitulatives", exact=True).first.click()
    college.page.get_by_role("link", name=SUITE_DANS_AFFELNET).click()
    college.verifier_la_page()
    for libelle in ("CAP Cuisine", "CAP Pâtissier"):
        for case in ("Choix confirmé", "Vœu saisi"):
            college.page.get_by_label(f"{case} pour DIALLO Yanis, {libelle}").check()
    college.page.get_by_role("button", name="Enregistrer la suite donnée").click()
    college.page.get_by_text("4 changements enregistrés.").wait_for()


def exporter(saio: Visiteur, decor: Decor, attendu: Attendu) -> None:
    saio.verifier_la_page()
    if not attendu.export:
        assert "Cette campagne ne donne aucun bonus dans Affelnet-Lycée." in saio.page.locator("main").inner_text()
        return
    saio.page.get_by_role("button", name="Exporter").click()
    saio.page.get_by_text("2 lignes exportées.").wait_for()
    saio.verifier_la_page()
    adresse = saio.page.get_by_role("link", name="Télécharger (CSV)").get_attribute("href")
    fichier = saio.contexte.request.get(f"{saio.adresse}{adresse}").body().decode("utf-8-sig")
    uai = decor.candidature.eleve.etablissement.uai
    assert fichier.splitlines()[1:] == [f'"{INE}";"{uai}";"";{suite}' for suite in attendu.export]
