"""Une base dont chaque texte libre porte une charge hostile : un champ nouveau la porte sans qu'on y pense (R41)."""

from collections.abc import Callable
from typing import Any

from django.apps import apps
from django.db import IntegrityError, connection, models, transaction
from django.db.models import F, Value
from django.db.models.functions import Concat, Left

APPLICATIONS = ("avis", "entretiens", "candidatures", "referentiel", "comptes", "courriers")
# Ce que l'application écrit elle-même, ou dont la forme est contrôlée : aucun texte libre n'y entre.
TENUS = frozenset(
    {
        "annee",
        "cle",
        "code",
        "code_postal",
        "departement",
        "empreinte",
        "envoi",
        "fait",
        "ine",
        "mef",
        "nature",
        "objet_type",
        "onisep",
        "password",
        "recherche",
        "reference",
        "slug",
        "uai",
    }
)
# Dans une saisie gardée en JSON, les clés dont la valeur est un texte libre.
LIBRES = frozenset(
    {
        "classe",
        "commentaire",
        "fonction",
        "nom",
        "prenom",
        "raison",
        "referent_nom",
        "responsable",
        "telephone",
        "ville",
    }
)
JSON_LIBRES = {"comptes.Trace": ("avant", "apres"), "referentiel.Travail": ("erreurs",)}
JSON_SAISIS = {"candidatures.PreInscription": ("saisie",)}


def charger(charge: str) -> set[str]:
    """Met `charge` en tête de chaque texte libre de la base ; rend les champs qui la portent.

    L'historique et les campagnes closes n'y échappent pas : leurs déclencheurs se taisent, les contraintes restent.
    """
    portent = set()
    with transaction.atomic(), connection.cursor() as curseur:
        curseur.execute("SET LOCAL session_replication_role = replica")
        for modele in apps.get_models():
            if modele._meta.app_label in APPLICATIONS:
                portent |= {
                    f"{modele._meta.label}.{champ.name}" for champ in _libres(modele) if _ecrire(modele, champ, charge)
                }
                _charger_les_json(modele, charge)
        curseur.execute("SET LOCAL session_replication_role = origin")
    return portent


def _libres(modele: type[models.Model]) -> list[models.Field]:
    return [
        champ
        for champ in modele._meta.concrete_fields
        if isinstance(champ, models.CharField | models.TextField)
        and not isinstance(champ, models.EmailField | models.SlugField)
        and not champ.choices
        and champ.name not in TENUS
        and not champ.name.endswith("_empreinte")
    ]


def _ecrire(modele: type[models.Model], champ: models.Field, charge: str) -> bool:
    """Écrit partout, à défaut là où un texte est déjà ; faux si une contrainte s'y oppose."""
    texte: Any = Concat(Value(charge), F(champ.name), output_field=models.TextField())
    for lignes in (modele._base_manager.all(), modele._base_manager.exclude(**{champ.name: ""})):
        try:
            with transaction.atomic():
                lignes.update(**{champ.name: Left(texte, champ.max_length) if champ.max_length else texte})
        except IntegrityError:
            continue
        return True
    return False


def _charger_les_json(modele: type[models.Model], charge: str) -> None:
    libres, saisis = JSON_LIBRES.get(modele._meta.label, ()), JSON_SAISIS.get(modele._meta.label, ())
    for objet in modele._base_manager.all() if libres or saisis else ():
        neufs = {nom: _dans(getattr(objet, nom), lambda _: True, charge) for nom in libres}
        neufs |= {nom: _dans(getattr(objet, nom), LIBRES.__contains__, charge) for nom in saisis}
        modele._base_manager.filter(pk=objet.pk).update(**neufs)


def _dans(valeur: Any, est_libre: Callable[[str], bool], charge: str, nom: str = "") -> Any:
    if isinstance(valeur, dict):
        return {cle: _dans(v, est_libre, charge, cle) for cle, v in valeur.items()}
    if isinstance(valeur, list):
        return [_dans(v, est_libre, charge, nom) for v in valeur]
    return charge + valeur if isinstance(valeur, str) and est_libre(nom) else valeur
