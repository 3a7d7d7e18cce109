"""Ce qu'il faut pour ouvrir l'administration dans les tests."""

from datetime import datetime
from typing import Any

from django.test import Client

from comptes.models import Personne
from courriers.models import Courriel
from referentiel.models import Academie, Campagne, Etablissement, JeuDeRegles
from referentiel.rules.dates import PARIS
from referentiel.services import creer_campagne
from tests.factories.referentiel import AcademieFactory, PersonneFactory, RattachementFactory

EN_JANVIER = datetime(2027, 1, 12, 10, 0, tzinfo=PARIS)


def un_saio(academie: Academie | None = None) -> Personne:
    """Une personne du SAIO de `academie` (Créteil à défaut), avec l'accès à l'administration."""
    personne = PersonneFactory(is_staff=True)
    RattachementFactory(personne=personne, saio=True, academie=academie or AcademieFactory())
    return personne


def une_campagne(prereglage: str = "creteil-2020", **champs: Any) -> Campagne:
    """Une campagne en préparation, posée par le service."""
    return creer_campagne(
        **{
            "academie": AcademieFactory(),
            "annee": 2027,
            "intitule": "Campagne 2027",
            "prereglage": prereglage,
            "par": None,
            "le": EN_JANVIER,
            **champs,
        }
    )


def saisie_de(client: Client, adresse: str) -> dict[str, str]:
    """Ce que le formulaire d'administration à `adresse` enverrait si l'on n'y touchait pas."""
    contexte = client.get(adresse).context
    formulaires = [contexte["adminform"].form]
    for lignes in contexte["inline_admin_formsets"]:
        formulaires += [lignes.formset.management_form, *lignes.formset.forms]
    saisie: dict[str, Any] = {"version": contexte.get("version", 0)}
    for formulaire in formulaires:
        for champ in formulaire:
            valeur = champ.value()
            if valeur is None or valeur is False:
                continue
            saisie[champ.html_name] = valeur
            if hasattr(champ.field.widget, "decompress"):
                saisie |= _en_parties(champ)
    return {nom: valeur for nom, valeur in saisie.items() if valeur not in (None, "")}


def _en_parties(champ: Any) -> dict[str, str]:
    valeurs = champ.field.widget.decompress(champ.value())
    return {f"{champ.html_name}_{rang}": str(valeur) for rang, valeur in enumerate(valeurs)}


def ligne_de(saisie: dict[str, str], prefixe: str, **valeurs: str) -> str:
    """Préfixe de la ligne de `prefixe` qui porte `valeurs`, par exemple `periodes-1`."""
    total = int(saisie[f"{prefixe}-TOTAL_FORMS"])
    return next(
        f"{prefixe}-{rang}"
        for rang in range(total)
        if all(str(saisie.get(f"{prefixe}-{rang}-{champ}")) == valeur for champ, valeur in valeurs.items())
    )


def regles_de(campagne: Campagne) -> JeuDeRegles:
    return JeuDeRegles.objects.get(campagne=campagne)


def une_autre_academie() -> Academie:
    return AcademieFactory(code="paris", nom="Paris", departements=["075"])


def un_etablissement_de(academie: Academie, uai: str, **champs: Any) -> Etablissement:
    return Etablissement.objects.create(
        **{
            "uai": uai,
            "nom": "Collège d’essai",
            "type": "Collège",
            "commune": "Paris",
            "departement": uai[:3],
            "academie": academie,
            **champs,
        }
    )


def un_courriel_pour(etablissement: Etablissement, **champs: Any) -> Courriel:
    return Courriel.objects.create(
        **{
            "cle": f"essai-{etablissement.uai}",
            "nature": "convocation",
            "uai": etablissement.uai,
            "destinataire": etablissement.messagerie,
            "sujet": "Convocation",
            "texte": "Bonjour, lisez https://passpro.example/invitation/secret pour la suite.",
            "html": "<p>Bonjour</p>",
            "poste_le": EN_JANVIER,
            "prochain_essai_le": EN_JANVIER,
            **champs,
        }
    )
