"""Ce qu'un établissement emporte : ses élèves, leurs avis, leurs entretiens (écran O17).

Les colonnes de chaque fichier sont fixées ici, une fois : un tableur qui les lit les retrouve à la même place. Tout
passe par `CandidatureLue`, comme les pages : l'origine n'y lit rien qui ne soit publié (R25, R30), et l'accueil n'y
lit ni INE, ni date de naissance, ni avis d'origine (R37).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from django.utils.text import slugify

from avis.avis_final import AvisDate, AvisFinal
from candidatures.models import Candidature, Eleve
from entretiens.models import Entretien
from entretiens.rules.etats import LIBELLES_ETATS, EtatEntretien
from pilotage.selectors.dossiers import lignes_d_avis
from pilotage.selectors.eleves import avec_candidatures, lire_eleve
from pilotage.selectors.lecture import CandidatureLue, a_lire
from referentiel.exports import Export
from referentiel.models import Campagne, Travail
from referentiel.permissions import Cote
from referentiel.tableurs.ecriture import XLSX, Feuille, en_xlsx
from referentiel.travaux import Fabrique, Livraison, Suivi

Colonnes = tuple[tuple[str, Callable[..., Any]], ...]
# Les lignes d'un objet compté : un élève en a autant que de candidatures.
Lignes = Iterator[list[Sequence[Any]]]


def _debut(lue: CandidatureLue) -> datetime | None:
    return lue.entretien.periode.lower if lue.entretien else None


def _fin(lue: CandidatureLue) -> datetime | None:
    return lue.entretien.periode.upper if lue.entretien else None


def _salle(lue: CandidatureLue) -> str:
    return lue.entretien.creneau.seance.salle if lue.entretien else ""


def _presence(lue: CandidatureLue) -> str:
    entretien: Entretien | None = lue.entretien
    return LIBELLES_ETATS[EtatEntretien(entretien.etat)] if entretien else ""


def _formations(lue: CandidatureLue) -> str:
    return ", ".join(demande.formation.intitule for demande in lue.formations)


def _dire(avis: AvisDate | AvisFinal | None) -> str:
    return avis.libelle if avis else ""


ELEVE: Colonnes = (
    ("Classe", lambda eleve: eleve.classe),
    ("Nom", lambda eleve: eleve.nom),
    ("Prénom", lambda eleve: eleve.prenom),
)
IDENTITE: Colonnes = (
    ("Date de naissance", lambda eleve: eleve.date_de_naissance),
    ("INE", lambda eleve: eleve.ine),
    ("Niveau", lambda eleve: eleve.get_niveau_display()),
    ("Personne référente", lambda eleve: eleve.referent_nom),
    ("Courriel de la personne référente", lambda eleve: eleve.referent_courriel),
)
CHEZ_L_HOTE: Colonnes = (
    ("Domaine", lambda lue: lue.candidature.domaine.nom),
    ("Établissement d’accueil", lambda lue: lue.candidature.accueil.etablissement.nom_et_commune),
    ("UAI d’accueil", lambda lue: lue.candidature.accueil.etablissement.uai),
)
ORIGINE: Colonnes = (
    ("Établissement d’origine", lambda lue: lue.candidature.eleve.etablissement.nom_et_commune),
    ("UAI d’origine", lambda lue: lue.candidature.eleve.etablissement.uai),
    ("Domaine", lambda lue: lue.candidature.domaine.nom),
)
CANDIDATURE: Colonnes = (
    ("Formations demandées", _formations),
    ("Modalité", lambda lue: lue.modalite),
    ("État", lambda lue: lue.presentation.libelle),
    ("Inscrite le", lambda lue: lue.candidature.inscrite_le),
    ("Entretien le", _debut),
)
AVIS: Colonnes = (
    ("Formation", lambda ligne: ligne.formation),
    ("Ajoutée à l’entretien", lambda ligne: ligne.ajoutee),
    ("Avis d’origine", lambda ligne: _dire(ligne.origine)),
    ("Commentaire", lambda ligne: ligne.commentaire),
    ("Avis d’accueil", lambda ligne: _dire(ligne.accueil)),
    ("Avis final", lambda ligne: _dire(ligne.final)),
    ("D’où vient l’avis final", lambda ligne: ligne.final.explication if ligne.final else ""),
)
ENTRETIEN: Colonnes = (
    ("Modalité", lambda lue: lue.modalite),
    ("Début", _debut),
    ("Fin", _fin),
    ("Salle", _salle),
    ("Adresse", lambda lue: lue.candidature.accueil.lieu_complet),
    ("Présence", _presence),
)
AVIS_SAISIS: Colonnes = (("Avis d’origine", lambda lue: "Saisis" if lue.tous_les_avis_saisis else "En attente"),)


def _cases(colonnes: Colonnes, objet: Any) -> list[Any]:
    """Une case par colonne ; vides sans objet."""
    return [lire(objet) if objet is not None else "" for _, lire in colonnes]


# Lire ------------------------------------------------------------------------------------------------------


def _eleves(campagne: Campagne, etablissement_id: int, le: datetime) -> Lignes:
    """Une ligne par candidature ; un élève sans candidature en a une."""
    eleves = avec_candidatures(Eleve.objects.de_l_origine(campagne, etablissement_id))
    for eleve in eleves:
        moi = _cases(ELEVE + IDENTITE, eleve)
        lues = lire_eleve(eleve, campagne, le).candidatures or [None]
        yield [moi + _cases(CHEZ_L_HOTE + CANDIDATURE, lue) for lue in lues]


def _avis(campagne: Campagne, etablissement_id: int, le: datetime) -> Lignes:
    """Une ligne par formation ; les avis d'accueil n'y sont qu'une fois publiés (R30)."""
    for lue in _lues(_de_l_origine(campagne, etablissement_id), campagne, Cote.ORIGINE, le):
        moi = _cases(ELEVE, lue.candidature.eleve) + _cases(CHEZ_L_HOTE, lue)
        yield [moi + _cases(AVIS, ligne) for ligne in lignes_d_avis(lue)]


