"""Le message écrit d'un trait est celui de la bibliothèque, octet pour octet, et se relit en entier (R25)."""

import re
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from django.core.mail import BadHeaderError, EmailMultiAlternatives
from hypothesis import given, settings
from hypothesis.strategies import binary, characters, lists, text, tuples

from courriers import pieces
from courriers.messages import aplatir, composer
from courriers.models import Courriel

BORNE = re.compile(rb'boundary="([^"]+)"')
LIGNE_MAXIMALE = 998
LONGUE = "mot très long " * 200
TEXTES = {
    "accents": "Bonjour,\n\nL’élève Noé Île-d’Œuvre est attendu à 14\u00a0h\u00a030.\n",
    "ascii": "Bonjour,\n\nUn texte sans accent.\n",
    "point en tête": ".\n.caché\n..deux\nfin\n",
    "ligne longue": f"Avant\n{LONGUE}\nAprès\n",
    "sans fin de ligne": "Bonjour",
    "fins de ligne mêlées": "un\r\ndeux\rtrois\n\nquatre\u2028cinq\x85six",
    "From": "From nulle part\n>From ailleurs\n--borne\n--=_deadbeef--\n",
    "vide": "",
}
PIECES = {
    "aucune": [],
    "pdf": [("convocation.pdf", bytes(range(256)) * 70, "application/pdf")],
    "nom long et accentué": [(f"{'é' * 90} très long.pdf", b"%PDF-1.7", "application/pdf")],
    "nom trompeur": [('a"; filename="b.exe', b"x", "application/octet-stream")],
    "agenda": [("entretien.ics", b"BEGIN:VCALENDAR\r\n.\r\nEND:VCALENDAR\r\n", "text/calendar; method=PUBLISH")],
    "agenda et son jeu": [("e.ics", "SUMMARY:É".encode(), "text/calendar; method=CANCEL; charset=utf-8")],
    "vide": [("vide.pdf", b"", "application/pdf")],
    "deux": [("a.pdf", b"a" * 57, "application/pdf"), ("b.ics", b"b" * 58, "text/calendar; method=PUBLISH")],
}
SUJETS = {
    "court": "Passpro : essai",
    "accents": "Passpro : 1 convocation, entretien du jeudi 12\u00a0mars au lycée Françoise-d’Aubigné",
    "long sans accent": "Passpro : " + "convocation modifiee, " * 8,
    "un seul mot": "x" * 200,
}


def un_message(sujet: str, texte: str, html: str, jointes: list[tuple[str, bytes, str]]) -> EmailMultiAlternatives:
    pieces.declarer("message.essai", lambda rang: pieces.Piece(*jointes[rang]))
    rangs = [pieces.a_fabriquer("message.essai", rang=rang) for rang in range(len(jointes))]
    adresse = "ce.0941234a@creteil.example"
    return composer(Courriel(pk=7, sujet=sujet, texte=texte, html=html, destinataire=adresse, pieces=rangs))


def sans_bornes(octets: bytes) -> bytes:
    for rang, borne in enumerate(BORNE.findall(octets)):
        octets = octets.replace(borne, b"borne-%d" % rang)
    return octets


def lignes(texte: str) -> list[str]:
    return re.split("\r\n|\r|\n", texte.rstrip("\r\n"))


def verifier(sujet: str, texte: str, html: str, jointes: list[tuple[str, bytes, str]]) -> EmailMessage:
    """Compare les octets à ceux de la bibliothèque, puis relit le message ; rend le message relu."""
    compose = EmailMultiAlternatives.message(un_message(sujet, texte, html, jointes))
    octets = aplatir(compose)
    assert sans_bornes(octets) == sans_bornes(compose.as_bytes(linesep="\r\n"))
    assert max(map(len, octets.split(b"\r\n"))) <= LIGNE_MAXIMALE
    assert b"\n" not in octets.replace(b"\r\n", b"")
    relu = message_from_bytes(octets, policy=policy.default)
    assert not [defaut for partie in relu.walk() for defaut in partie.defects]
    assert relu["Message-ID"] == Courriel(pk=7, destinataire="ce.0941234a@creteil.example").message_id
    assert relu["To"] == "ce.0941234a@creteil.example"
    assert [piece.get_payload(decode=True) for piece in relu.iter_attachments()] == [octets for _, octets, _ in jointes]
    assert [piece.get_filename() for piece in relu.iter_attachments()] == [nom for nom, _, _ in jointes]
    return relu


