"""Les erreurs inattendues, envoyées à Sentry si l'installation en a un : de quoi les corriger, rien de plus (T20).

Ce qui part est reconstruit d'après une liste fermée : un champ que la bibliothèque ajouterait demain ne part pas.
"""

from typing import Any

import sentry_sdk

GARDES = ("event_id", "timestamp", "platform", "level", "environment", "release", "sdk")
CADRE = ("filename", "module", "function", "lineno", "in_app")


def veiller(dsn: str, *, environnement: str) -> None:
    """Branche Sentry ; sans adresse, rien ne part."""
    if not dsn:
        return
    sentry_sdk.init(
        dsn=dsn,
        environment=environnement,
        send_default_pii=False,
        include_local_variables=False,
        include_source_context=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        server_name="passpro",
        before_send=ne_garder_que_le_code,
    )


def ne_garder_que_le_code(evenement: dict[str, Any], indice: dict[str, Any]) -> dict[str, Any]:
    """L'erreur, son chemin dans le code, la référence de la requête ; ni texte, ni valeur, ni adresse, ni personne."""
    from passpro.journaux.contexte import reference_en_cours

    erreurs = evenement.get("exception", {}).get("values", [])
    return {
        **{champ: evenement[champ] for champ in GARDES if champ in evenement},
        "tags": {"reference": reference_en_cours()},
        "logger": evenement.get("logger", ""),
        "exception": {"values": [_erreur(erreur) for erreur in erreurs]},
    }


def _erreur(erreur: dict[str, Any]) -> dict[str, Any]:
    cadres = (erreur.get("stacktrace") or {}).get("frames", [])
    return {
        "type": erreur.get("type"),
        "module": erreur.get("module"),
        "value": "",
        "stacktrace": {"frames": [{champ: cadre[champ] for champ in CADRE if champ in cadre} for cadre in cadres]},
    }