def _entretiens(campagne: Campagne, etablissement_id: int, le: datetime) -> Lignes:
    """Une ligne par entretien annoncé : l'origine apprend une date avec la convocation, pas avant (R25)."""
    for lue in _lues(_de_l_origine(campagne, etablissement_id), campagne, Cote.ORIGINE, le):
        moi = _cases(ELEVE, lue.candidature.eleve) + _cases(CHEZ_L_HOTE + ENTRETIEN, lue)
        yield [moi] if lue.entretien else []


def _candidats(campagne: Campagne, etablissement_id: int, le: datetime) -> Lignes:
    for lue in _lues(_de_l_accueil(campagne, etablissement_id), campagne, Cote.ACCUEIL, le):
        yield [_cases(ELEVE, lue.candidature.eleve) + _cases(ORIGINE + CANDIDATURE + AVIS_SAISIS, lue)]


def _entretiens_de_l_accueil(campagne: Campagne, etablissement_id: int, le: datetime) -> Lignes:
    for lue in _lues(_de_l_accueil(campagne, etablissement_id), campagne, Cote.ACCUEIL, le):
        moi = _cases(ELEVE, lue.candidature.eleve) + _cases(ORIGINE + ENTRETIEN, lue)
        yield [moi] if lue.entretien else []


def _lues(
    candidatures: Iterable[Candidature], campagne: Campagne, cote: Cote, le: datetime
) -> Iterator[CandidatureLue]:
    return (CandidatureLue(candidature, campagne, cote, le) for candidature in candidatures)


def _de_l_origine(campagne: Campagne, etablissement_id: int):
    candidatures = a_lire(Candidature.objects.de_l_origine(campagne, etablissement_id).actives())
    return candidatures.order_by("eleve__classe", "eleve__cle", "domaine__cle", "pk")