@pytest.mark.parametrize("texte", TEXTES)
@pytest.mark.parametrize("jointes", PIECES)
def test_les_octets_sont_ceux_de_la_bibliotheque(texte, jointes):
    relu = verifier(SUJETS["accents"], TEXTES[texte], f"<p>{TEXTES[texte]}</p>", PIECES[jointes])
    assert relu["Subject"].strip() == SUJETS["accents"]
    for forme, attendu in (("plain", TEXTES[texte]), ("html", f"<p>{TEXTES[texte]}</p>")):
        partie = relu.get_body((forme,))
        lu = partie.get_content() if partie else ""
        assert lignes(lu) == lignes(attendu)


@pytest.mark.parametrize("sujet", SUJETS)
def test_un_sujet_se_plie_comme_la_bibliotheque_le_plie(sujet):
    assert verifier(SUJETS[sujet], "a", "b", [])["Subject"].strip() == SUJETS[sujet].strip()
    verifier_le_sujet(SUJETS[sujet])


def verifier_le_sujet(sujet: str) -> None:
    compose = un_message(sujet, "a", "b", [])
    ecrit, attendu = compose.message().as_bytes(), EmailMultiAlternatives.message(compose).as_bytes()
    assert message_from_bytes(ecrit)["Subject"] == message_from_bytes(attendu)["Subject"]


@settings(max_examples=60)
@given(
    texte=text(characters(exclude_categories=["Cs"]), max_size=1200),
    sujet=text(characters(exclude_categories=["Cc", "Cs", "Zl", "Zp"]), max_size=120),
    jointes=lists(tuples(text("aé-_ .\"'", min_size=1, max_size=90), binary(max_size=400)), max_size=2),
)
def test_quel_que_soit_le_contenu_les_octets_sont_ceux_de_la_bibliotheque(texte, sujet, jointes):
    toutes = [(nom, contenu, "application/pdf") for nom, contenu in jointes]
    compose = EmailMultiAlternatives.message(un_message(sujet, texte, texte, toutes))
    assert sans_bornes(aplatir(compose)) == sans_bornes(compose.as_bytes(linesep="\r\n"))
    verifier_le_sujet(sujet)


@pytest.mark.parametrize("jointes", PIECES)
def test_une_piece_garde_son_type_et_ses_parametres(jointes):
    message = un_message("s", "a", "b", PIECES[jointes]).message()
    relu = message_from_bytes(message.as_bytes(linesep="\r\n"), policy=policy.default)
    for piece, (_, _, type_mime) in zip(relu.iter_attachments(), PIECES[jointes], strict=True):
        genre, *parametres = type_mime.split("; ")
        attendus = dict(parametre.split("=") for parametre in parametres)
        if genre.startswith("text/"):
            attendus["charset"] = "utf-8"
        assert (piece.get_content_type(), dict(piece["Content-Type"].params)) == (genre, attendus)
        assert piece["Content-Transfer-Encoding"] == "base64"


@pytest.mark.parametrize("sujet", ["Passpro\r\nBcc: x@evil.example", "Passpro\nBcc: x@evil.example", "a\rb"])
def test_une_entete_cachee_ne_s_ecrit_pas(sujet):
    with pytest.raises(BadHeaderError):
        un_message(sujet, "a", "b", []).message()


def test_deux_messages_n_ont_jamais_les_memes_bornes():
    deux = b"".join(un_message("s", "a", "b", PIECES["pdf"]).message().as_bytes() for _ in range(2))
    assert len(set(BORNE.findall(deux))) == 4
