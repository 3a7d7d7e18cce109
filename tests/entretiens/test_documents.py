"""La convocation en PDF et l'agenda qui l'accompagne (R25)."""

import email
from datetime import timedelta
from io import BytesIO

import pytest
from icalendar import Calendar
from page import validate_pdf_bytes
from pypdf import PdfReader

from courriers.expedition import composer
from courriers.models import Courriel
from entretiens import services
from entretiens.agenda import agenda_de
from entretiens.models import Convocation
from entretiens.pdf import nom_du_fichier, pdf_des_convocations
from entretiens.rules.etats import NatureConvocation
from referentiel.models import JeuDeRegles
from referentiel.rules.dates import PARIS
from referentiel.rules.jeu import Lettre, Modalite
from tests.factories.candidatures import EN_MARS, CandidatureFactory
from tests.factories.entretiens import convoquer, instant, ouvrir, ouvrir_un_creneau, placer
from tests.factories.referentiel import AccueilFactory, CampagneFactory, DomaineFactory, EtablissementFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def accueil():
    return AccueilFactory(
        etablissement=EtablissementFactory(
            nom="Lycée professionnel Marcel-Pagnol", commune="Vitry-sur-Seine", chef="M. Martin", lycee=True
        ),
        acces="RER C, station Vitry-sur-Seine" + ", puis cinq minutes à pied" * 6,
        contact_nom="Mme Leroy, directrice déléguée aux formations professionnelles et technologiques",
        contact_telephone="01 99 00 10 00",
        contact_courriel="directrice.deleguee.aux.formations@lycee-marcel-pagnol.example",
        consignes="Entrée par la rue des Acacias." + " Apportez votre bonne humeur." * 9,
    )


def candidat(accueil, **champs):
    eleve = {"eleve__nom": "Diallo", "eleve__prenom": "Yanis"}
    return CandidatureFactory(accueil=accueil, **(eleve | champs))


def lues() -> list[Convocation]:
    return list(Convocation.objects.avec_document().order_by("pk"))


def texte_de(contenu: bytes) -> list[str]:
    return [
        " ".join(page.extract_text().split()).replace("sur- ", "sur-") for page in PdfReader(BytesIO(contenu)).pages
    ]


def test_la_convocation_tient_sur_une_page_et_dit_tout(accueil):
    JeuDeRegles.objects.update(consignes="Soyez à l’heure." * 18)
    convoquer(placer(candidat(accueil, formations=6), ouvrir_un_creneau(accueil, salle="204")))
    piece = pdf_des_convocations(lues())
    [page] = texte_de(piece.contenu)
    for phrase in (
        "ACADÉMIE DE CRÉTEIL – Lycée professionnel Marcel-Pagnol",
        "Convocation à un entretien d’information Passpro",
        "Élève : Yanis DIALLO, classe de 3e B",
        "Personne référente : Mme Petit",
        "Jeudi 25 mars 2027 à 9 h 00",
        "Durée prévue : 20 minutes",
        "Lieu : Lycée professionnel Marcel-Pagnol, salle 204, 12 rue des Écoles, 94000 Vitry-sur-Seine",
        "Accès : RER C",
        "Contact : Mme Leroy",
        "votre lettre de préparation, si vous l’avez rédigée",
        "Vos bulletins scolaires ne vous seront pas demandés.",
        "Entrée par la rue des Acacias.",
        "Le chef d’établissement, M. Martin",
        "Données utilisées uniquement pour l’organisation des entretiens Passpro.",
    ):
        assert phrase in page
    assert piece.nom == "passpro-convocation-3eB-DIALLO-Y-2027-03-25.pdf"


def test_la_convocation_est_conforme_a_pdf_ua(accueil):
    convoquer(*(placer(candidat(accueil), creneau) for creneau in ouvrir(accueil)[:2]))
    piece = pdf_des_convocations(lues())
    rapport = validate_pdf_bytes(piece.contenu, profile="ua1")
    assert rapport.is_compliant, [echec.message for echec in rapport.failures]
    document = PdfReader(BytesIO(piece.contenu))
    assert (len(document.pages), document.trailer["/Root"]["/Lang"]) == (2, "fr")
    assert document.metadata.title == "Convocations Passpro"
    assert piece.nom == "passpro-convocations-2027-03-25.pdf"


@pytest.mark.parametrize(
    ("lettre", "present", "absent"),
    [
        (Lettre.OBLIGATOIRE, "lettre de préparation, obligatoire", "si vous l’avez rédigée"),
        (Lettre.SANS_OBJET, "cette convocation", "lettre de préparation"),
    ],
)
def test_la_lettre_suit_la_regle_de_la_campagne(lettre, present, absent):
    campagne = CampagneFactory(regles__lettre=lettre)
    accueil = AccueilFactory(domaine=DomaineFactory(campagne=campagne))
    convoquer(placer(candidat(accueil), ouvrir_un_creneau(accueil)))
    [page] = texte_de(pdf_des_convocations(lues()).contenu)
    assert present in page
    assert absent not in page


def test_une_seance_collective_a_sa_convocation():
    accueil = AccueilFactory(modalite=Modalite.COLLECTIF)
    [creneau] = ouvrir(accueil, collective=True, capacite=30)
    convoquer(placer(candidat(accueil, modalite=""), creneau))
    [page] = texte_de(pdf_des_convocations(lues()).contenu)
    assert "Convocation à une séance d’information collective Passpro" in page
    assert "de 9 h 00 à 10 h 00" in page
    assert "Cette séance ne donne lieu ni à un compte-rendu ni à un avis." in page
    assert "lettre" not in page


