"""Tout ce que Passpro garde d'un élève, tel qu'on le lui remet (R40) : rien d'autrui, rien avant sa date (R30)."""

import io
import json
import re
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Model, Q, QuerySet
from django.template.loader import render_to_string

from avis.models import AvisAccueil, CompteRendu, LigneGroupee
from candidatures.models import Candidature, Eleve, FormationDemandee
from candidatures.rules import Etat
from comptes.models import Trace
from conservation.rules.registre import champs_declares
from conservation.services.etapes import CHEMINS, courriels_de_l_eleve, expression_de_l_eleve, traces_de_l_eleve
from courriers.models import Courriel
from referentiel.models import Campagne
from referentiel.rules.dates import dire_date, dire_jour, jour_de

# Ce qui ne dit rien à la personne : des clés, des empreintes, des numéros internes.
TECHNIQUES = frozenset({"cle", "empreinte", "signature", "signature_effacee", "jeton_empreinte", "code_empreinte"})
# Un courriel nomme souvent toute une classe : il n'en sort que les lignes qui nomment l'élève.
PARTAGES = frozenset({"html", "pieces"})
# De l'historique d'une candidature, ce que fait savoir un compte-rendu.
FAITS_D_UN_COMPTE_RENDU = Q(fait__startswith="compte_rendu") | Q(fait="formation_ajoutee")


@dataclass(frozen=True, slots=True)
class Retenue:
    """Ce qui se remet aujourd'hui : les comptes-rendus transmis, une fois venue leur date de visualisation (R30)."""

    remis: frozenset[int]
    candidatures: frozenset[int]

    def appliquer(self, lignes: QuerySet) -> QuerySet:
        """Les mêmes lignes, sans celles d'un compte-rendu qui ne se remet pas encore."""
        filtres = {
            CompteRendu: Q(pk__in=self.remis),
            AvisAccueil: Q(compte_rendu__in=self.remis),
            LigneGroupee: Q(candidature__in=self.candidatures),
            FormationDemandee: Q(ajoutee_a_l_entretien=False) | Q(candidature__in=self.candidatures),
        }
        return lignes.filter(filtres.get(lignes.model, Q()))

    def des_traces(self, traces: QuerySet) -> QuerySet:
        de_compte_rendu = Q(objet_type=CompteRendu._meta.label_lower) & ~Q(objet_id__in=self.remis)
        de_candidature = Q(objet_type=Candidature._meta.label_lower) & ~Q(objet_id__in=self.candidatures)
        return traces.exclude(de_compte_rendu).exclude(de_candidature & FAITS_D_UN_COMPTE_RENDU)


def dossier_de(eleve: Eleve, *, le: datetime) -> list[dict[str, Any]]:
    """Chaque sorte de données, et ses lignes : `titre`, `lignes` (terme, valeur)."""
    campagne = Campagne.objects.avec_regles().get(pk=eleve.campagne_id)
    remis = CompteRendu.objects.visibles_a_l_origine(campagne, le).filter(candidature__eleve=eleve)
    retenue = Retenue(
        frozenset(remis.values_list("pk", flat=True)), frozenset(remis.values_list("candidature", flat=True))
    )
    siennes = [
        modele._default_manager.filter(**{chemin: eleve.pk}) for modele, (_, chemin) in CHEMINS.items() if chemin
    ]
    parts = [_part(lignes.model, _comme_a_l_origine(retenue.appliquer(lignes), retenue)) for lignes in siennes]
    traces = retenue.des_traces(traces_de_l_eleve(eleve)).order_by("le")
    parts += [_part(Trace, traces), _part(Courriel, _extraits(eleve))]
    return [part for part in [*parts, _a_venir(campagne, le)] if part["lignes"]]


def archive_de(eleve: Eleve, *, le: datetime) -> bytes:
    """Une archive : les mêmes données en JSON, pour une machine, et en page, pour une personne."""
    parts = dossier_de(eleve, le=le)
    contexte = {"parts": parts, "edite_le": dire_date(jour_de(le))}
    octets = io.BytesIO()
    with zipfile.ZipFile(octets, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("donnees.json", json.dumps(parts, ensure_ascii=False, indent=2))
        archive.writestr("donnees.html", render_to_string("conservation/dossier.html", contexte, using="html"))
    return octets.getvalue()


def _comme_a_l_origine(lignes: QuerySet, retenue: Retenue) -> Iterable[Model]:
    """L'état d'une candidature ne dit pas qu'un compte-rendu attend sa date."""
    for ligne in lignes:
        if isinstance(ligne, Candidature) and ligne.etat == Etat.RENDUE and ligne.pk not in retenue.candidatures:
            ligne.etat = Etat.REALISEE
        yield ligne


def _extraits(eleve: Eleve) -> Iterable[Courriel]:
    expression = re.compile(expression_de_l_eleve(eleve), re.IGNORECASE)
    for courriel in courriels_de_l_eleve(eleve).order_by("poste_le"):
        courriel.texte = "\n".join(ligne.strip() for ligne in courriel.texte.splitlines() if expression.search(ligne))
        yield courriel


def _a_venir(campagne: Campagne, le: datetime) -> dict[str, Any]:
    ouverture = campagne.avis_d_accueil_visibles_des
    attendus = [] if ouverture is None or le >= ouverture else [ouverture]
    return {
        "titre": "Ce qui sera remis plus tard",
        "lignes": [
            [
                {
                    "terme": "Comptes-rendus et avis des établissements d’accueil",
                    "valeur": f"S’il y en a, à partir du {dire_jour(jour_de(instant))}, sur une autre demande.",
                }
            ]
            for instant in attendus
        ],
    }


def _part(modele: type[Model], lignes: Iterable[Model]) -> dict[str, Any]:
    declares = champs_declares()
    champs = [
        champ
        for champ in modele._meta.concrete_fields
        if f"{modele._meta.label}.{champ.name}" in declares or champ.get_internal_type() == "DateTimeField"
        if champ.name not in TECHNIQUES and not (modele is Courriel and champ.name in PARTAGES)
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
