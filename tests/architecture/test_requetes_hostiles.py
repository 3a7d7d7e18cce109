"""Une requête hostile avant même la page : codage, corps, en-têtes, témoins, méthode (R41).

Jamais une erreur du serveur ; ce qui est refusé l'est d'une phrase, sans rien écrire.
"""

import socket
from http.cookies import SimpleCookie
from wsgiref.util import setup_testing_defaults

import pytest
from django.test import Client
from django.urls import reverse

from passpro.wsgi import application
from tests.architecture.test_acces import ecritures_relevees

pytestmark = pytest.mark.django_db
DEMIE = r"\ud800"
PARTIE = b'--x\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n--x--\r\n'
FICHIER = b'--x\r\nContent-Disposition: form-data; name="fichier"; filename="%s"\r\n\r\na;b\r\n--x--\r\n'
MULTIPLE = "multipart/form-data; boundary=x"
CORPS = {
    "un objet JSON": ("application/json", b'{"nom": "\\ud800"}'),
    "un multipart sans limite": ("multipart/form-data", b"--x"),
    "un multipart coupé": (MULTIPLE, b"--x\r\ncontent-disposi"),
    "un multipart d’un autre codage": (f"{MULTIPLE}; charset=unicode_escape", PARTIE % (b"nom", DEMIE.encode())),
    "un multipart sans codage connu": (f"{MULTIPLE}; charset=rot13", PARTIE % (b"nom", b"a")),
    "une base64 fausse": (
        MULTIPLE,
        PARTIE.replace(b"\r\n\r\n", b"\r\nContent-Transfer-Encoding: base64\r\n\r\n", 1) % (b"nom", b"@@@"),
    ),
    "un nul dans un nom de fichier": (MULTIPLE, FICHIER % b"a\x00b.csv"),
    "un chemin dans un nom de fichier": (MULTIPLE, FICHIER % b"../../../etc/passwd"),
    "un formulaire d’un autre codage": ("application/x-www-form-urlencoded; charset=latin-1", b"nom=%E9"),
    "trop de champs": ("application/x-www-form-urlencoded", b"&".join(b"a%d=1" % rang for rang in range(1500))),
    "trop de fichiers": (
        MULTIPLE,
        b"".join(FICHIER.replace(b"--x--\r\n", b"") % (b"%d.csv" % rang) for rang in range(150)) + b"--x--\r\n",
    ),
    "aucun type": ("", b"nom=a"),
    "un type illisible": ("\x00\xff;;;", b"nom=a"),
}
ENTETES = {
    "codage à échappements": {"CONTENT_TYPE": "text/plain; charset=unicode_escape"},
    "autre site": {"HTTP_HOST": "ailleurs.example"},
    "site illisible": {"HTTP_HOST": "a b\x00"},
    "site du mandataire": {"HTTP_X_FORWARDED_HOST": "ailleurs.example"},
    "adresse du mandataire": {"HTTP_X_FORWARDED_FOR": "n'importe, quoi", "HTTP_X_FORWARDED_PROTO": "https,http"},
    "langue": {"HTTP_ACCEPT_LANGUAGE": "x" * 5000 + ",;q=a"},
    "morceau de fichier": {"HTTP_RANGE": "bytes=9999-1"},
    "dates de cache": {"HTTP_IF_MODIFIED_SINCE": "hier", "HTTP_IF_NONE_MATCH": "*,x"},
    "longueur": {"CONTENT_LENGTH": "abc"},
    "méthode": {"REQUEST_METHOD": "PROPFIND"},
}
TEMOINS = {
    "session longue": {"sessionid": "a" * 3000},
    "session d’un autre alphabet": {"sessionid": "é\xff"},
    "messages forgés": {"messages": '[["__json_message",0,25,"x"]]:1:abc'},
    "jeton court": {"csrftoken": "x"},
}


@pytest.fixture
def client(scene, connecter) -> Client:
    client = connecter(scene.chef_origine.personne)
    client.raise_request_exception = False
    return client


