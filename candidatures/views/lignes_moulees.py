"""Les lignes d'avis de la saisie rapide, moulées (écran O11)."""

from collections.abc import Sequence
from functools import lru_cache

from django.template.defaultfilters import linebreaksbr
from django.utils.safestring import SafeString, mark_safe

from candidatures.lectures import libelle_d_avis
from candidatures.models import Eleve
from candidatures.views.saisie import Bloc
from referentiel.moules import MOULES_GARDES, Moule

DE_L_ELEVE = ("code", "nom", "situation", "lignes")
DE_LA_LIGNE = ("ancre", "url", "formation", "ou", "etat", "saisie", "conflit", "avis", "commentaire")


def rendre_l_eleve(eleve: Eleve, quand: str, blocs: Sequence[Bloc]) -> SafeString:
    """Les lignes d'un élève ; `quand` dit l'entretien qui vaut pour toutes."""
    lignes = mark_safe("".join(map(_rendre, blocs)))  # noqa: S308 - des lignes déjà rendues
    return _eleve().remplir(
        code=eleve.code, nom=eleve.nom_affiche, situation=_a_la_suite(eleve.classe, quand), lignes=lignes
    )


def _rendre(bloc: Bloc) -> SafeString:
    ligne, demande = bloc.ligne, bloc.ligne.demande
    ou = _a_la_suite(demande.candidature.accueil.etablissement.nom_et_commune, bloc.quand)
    commun = {
        "ancre": bloc.ancre,
        "formation": demande.formation,
        "ou": f"{ou} – formation ajoutée à l’entretien" if demande.ajoutee_a_l_entretien else ou,
        "etat": ligne.etat,
    }
    if not bloc.est_saisissable:
        commentaire = linebreaksbr(demande.commentaire or "Aucun commentaire.")
        return _lue().remplir(avis=libelle_d_avis(demande.avis), commentaire=commentaire, **commun)
    moule = _saisie(demande.avis_complet, ligne.facultatif, ligne.tardif, bloc.est_a_enregistrer)
    return moule.remplir(url=bloc.url, saisie=bloc.champs.saisie, conflit=bloc.champs.conflit, **commun)


@lru_cache(MOULES_GARDES)
def _eleve() -> Moule:
    return Moule.du_gabarit("candidatures/_avis_de_l_eleve.html", {}, varient=DE_L_ELEVE)


@lru_cache(MOULES_GARDES)
def _lue() -> Moule:
    return Moule.du_gabarit("candidatures/_ligne_d_avis.html", {"est_saisissable": False}, varient=DE_LA_LIGNE)


@lru_cache(MOULES_GARDES)
def _saisie(complet: bool, facultatif: bool, tardif: bool, a_enregistrer: bool) -> Moule:
    cas = {"complet": complet, "facultatif": facultatif, "tardif": tardif, "a_enregistrer": a_enregistrer}
    return Moule.du_gabarit("candidatures/_ligne_d_avis.html", cas | {"est_saisissable": True}, varient=DE_LA_LIGNE)


def _a_la_suite(texte: str, quand: str) -> str:
    return f"{texte}, {quand}" if quand else texte
