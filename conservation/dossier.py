"""Tout ce que Passpro garde d'un élève, tel qu'on le lui remet (R40)."""

import io
import json
import zipfile
from typing import Any

from django.db.models import Model, QuerySet
from django.template.loader import render_to_string

from candidatures.models import Eleve
from comptes.models import Trace
from conservation.rules.registre import champs_declares
from conservation.services.etapes import CHEMINS, courriels_de_l_eleve, traces_de_l_eleve
from courriers.models import Courriel

# Ce qui ne dit rien à la personne : des clés, des empreintes, des numéros internes.
TECHNIQUES = frozenset({"cle", "empreinte", "signature", "signature_effacee", "jeton_empreinte", "code_empreinte"})


def dossier_de(eleve: Eleve) -> list[dict[str, Any]]:
    """Chaque sorte de données, et ses lignes : `titre`, `lignes` (terme, valeur)."""
    parts = [
        _part(modele, modele._default_manager.filter(**{chemin: eleve.pk}))
        for modele, (_, chemin) in CHEMINS.items()
        if chemin
    ]
    parts += [_part(Trace, traces_de_l_eleve(eleve).order_by("le")), _part(Courriel, courriels_de_l_eleve(eleve))]
    return [part for part in parts if part["lignes"]]


def archive_de(eleve: Eleve, *, edite_le: str) -> bytes:
    """Une archive : les mêmes données en JSON, pour une machine, et en page, pour une personne."""
    parts = dossier_de(eleve)
    octets = io.BytesIO()
    with zipfile.ZipFile(octets, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("donnees.json", json.dumps(parts, ensure_ascii=False, indent=2))
        page = render_to_string("conservation/dossier.html", {"parts": parts, "edite_le": edite_le}, using="html")
        archive.writestr("donnees.html", page)
    return octets.getvalue()


def _part(modele: type[Model], lignes: QuerySet) -> dict[str, Any]:
    declares = champs_declares()
    champs = [
        champ
        for champ in modele._meta.concrete_fields
        if f"{modele._meta.label}.{champ.name}" in declares or champ.get_internal_type() == "DateTimeField"
        if champ.name not in TECHNIQUES
    ]
    return {
        "titre": str(modele._meta.verbose_name_plural),
        "lignes": [
            [{"terme": str(champ.verbose_name), "valeur": _en_mots(ligne, champ)} for champ in champs]
            for ligne in lignes
        ],
    }


def _en_mots(ligne: Model, champ: Any) -> str:
    valeur = getattr(ligne, champ.attname)
    if champ.choices:
        return str(getattr(ligne, f"get_{champ.name}_display")())
    if isinstance(valeur, dict | list):
        return json.dumps(valeur, ensure_ascii=False)
    return "" if valeur is None else str(valeur)