@pytest.fixture
def cibles(scene) -> list[str]:
    """De quoi passer par chaque sorte de page : publique, filtrée, formulaire, import, administration, inconnue."""
    uai = scene.college.segment
    return [
        reverse("referentiel:catalogue"),
        reverse("pilotage:eleves", args=[uai]),
        reverse("candidatures:eleve_ajouter", args=[uai]),
        reverse("candidatures:import_fichier", args=[uai]),
        reverse("comptes:connexion"),
        reverse("admin:index"),
        "/nulle/part/",
    ]


def defauts(reponse, ecrites) -> list[str]:
    """Ce qui ne va pas dans une réponse à une requête hostile."""
    if reponse.status_code >= 500:
        return [str(reponse.status_code)]
    refusee = reponse.status_code == 400
    return [
        *(["refusée sans phrase"] if refusee and "<h1>Demande illisible</h1>" not in reponse.content.decode() else []),
        *(f"écrit dans {table}" for table in ecrites),
    ]


@pytest.mark.parametrize("cas", CORPS)
def test_un_corps_hostile_est_refuse_ou_sans_effet(client, cibles, cas):
    type_mime, corps = CORPS[cas]
    for chemin in cibles:
        with ecritures_relevees() as ecrites:
            reponse = client.generic("POST", chemin, corps, content_type=type_mime)
        assert defauts(reponse, ecrites) == [], chemin


@pytest.mark.parametrize("cas", ENTETES)
def test_un_en_tete_hostile_est_refuse_ou_sans_effet(client, cibles, cas):
    for chemin in cibles:
        with ecritures_relevees() as ecrites:
            reponse = client.get(chemin, {"q": DEMIE, "classe": DEMIE, "ville": DEMIE}, **ENTETES[cas])
        assert defauts(reponse, ecrites) == [], chemin
        assert "ailleurs.example" not in reponse.headers.get("Location", "") + reponse.content.decode()


@pytest.mark.parametrize("cas", TEMOINS)
def test_un_temoin_falsifie_n_ouvre_rien(client, cibles, cas):
    vrais = {nom: temoin.value for nom, temoin in client.cookies.items()}
    for chemin in cibles:
        client.cookies = SimpleCookie(vrais | TEMOINS[cas])
        with ecritures_relevees() as ecrites:
            reponse = client.get(chemin)
        assert defauts(reponse, ecrites) == [], chemin
        if "sessionid" in TEMOINS[cas] and chemin.startswith("/origine/"):
            assert reponse.status_code == 302


ENVOI = b"POST /connexion/ HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n"
BRUTES = {
    "une longueur trop grande": ENVOI + b"Content-Length: 900\r\n\r\nnom=a",
    "une longueur négative": ENVOI + b"Content-Length: -1\r\n\r\n",
    "deux longueurs": ENVOI + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "une version inconnue": b"GET / HTTP/9.9\r\nHost: localhost\r\n\r\n",
    "du chiffré": b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03\r\n\r\n",
}


@pytest.mark.parametrize("cas", BRUTES)
def test_une_requete_mal_formee_n_est_jamais_une_erreur_du_serveur(live_server, cas):
    with socket.create_connection((live_server.thread.host, live_server.thread.port), timeout=60) as prise:
        prise.sendall(BRUTES[cas])
        prise.shutdown(socket.SHUT_WR)
        recu = b"".join(iter(lambda: prise.recv(65536), b""))
    assert b" 500 " not in recu.partition(b"\r\n")[0]
    assert b"Traceback" not in recu


@pytest.mark.parametrize("codage", ["charset=rot13", "charset*=utf-8''a%00b", "charset=inconnu", "charset=utf-16"])
def test_un_codage_faux_est_refuse_par_le_serveur_d_application(codage):
    """L'entrée WSGI le remplace, avant que Django ne lise l'adresse, par un codage que la garde refuse."""
    reponse: list[str] = []
    environ = {"QUERY_STRING": "q=a", "PATH_INFO": "/formations/", "CONTENT_TYPE": f"text/plain; {codage}"}
    setup_testing_defaults(environ)
    environ["HTTP_HOST"] = "localhost"
    corps = b"".join(application(environ, lambda statut, entetes: reponse.append(statut)))
    assert reponse == ["400 Bad Request"]
    assert "<h1>Demande illisible</h1>" in corps.decode()