def _de_l_accueil(campagne: Campagne, etablissement_id: int):
    candidatures = a_lire(Candidature.objects.de_l_accueil(campagne, etablissement_id).actives())
    return candidatures.order_by("domaine__cle", "eleve__cle", "pk")


# Préparer --------------------------------------------------------------------------------------------------


def _fabrique(titre: str, colonnes: Colonnes, lire: Callable[[Campagne, int, datetime], Lignes]) -> Fabrique:
    """Ce qui écrit dans un classeur les lignes lues à l'instant de la demande."""

    def preparer(travail: Travail, fichier: Path, suivi: Suivi) -> Livraison:
        campagne = Campagne.objects.avec_regles().prefetch_related("regles__cases").get(pk=travail.campagne_id)
        lignes = lire(campagne, travail.etablissement_id, travail.demande_le)
        feuille = Feuille(titre, [entete for entete, _ in colonnes], _suivre(lignes, suivi.avancer))
        fichier.write_bytes(en_xlsx(feuille))
        nom = f"passpro-{slugify(titre)}-{travail.etablissement.segment}-{travail.demande_le:%Y-%m-%d}.xlsx"
        return Livraison(nom, XLSX)

    return preparer


def _suivre(lignes: Lignes, avancer: Callable[[], None]) -> Iterator[Sequence[Any]]:
    for siennes in lignes:
        yield from siennes
        avancer()


def _nombre_d_eleves(campagne: Campagne, etablissement_id: int, le: datetime) -> int:
    return Eleve.objects.de_l_origine(campagne, etablissement_id).count()


def _nombre_de_candidatures(campagne: Campagne, etablissement_id: int, le: datetime) -> int:
    return Candidature.objects.de_l_origine(campagne, etablissement_id).actives().count()


def _nombre_de_candidats(campagne: Campagne, etablissement_id: int, le: datetime) -> int:
    return Candidature.objects.de_l_accueil(campagne, etablissement_id).actives().count()


EXPORTS: tuple[tuple[Export, Fabrique], ...] = (
    (
        Export(
            "export_eleves",
            Cote.ORIGINE,
            "Élèves et candidatures",
            (
                "Une ligne par candidature\u00a0: élève, INE, personne référente, établissement d’accueil, état, "
                "entretien."
            ),
            _nombre_d_eleves,
        ),
        _fabrique("Élèves et candidatures", ELEVE + IDENTITE + CHEZ_L_HOTE + CANDIDATURE, _eleves),
    ),
    (
        Export(
            "export_avis",
            Cote.ORIGINE,
            "Avis",
            "Une ligne par formation\u00a0: vos avis et commentaires, puis les avis d’accueil une fois publiés.",
            _nombre_de_candidatures,
        ),
        _fabrique("Avis", ELEVE + CHEZ_L_HOTE + AVIS, _avis),
    ),
    (
        Export(
            "export_entretiens",
            Cote.ORIGINE,
            "Entretiens",
            "Une ligne par entretien convoqué\u00a0: date, heure, lieu, présence.",
            _nombre_de_candidatures,
        ),
        _fabrique("Entretiens", ELEVE + CHEZ_L_HOTE + ENTRETIEN, _entretiens),
    ),
    (
        Export(
            "export_candidats",
            Cote.ACCUEIL,
            "Candidats",
            "Une ligne par candidature\u00a0: élève, établissement d’origine, formations, état, entretien.",
            _nombre_de_candidats,
        ),
        _fabrique("Candidats", ELEVE + ORIGINE + CANDIDATURE + AVIS_SAISIS, _candidats),
    ),
    (
        Export(
            "export_entretiens_accueil",
            Cote.ACCUEIL,
            "Entretiens",
            "Une ligne par entretien planifié\u00a0: date, heure, lieu, présence.",
            _nombre_de_candidats,
        ),
        _fabrique("Entretiens", ELEVE + ORIGINE + ENTRETIEN, _entretiens_de_l_accueil),
    ),
)
