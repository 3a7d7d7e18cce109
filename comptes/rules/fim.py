"""Les attributs de la fédération d'identités de l'Éducation nationale, par en-têtes ou par OpenID Connect.

Une valeur est un texte ou une liste ; plusieurs valeurs dans un texte sont séparées par des virgules ; « X » n'en est
aucune. Seuls les attributs nommés ici sont lus : ni NUMEN, ni date de naissance (R40). Dans le doute, on refuse.
"""

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

from comptes.rules.identite import Delegation, Identite, IdentiteRefusee

SUJET = "ct-remote-user"
COURRIEL = "ctemail"
PRENOM = "ctfn"
NOM = "ctln"
FONCTION = "fredufonctadm"
RESPONSABILITES = "fredurneresp"
AFFECTATIONS = "fredurne"
AFFECTATION = "rne"
DELEGATIONS = "freduresdel"
GROUPES = "ctgrps"
RETOUR = "freduurlretour"
LUS = frozenset(
    {
        SUJET,
        COURRIEL,
        PRENOM,
        NOM,
        FONCTION,
        RESPONSABILITES,
        AFFECTATIONS,
        AFFECTATION,
        DELEGATIONS,
        GROUPES,
        RETOUR,
    }
)
AUCUNE = "X"
DIRECTION = "DIR"
LONGUEUR = 8000
LONGUEUR_SIMPLE = 254
PARTS_D_UNE_DELEGATION = 8

_UAI = re.compile(r"[0-9]{7}[A-Z]")
_COURRIEL = re.compile(r"[^\s@,;<>\"'()]+@[^\s@,;<>\"'()]+\.[^\s@,;<>\"'()]+")