def test_une_convocation_modifiee_commence_par_ce_qu_elle_remplace(accueil):
    entretien = placer(candidat(accueil), ouvrir_un_creneau(accueil))
    convoquer(entretien)
    Courriel.objects.update(etat="envoye", envoye_le=EN_MARS)
    services.deplacer(entretien=entretien, creneau=ouvrir_un_creneau(accueil, 14), par=None, le=EN_MARS)
    [page] = texte_de(pdf_des_convocations(lues()[1:]).contenu)
    assert "Convocation modifiée. Elle remplace celle du jeudi 25 mars 2027 à 9 h 00." in page
    [ancienne] = texte_de(pdf_des_convocations(lues()[:1]).contenu)
    assert "Jeudi 25 mars 2027 à 9 h 00" in ancienne


def test_un_texte_hostile_reste_du_texte(accueil):
    convoquer(placer(candidat(accueil, eleve__nom='<img src="http://169.254.0.1/x">'), ouvrir_un_creneau(accueil)))
    piece = pdf_des_convocations(lues())
    assert "169.254.0.1" in texte_de(piece.contenu)[0]
    assert not PdfReader(BytesIO(piece.contenu)).pages[0].images
    assert nom_du_fichier(lues()).startswith("passpro-convocation-3eB-IMGSRCHTTP")


def evenement(convocation):
    calendrier = Calendar.from_ical(agenda_de(convocation).contenu)
    [lu] = calendrier.walk("VEVENT")
    return calendrier, lu


def test_l_agenda_donne_l_heure_de_paris_et_les_seules_initiales(accueil):
    convoquer(placer(candidat(accueil), ouvrir_un_creneau(accueil)))
    [convocation] = lues()
    calendrier, lu = evenement(convocation)
    assert str(calendrier["method"]) == "PUBLISH"
    assert lu["uid"] == convocation.entretien.uid
    assert (lu.decoded("dtstart"), lu.decoded("dtend")) == (instant(9), instant(9, 20))
    assert lu["dtstart"].params["TZID"] == "Europe/Paris"
    assert [str(zone["tzid"]) for zone in calendrier.walk("VTIMEZONE")] == ["Europe/Paris"]
    assert lu["summary"] == "Entretien Passpro – Y. D. (3e B)"
    assert "Marcel-Pagnol" in lu["location"]
    assert b"DIALLO" not in agenda_de(convocation).contenu.upper()
    assert "attendee" not in lu


@pytest.mark.parametrize(("mois", "decalage"), [(1, 1), (7, 2)])
def test_le_fuseau_joint_dit_l_heure_d_hiver_et_d_ete(accueil, mois, decalage):
    convoquer(placer(candidat(accueil), ouvrir_un_creneau(accueil)))
    calendrier, _ = evenement(lues()[0])
    zone = calendrier.walk("VTIMEZONE")[0].to_tz(lookup_tzid=False)
    moment = instant(12).astimezone(PARIS).replace(month=mois, tzinfo=zone)
    assert moment.utcoffset() == timedelta(hours=decalage)


def test_l_identifiant_reste_et_le_numero_monte_de_version_en_version(accueil):
    entretien = placer(candidat(accueil), ouvrir_un_creneau(accueil))
    convoquer(entretien)
    Courriel.objects.update(etat="envoye", envoye_le=EN_MARS)
    services.deplacer(entretien=entretien, creneau=ouvrir_un_creneau(accueil, 14), par=None, le=EN_MARS)
    Courriel.objects.update(etat="envoye", envoye_le=EN_MARS)
    services.liberer(entretien=entretien, replanifier=True, par=None, le=EN_MARS)
    suite = [(c.nature, *[evenement(c)[1][nom] for nom in ("uid", "sequence", "status")]) for c in lues()]
    assert suite == [
        (NatureConvocation.INITIALE, entretien.uid, 1, "CONFIRMED"),
        (NatureConvocation.MODIFICATION, entretien.uid, 2, "CONFIRMED"),
        (NatureConvocation.ANNULATION, entretien.uid, 3, "CANCELLED"),
    ]
    assert str(evenement(lues()[2])[0]["method"]) == "CANCEL"


def pieces_de(destinataire: str) -> list[tuple[str, str]]:
    courriel = Courriel.objects.get(destinataire=destinataire)
    message = email.message_from_bytes(composer(courriel).message().as_bytes())
    return [
        (partie.get_content_type(), partie.get_filename())
        for partie in message.walk()
        if partie.get_content_disposition() == "attachment"
    ]


def test_un_courriel_d_un_eleve_porte_le_pdf_et_l_agenda_un_courriel_de_plusieurs_un_seul_pdf(accueil):
    college = EtablissementFactory(messagerie="ce.moulin@creteil.example")
    referents = ("petit@creteil.example", "haddad@creteil.example")
    creneaux = ouvrir(accueil)
    convoquer(
        *(
            placer(candidat(accueil, eleve__etablissement=college, eleve__referent_courriel=referent), creneau)
            for referent, creneau in zip(referents, creneaux, strict=False)
        )
    )
    assert [genre for genre, _ in pieces_de("petit@creteil.example")] == ["application/pdf", "text/calendar"]
    assert pieces_de("ce.moulin@creteil.example") == [("application/pdf", "passpro-convocations-2027-03-25.pdf")]
