"""Consigner : qui a fait quoi, et quand (R39)."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, models

from comptes.copie import inserer_en_bloc
from comptes.models import Personne, Trace
from comptes.signatures import signature_de, signature_effacee_de

AUTEUR_AUTOMATIQUE = "Passpro"
# La base ne connaît que cette phrase-là (migration 0007).
PHRASE_EFFACEE = "Détail effacé\u00a0: la durée de conservation est passée."


def consigner(
    *,
    objet: models.Model,
    fait: str,
    phrase: str,
    par: Personne | None,
    le: datetime,
    avant: dict[str, Any] | None = None,
    apres: dict[str, Any] | None = None,
) -> Trace:
    """Ajoute une ligne à l'historique de `objet` (R39).

    `fait` est un code stable (« inscription »), `phrase` la phrase montrée, `par` la personne qui agit
    (`None` pour l'application elle-même), `avant` et `apres` les seules valeurs qui changent.
    """
    trace = _trace(objet, fait, phrase, par, le, avant or {}, apres or {})
    trace.save(force_insert=True)
    return trace


def consigner_plusieurs(
    *,
    phrases: Iterable[tuple[models.Model, str]],
    fait: str,
    par: Personne | None,
    le: datetime,
    apres: dict[str, Any] | None = None,
    changements: Mapping[Any, tuple[dict[str, Any], dict[str, Any]]] | None = None,
) -> None:
    """Ajoute le même fait à l'historique de plusieurs objets, en une requête ; `phrases` en donne la phrase (R39).

    `changements` donne, par clé d'objet, ses valeurs d'avant et d'après ; sinon `apres` vaut pour tous.
    """
    communs: tuple[dict[str, Any], dict[str, Any]] = ({}, apres or {})
    inserer_en_bloc(
        [_trace(objet, fait, phrase, par, le, *(changements or {}).get(objet.pk, communs)) for objet, phrase in phrases]
    )


def anonymiser_les_traces(*, cles: Sequence[int]) -> None:
    """Retire de ces lignes d'historique ce qui nomme quelqu'un, et leur auteur ; le fait, l'objet, la date et l'état
    restent (R40).

    Le seul chemin : la base refuse toute autre modification (`comptes_anonymiser_les_traces`). La première signature
    reste, les sceaux tiennent donc ; une seconde couvre ce que dit maintenant la ligne.
    """
    lignes = list(Trace.objects.filter(pk__in=cles, signature_effacee=""))
    for ligne in lignes:
        ligne.phrase, ligne.auteur, ligne.auteur_nom = PHRASE_EFFACEE, None, ""
        ligne.avant, ligne.apres = _seulement_l_etat(ligne.avant), _seulement_l_etat(ligne.apres)
    signatures = [signature_effacee_de(ligne) for ligne in lignes]
    with connection.cursor() as curseur:
        curseur.execute("SELECT comptes_anonymiser_les_traces(%s, %s)", [[ligne.pk for ligne in lignes], signatures])


def _campagne_de(objet: models.Model) -> int | None:
    """La campagne de l'objet, ou de l'élève qu'il suit, sans rien lire en base ; `None` s'il n'en a pas."""
    suivi = objet._state.fields_cache.get("eleve", objet)
    return getattr(objet, "campagne_id", None) or getattr(suivi, "campagne_id", None)


def _seulement_l_etat(valeurs: dict[str, Any]) -> dict[str, Any]:
    return {cle: valeur for cle, valeur in valeurs.items() if cle == "etat"}


def _trace(
    objet: models.Model,
    fait: str,
    phrase: str,
    par: Personne | None,
    le: datetime,
    avant: dict[str, Any],
    apres: dict[str, Any],
) -> Trace:
    trace = Trace(
        objet_type=objet._meta.label_lower,
        objet_id=objet.pk,
        fait=fait,
        phrase=phrase,
        auteur=par,
        auteur_nom=par.nom_affiche if par else AUTEUR_AUTOMATIQUE,
        le=le,
        avant=avant,
        apres=apres,
        campagne=_campagne_de(objet),
    )
    # Posée ici : une insertion en bloc ne passe pas par `save`.
    trace.signature = signature_de(trace)
    return trace