def attributs_des_entetes(entetes: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Attributs lus dans des en-têtes HTTP, sous leur nom en minuscules.

    Deux fois le même nom, ou un nom écrit avec d'autres tirets que les siens (« ct_remote_user »), c'est qu'un autre
    que le portail a écrit : lève `IdentiteRefusee`.
    """
    lus: dict[str, str] = {}
    for brut, valeur in entetes:
        nom = brut.lower()
        attendu = _PAR_FORME.get(_forme(nom))
        if attendu is None:
            continue
        if nom != attendu or nom in lus:
            raise IdentiteRefusee("un en-tête d’identité est en double ou mal orthographié")
        lus[nom] = _decoder(valeur)
    return lus


def attributs_des_revendications(revendications: Mapping[str, Any]) -> dict[str, Any]:
    """Attributs lus dans les revendications d'un fournisseur ; deux graphies du même nom lèvent `IdentiteRefusee`."""
    lus: dict[str, Any] = {}
    for brut, valeur in revendications.items():
        nom = _PAR_FORME.get(_forme(brut.lower()))
        if nom is None:
            continue
        if nom in lus:
            raise IdentiteRefusee("un attribut d’identité est en double")
        lus[nom] = valeur
    return lus


def identite(attributs: Mapping[str, Any], *, emetteur: str, connue: Mapping[str, str] | None = None) -> Identite:
    """L'identité que disent ces attributs.

    `connue` donne ce que le guichet a dit autrement (sujet, courriel, prénom et nom d'OpenID Connect). Lève
    `IdentiteRefusee` s'il manque de quoi reconnaître la personne, ou si une valeur simple est double.
    """
    dite = {"sujet": SUJET, "courriel": COURRIEL, "prenom": PRENOM, "nom": NOM}
    simples = {champ: (connue or {}).get(champ) or simple(attributs.get(nom)) for champ, nom in dite.items()}
    if not simples["sujet"]:
        raise IdentiteRefusee("l’identifiant manque")
    courriel = simples["courriel"].lower()
    # La base confond « ı » et « i » : une adresse qui ressemble à une autre ne mène pas à son compte.
    if not (courriel.isascii() and _COURRIEL.fullmatch(courriel)):
        raise IdentiteRefusee("l’adresse manque ou n’en est pas une")
    prenom, nom = simples["prenom"] or "", simples["nom"] or courriel.partition("@")[0]
    return Identite(
        emetteur=emetteur,
        sujet=simples["sujet"],
        courriel=courriel,
        prenom=prenom[:80],
        nom=nom[:80],
        affectations=_uais([*valeurs(attributs.get(AFFECTATIONS)), *valeurs(attributs.get(AFFECTATION))]),
        responsabilites=_uais(valeurs(attributs.get(RESPONSABILITES))),
        direction=simple(attributs.get(FONCTION)).upper() == DIRECTION,
        delegations=tuple(_delegations(attributs.get(DELEGATIONS))),
        groupes=valeurs(attributs.get(GROUPES)),
    )


def valeurs(brut: Any) -> tuple[str, ...]:
    """Valeurs d'un attribut multiple, chacune une fois, sans les vides ni les « X »."""
    morceaux = (morceau.strip() for texte in _textes(brut) for morceau in texte.split(","))
    return tuple(dict.fromkeys(m for m in morceaux if m and m.upper() != AUCUNE))


def simple(brut: Any) -> str:
    """Valeur d'un attribut qui n'en a qu'une ; « » si elle manque. Plusieurs lèvent `IdentiteRefusee`."""
    textes = _textes(brut)
    if len(textes) > 1 or any("," in texte for texte in textes):
        raise IdentiteRefusee("un attribut simple a plusieurs valeurs")
    valeur = textes[0].strip() if textes else ""
    if len(valeur) > LONGUEUR_SIMPLE:
        raise IdentiteRefusee("un attribut est trop long")
    return "" if valeur.upper() == AUCUNE else valeur


def adresse_de_retour(attributs: Mapping[str, Any], *, hotes: Collection[str]) -> str:
    """Adresse du portail où revenir sans se déconnecter, ou « » si elle n'est pas en HTTPS chez l'un des `hotes`."""
    [texte, *_] = [*_textes(attributs.get(RETOUR)), ""]
    try:
        lue = urlsplit(texte.strip())
        sure = lue.scheme == "https" and lue.hostname in hotes and not lue.username and lue.port in {None, 443}
    except ValueError:
        return ""
    return lue.geturl() if sure and "\\" not in texte else ""


def _textes(brut: Any) -> list[str]:
    listes = brut if isinstance(brut, list | tuple) else [brut]
    textes = [texte for texte in listes if isinstance(texte, str)]
    if any(len(texte) > LONGUEUR or not texte.isprintable() for texte in textes):
        raise IdentiteRefusee("un attribut est trop long ou porte un signe interdit")
    return textes


def _uais(lues: Iterable[str]) -> tuple[str, ...]:
    """UAI en tête de chaque valeur (« 0441550W$UAJ$PU$N$T3$CLG$340 »), mis au propre, chacun une fois."""
    codes = (valeur.split("$")[0].strip().upper() for valeur in lues)
    return tuple(dict.fromkeys(code for code in codes if _UAI.fullmatch(code)))


def _delegations(brut: Any) -> Iterator[Delegation]:
    """Délégations lisibles. Leurs huit parts sont séparées par « | » : une virgule dans le nom du délégant, qui est
    souvent un DN, n'en sépare pas deux. Ce qui ne se lit pas ne donne rien."""
    for texte in _textes(brut):
        parts = texte.split("|")
        while len(parts) > PARTS_D_UNE_DELEGATION:
            nom, _, debut, fin, _, etablissements = (part.strip() for part in parts[:6])
            parts = parts[PARTS_D_UNE_DELEGATION:]
            du, au = _jour(debut), _jour(fin)
            cle, _, codes = etablissements.partition("=")
            if du and au and cle.lower() == RESPONSABILITES:
                yield Delegation(nom.removeprefix(",").strip(), du, au, _uais(codes.split(";")))


def _jour(texte: str) -> date | None:
    try:
        return datetime.strptime(texte, "%d/%m/%Y").date()  # noqa: DTZ007 (une date seule, sans heure ni fuseau)
    except ValueError:
        return None


def _decoder(valeur: str) -> str:
    """Un en-tête arrive en latin-1 ; le portail écrit souvent les accents en UTF-8."""
    try:
        return valeur.encode("latin-1").decode("utf-8")
    except (UnicodeEncodeError, UnicodeDecodeError):
        return valeur


def _forme(nom: str) -> str:
    return nom.replace("-", "").replace("_", "")


_PAR_FORME = {_forme(nom): nom for nom in LUS}
