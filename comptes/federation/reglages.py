"""Réglages des guichets, lus dans l'environnement : éteints par défaut, refusés en production s'ils sont incomplets."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_network
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

from comptes.rules.mandataire import Reseau

LONGUEUR_DU_SECRET = 32
ENTETE_DU_SECRET = "X-Passpro-Arena"  # noqa: S105 (le nom d'un en-tête)
ALGORITHMES = ("RS256", "RS384", "RS512", "PS256", "ES256", "ES384")
PORTEES_DE_PROCONNECT = "openid email given_name usual_name uid siret idp_id"
ADRESSES = ("AUTORISATION", "JETON", "IDENTITE", "CLES")


@dataclass(frozen=True, slots=True)
class ReglagesDesPlaces:
    """Ce que valent les attributs de l'éducation : quelle application se délègue, quelles académies, quels groupes.

    `groupes_saio` donne, par groupe d'annuaire, le code de l'académie qu'il administre. Un UAI d'une autre académie
    que celles d'ici ne donne aucune place.
    """

    application: str = ""
    academies: tuple[str, ...] = ()
    groupes_saio: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ReglagesArena:
    """Le portail qui pose des en-têtes d'identité. `a_chaque_requete` dit qu'il les pose aussi après la connexion."""

    mandataires: tuple[Reseau, ...]
    secrets: tuple[str, ...]
    places: ReglagesDesPlaces
    entete_du_secret: str = ENTETE_DU_SECRET
    portail: str = ""
    retours: tuple[str, ...] = ()
    second_facteur: bool = False
    a_chaque_requete: bool = False


@dataclass(frozen=True, slots=True)
class ReglagesOidc:
    """Un fournisseur d'identité OpenID Connect. Sans `places`, il dit qui se connecte, et rien de plus."""

    nom: str
    emetteur: str
    client: str
    secret: str
    autorisation: str
    jeton: str
    identite: str
    cles: str
    fin: str = ""
    portees: str = "openid email profile"
    algorithme: str = "RS256"
    identite_signee: bool = False
    fournisseurs_admis: tuple[str, ...] = ()
    acr_demande: str = ""
    second_facteur: tuple[str, ...] = ()
    places: ReglagesDesPlaces | None = None


def lire_les_places(env: environ.Env) -> ReglagesDesPlaces:
    academies, groupes = env.list("FIM_ACADEMIES", default=[]), env.dict("FIM_GROUPES_SAIO", default={})
    if not set(groupes.values()) <= set(academies):
        raise ImproperlyConfigured("FIM_GROUPES_SAIO ne nomme que des académies de FIM_ACADEMIES.")
    return ReglagesDesPlaces(env.str("FIM_APPLICATION", default=""), tuple(academies), groupes)


def lire_arena(env: environ.Env, *, production: bool) -> ReglagesArena | None:
    """Le portail ARENA, ou `None` s'il n'est pas déclaré. Lève `ImproperlyConfigured` s'il ne l'est qu'à moitié."""
    if not _est_declare(env, "ARENA"):
        return None
    mandataires, secrets = env.list("ARENA_MANDATAIRES", default=[]), env.list("ARENA_SECRETS", default=[])
    places = lire_les_places(env)
    if not mandataires or not secrets or not places.academies:
        raise ImproperlyConfigured("ARENA demande ARENA_MANDATAIRES, ARENA_SECRETS et FIM_ACADEMIES, tous les trois.")
    if len(secrets) > 2 or (production and any(len(secret) < LONGUEUR_DU_SECRET for secret in secrets)):
        raise ImproperlyConfigured(
            f"ARENA_SECRETS compte un secret, ou deux le temps d’en changer, "
            f"de {LONGUEUR_DU_SECRET} caractères au moins."
        )
    portail, entete = env.str("ARENA_PORTAIL", default=""), env.str("ARENA_ENTETE_DU_SECRET", default=ENTETE_DU_SECRET)
    exiger_https({"ARENA_PORTAIL": portail}, production=production)
    if not entete.replace("-", "").isalnum():
        raise ImproperlyConfigured("ARENA_ENTETE_DU_SECRET est fait de lettres, de chiffres et de tirets.")
    return ReglagesArena(
        mandataires=tuple(_reseau(adresse) for adresse in mandataires),
        secrets=tuple(secrets),
        places=places,
        entete_du_secret=entete,
        portail=portail,
        retours=tuple(hote.lower() for hote in env.list("ARENA_RETOURS", default=[])),
        second_facteur=env.bool("ARENA_SECOND_FACTEUR", default=False),
        a_chaque_requete=env.bool("ARENA_A_CHAQUE_REQUETE", default=False),
    )


