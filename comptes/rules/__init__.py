"""Ce qui est vrai des comptes : appareils, limites, refus."""

import re
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address

ATTENTE = timedelta(minutes=15)


class RefusDeCompte(Exception):
    """Ce qui est demandé d'un compte n'est pas possible ; `str(refus)` dit pourquoi et quoi faire."""


@dataclass(frozen=True, slots=True)
class Limite:
    """Au plus tant d'essais d'un geste par quart d'heure, pour une même clé (T6)."""

    geste: str
    au_plus: int


# Les appareils --------------------------------------------------------------------------------------------------

# L'ordre compte : Edge et Opera se disent aussi Chrome, et Chrome se dit aussi Safari.
NAVIGATEURS = (
    (r"Edg(?:e|A|iOS)?/", "Edge"),
    (r"OPR/|Opera", "Opera"),
    (r"SamsungBrowser/", "Samsung Internet"),
    (r"Firefox/|FxiOS/", "Firefox"),
    (r"Chrome/|CriOS/|Chromium/", "Chrome"),
    (r"Safari/", "Safari"),
)
SYSTEMES = (
    (r"iPhone", "iPhone"),
    (r"iPad", "iPad"),
    (r"Android", "Android"),
    (r"Windows", "Windows"),
    (r"Macintosh|Mac OS X", "Mac"),
    (r"CrOS", "Chromebook"),
    (r"Linux|X11", "Linux"),
)


def dire_l_appareil(agent: str) -> str:
    """« Firefox sur Windows », d'après ce que le navigateur dit de lui-même."""
    navigateur = _premier(NAVIGATEURS, agent) or "Navigateur inconnu"
    systeme = _premier(SYSTEMES, agent)
    return f"{navigateur} sur {systeme}" if systeme else navigateur


def _premier(motifs: tuple[tuple[str, str], ...], agent: str) -> str:
    return next((nom for motif, nom in motifs if re.search(motif, agent)), "")


# Les adresses réseau ---------------------------------------------------------------------------------------------


def adresse_vue(distante: str, transmises: str, mandataires: int) -> str:
    """L'adresse réseau de qui demande, d'après la connexion et l'en-tête X-Forwarded-For (T6).

    Chaque mandataire déclaré ajoute à la droite de l'en-tête l'adresse qu'il a vue : seule la N-ième en partant de la
    droite fait foi. Ce que le demandeur a lui-même écrit, plus à gauche, ne compte pas.
    """
    sauts = [saut.strip() for saut in transmises.split(",")]
    vue = lire_l_adresse(sauts[-mandataires]) if 0 < mandataires <= len(sauts) else None
    return str(vue or lire_l_adresse(distante) or distante)


def reseau_de(adresse: str) -> str:
    """Ce que compte une limite : une adresse IPv4, ou les 64 premiers bits d'une IPv6, qu'un même foyer tient."""
    lue = lire_l_adresse(adresse)
    return str(IPv6Address(int(lue) >> 64 << 64)) if isinstance(lue, IPv6Address) else adresse


def lire_l_adresse(texte: str) -> IPv4Address | IPv6Address | None:
    """L'adresse IP, sans la zone d'une adresse locale ; « ::ffff:192.0.2.1 », qu'écrit un serveur ouvert aux deux
    familles, est une IPv4 : sans cela, toutes n'en feraient qu'une."""
    try:
        lue = ip_address(texte.partition("%")[0])
    except ValueError:
        return None
    return lue.ipv4_mapped or lue if isinstance(lue, IPv6Address) else lue


# Le second facteur ------------------------------------------------------------------------------------------------

CODES_DE_SECOURS = 10
LONGUEUR_D_UN_CODE = 10
# Sans les signes qui se confondent à la lecture.
ALPHABET_DES_CODES = "abcdefghjkmnpqrstuvwxyz23456789"


def code_au_propre(code: str) -> str:
    """Le code sans les espaces ni les tirets qui aident à le lire."""
    return re.sub(r"[\s-]", "", code).casefold()


def est_un_code_d_application(code: str) -> bool:
    """Vrai pour les six chiffres que montre une application ; un code de secours n'a pas cette forme."""
    return bool(re.fullmatch(r"[0-9]{6}", code))