def lire_oidc(env: environ.Env, prefixe: str, *, nom: str, portees: str, production: bool) -> ReglagesOidc | None:
    """Le fournisseur que déclarent les variables `prefixe_…`, ou `None`. Lève `ImproperlyConfigured` à moitié fait."""
    obligatoires = ("EMETTEUR", "CLIENT", "SECRET", *(f"URL_{adresse}" for adresse in ADRESSES))
    lus = {cle: env.str(f"{prefixe}_{cle}", default="") for cle in obligatoires}
    if not _est_declare(env, prefixe):
        return None
    if manquants := [f"{prefixe}_{cle}" for cle, valeur in lus.items() if not valeur]:
        raise ImproperlyConfigured(f"{nom} est déclaré à moitié\u00a0: il manque {', '.join(manquants)}.")
    adresses = {cle: lus[f"URL_{cle}"] for cle in ADRESSES}
    fin = env.str(f"{prefixe}_URL_FIN", default="")
    exiger_https({**adresses, "URL_FIN": fin}, production=production)
    algorithme = env.str(f"{prefixe}_ALGORITHME", default="RS256")
    if algorithme not in ALGORITHMES:
        raise ImproperlyConfigured(f"{prefixe}_ALGORITHME vaut l’un de {', '.join(ALGORITHMES)}.")
    admis = tuple(env.list(f"{prefixe}_FOURNISSEURS_ADMIS", default=[]))
    _exiger_des_fournisseurs_admis(prefixe, admis, production=production)
    return ReglagesOidc(
        nom=env.str(f"{prefixe}_NOM", default=nom),
        emetteur=lus["EMETTEUR"],
        client=lus["CLIENT"],
        secret=lus["SECRET"],
        autorisation=adresses["AUTORISATION"],
        jeton=adresses["JETON"],
        identite=adresses["IDENTITE"],
        cles=adresses["CLES"],
        fin=fin,
        portees=env.str(f"{prefixe}_PORTEES", default=portees),
        algorithme=algorithme,
        identite_signee=env.bool(f"{prefixe}_IDENTITE_SIGNEE", default=prefixe == "PROCONNECT"),
        fournisseurs_admis=admis,
        acr_demande=env.str(f"{prefixe}_ACR_DEMANDE", default=""),
        second_facteur=tuple(env.list(f"{prefixe}_SECOND_FACTEUR", default=[])),
        places=_places_d_oidc(env, prefixe),
    )


def lire_les_fournisseurs(env: environ.Env, *, production: bool) -> dict[str, ReglagesOidc]:
    """Les fournisseurs déclarés, par le segment de leur adresse : « proconnect », « oidc »."""
    lus = {
        "proconnect": lire_oidc(
            env, "PROCONNECT", nom="ProConnect", portees=PORTEES_DE_PROCONNECT, production=production
        ),
        "oidc": lire_oidc(
            env, "OIDC", nom="le guichet de l’académie", portees="openid email profile", production=production
        ),
    }
    return {cle: reglages for cle, reglages in lus.items() if reglages}


def sorties(arena: ReglagesArena | None, fournisseurs: Mapping[str, ReglagesOidc]) -> list[str]:
    """Origines où mène une déconnexion : la politique de contenu y laisse aller le formulaire qui la demande."""
    hotes = [f"https://{hote}" for hote in (arena.retours if arena else ())]
    fins = [urlsplit(reglages.fin) for reglages in fournisseurs.values() if reglages.fin]
    return [*hotes, *(f"{fin.scheme}://{fin.netloc}" for fin in fins)]


def exiger_https(adresses: Mapping[str, str], *, production: bool) -> None:
    for cle, adresse in adresses.items():
        if production and adresse and not adresse.startswith("https://"):
            raise ImproperlyConfigured(f"{cle} commence par https://.")


def _exiger_des_fournisseurs_admis(prefixe: str, admis: tuple[str, ...], *, production: bool) -> None:
    """ProConnect en fédère des centaines, et une personne se reconnaît à l'adresse que dit le sien : n'importe lequel
    d'entre eux ouvrirait le compte de n'importe qui (T4)."""
    if production and prefixe == "PROCONNECT" and not admis:
        raise ImproperlyConfigured(
            "PROCONNECT_FOURNISSEURS_ADMIS nomme les fournisseurs d’identité admis (leur idp_id), ceux de l’académie."
        )


def _places_d_oidc(env: environ.Env, prefixe: str) -> ReglagesDesPlaces | None:
    if not env.bool(f"{prefixe}_ATTRIBUTS_FIM", default=False):
        return None
    places = lire_les_places(env)
    if not places.academies:
        raise ImproperlyConfigured(f"{prefixe}_ATTRIBUTS_FIM demande FIM_ACADEMIES.")
    return places


def _reseau(adresse: str) -> Reseau:
    try:
        return ip_network(adresse)
    except ValueError as erreur:
        raise ImproperlyConfigured(
            f"ARENA_MANDATAIRES\u00a0: «\u00a0{adresse}\u00a0» n’est pas une adresse."
        ) from erreur


def _est_declare(env: environ.Env, prefixe: str) -> bool:
    """Vrai dès qu'une variable du guichet est remplie : l'oublier à moitié ne l'éteint pas en silence."""
    return any(nom.startswith(f"{prefixe}_") and valeur for nom, valeur in env.ENVIRON.items())
