"""Les tableaux des avis : par établissement, par formation, et leur rencontre (R35, écran S3).

Toujours dans l'ordre alphabétique, sans rang : ces tableaux ne classent personne.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from pilotage.discriminance import (
    AVIS_AU_MOINS,
    COMPTE_RENDU_COURT,
    Matrice,
    Poids,
    indice_de_repartition,
    lignes_a_taire,
    part_du_plus_frequent,
    poids,
    remarques_sur_les_avis,
    remarques_sur_les_textes,
)
from pilotage.graphiques import Barres, barres_empilees
from pilotage.rules import dire_nombre
from pilotage.selectors.bilan import avis as lecture
from pilotage.selectors.bilan.avis import Groupe, ParAvis
from pilotage.selectors.suivi import Champ
from pilotage.tableaux import Tableau, Valeur, code_du_departement, dire, part
from referentiel.rules.dates import INSECABLE
from referentiel.rules.identifiants import cle_de_recherche
from referentiel.rules.jeu import LIBELLES_AVIS, LIBELLES_RESULTATS, Avis

INDICE = (
    "L’indice de répartition va de 0, toujours le même avis, à 1, autant de chaque avis. Il décrit une façon de donner "
    "les avis\u00a0; il ne dit ni leur justesse, ni la qualité d’un travail. Il ne se calcule qu’à partir de "
    f"{AVIS_AU_MOINS}{INSECABLE}avis."
)
DETAIL_TU = (
    "Sous dix, le détail est tu\u00a0; il l’est aussi pour une ligne de plus, si le total permettait de le retrouver."
)
T = TypeVar("T")
AUCUN_COMPTE_RENDU: dict[str, Any] = {"nombre": 0, "mediane": None, "courts": 0, "sans_conseil": 0}


@dataclass(frozen=True)
class LesAvis:
    """Ce que la base dit des avis d'un champ ; les tableaux et les phrases en viennent tous."""

    champ: Champ
    origines: dict[int, ParAvis]
    groupes: list[Groupe]
    comptes_rendus: dict[int, dict[str, Any]]
    repetes: dict[int, int]
    noms: list[tuple[int, str, str]]
    matrice: Matrice

    @classmethod
    def lire(cls, champ: Champ) -> "LesAvis":
        """En six requêtes, quel que soit le nombre d'établissements."""
        origines, groupes = lecture.avis_d_origine(champ), lecture.groupes_d_avis(champ)
        comptes_rendus = lecture.comptes_rendus(champ)
        cles = {*origines, *comptes_rendus, *(groupe.accueil for groupe in groupes if groupe.valeur)}
        noms = lecture.noms_des_etablissements(cles)
        repetes = lecture.textes_repetes(champ)
        return cls(champ, origines, groupes, comptes_rendus, repetes, noms, champ.campagne.regles.matrice)

    @cached_property
    def accueils(self) -> dict[int, ParAvis]:
        return lecture.par_accueil(self.groupes)

    @cached_property
    def rencontres(self) -> dict[tuple[Avis, Avis], int]:
        return lecture.rencontres(self.groupes)

    @property
    def echelle_origine(self) -> list[Avis]:
        return [Avis(valeur) for valeur in self.champ.campagne.regles.echelle_origine]

    @property
    def echelle_accueil(self) -> list[Avis]:
        return self.champ.campagne.regles.avis_d_accueil_possibles

    @property
    def montre_le_resultat(self) -> bool:
        return self.champ.campagne.regles.montre_l_avis_final

    # Les tableaux

    def tableau_des_origines(self) -> Tableau:
        echelle = self.echelle_origine
        tues = self._tues({cle: sum(comptes.values()) for cle, comptes in self.origines.items()})
        rangees: list[list[Valeur]] = [
            [
                nom,
                code_du_departement(departement),
                sum(comptes.values()),
                *self._taire(
                    cle in tues,
                    [
                        *_detailler(comptes, echelle),
                        part_du_plus_frequent(comptes),
                        indice_de_repartition(comptes, len(echelle)),
                        ", ".join(remarques_sur_les_avis(comptes, a_l_accueil=False)),
                    ],
                ),
            ]
            for cle, nom, departement in self.noms
            if (comptes := self.origines.get(cle))
        ]
        return Tableau(
            "avis-d-origine",
            "Avis des établissements d’origine",
            [
                "Établissement",
                "Département",
                "Avis",
                *(LIBELLES_AVIS[avis] for avis in echelle),
                "Le plus fréquent (%)",
                "Indice de répartition",
                "Remarque",
            ],
            rangees,
            f"{INDICE} «\u00a0Avis peu différenciés\u00a0»\u00a0: neuf avis sur dix, ou plus, sont le "
            f"même.{self._reserve}",
        )

    def tableau_des_accueils(self) -> Tableau:
        echelle = self.echelle_accueil
        avis_tus = self._tues({cle: sum(comptes.values()) for cle, comptes in self.accueils.items()})
        textes_tus = self._tues({cle: textes["nombre"] for cle, textes in self.comptes_rendus.items()})
        return Tableau(
            "avis-d-accueil",
            "Avis et comptes-rendus des établissements d’accueil",
            [
                "Établissement",
                "Département",
                "Avis",
                *(LIBELLES_AVIS[avis] for avis in echelle),
                "Réservé (%)",
                "Indice de répartition",
                "Comptes-rendus",
                "Longueur médiane",
                "Très courts",
                "Répétés",
                "Réservé et très court",
                "Remarque",
            ],
            [
                [
                    nom,
                    code_du_departement(departement),
                    *self._avis_de_l_accueil(cle, echelle, tus=cle in avis_tus),
                    *self._textes_de_l_accueil(cle, tus=cle in textes_tus),
                    "" if cle in avis_tus | textes_tus else ", ".join(self._remarques_sur_l_accueil(cle)),
                ]
                for cle, nom, departement in self.noms
                if cle in self.accueils or cle in self.comptes_rendus
            ],
            f"{INDICE} «\u00a0Part d’avis réservés élevée\u00a0»\u00a0: un avis sur deux, ou plus. "
            "«\u00a0Comptes-rendus très courts\u00a0»\u00a0: "
            f"la moitié compte moins de {COMPTE_RENDU_COURT} caractères. «\u00a0Textes répétés\u00a0»\u00a0: "
            "trois sur dix se "
            "retrouvent mot pour mot dans un autre compte-rendu de l’établissement. «\u00a0Réservé et très "
            "court\u00a0» compte "
            "les entretiens dont un avis au moins est réservé sans qu’un compte-rendu l’explique."
            f"{self._reserve}",
        )

    def _avis_de_l_accueil(self, cle: int, echelle: Sequence[Avis], *, tus: bool) -> list[Valeur]:
        comptes = self.accueils.get(cle, {})
        total = sum(comptes.values())
        reserves = part(comptes.get(Avis.RESERVE, 0), total) if total >= AVIS_AU_MOINS else None
        detail = [*_detailler(comptes, echelle), reserves, indice_de_repartition(comptes, len(echelle))]
        return [total, *self._taire(tus, detail)]

    def _textes_de_l_accueil(self, cle: int, *, tus: bool) -> list[Valeur]:
        textes = self.comptes_rendus.get(cle, AUCUN_COMPTE_RENDU)
        mediane = None if textes["mediane"] is None else round(textes["mediane"])
        detail = [mediane, textes["courts"], self.repetes.get(cle, 0), textes["sans_conseil"]]
        return [textes["nombre"], *self._taire(tus, detail)]

    def _remarques_sur_l_accueil(self, cle: int) -> list[str]:
        textes = self.comptes_rendus.get(cle, AUCUN_COMPTE_RENDU)
        remarques = remarques_sur_les_avis(self.accueils.get(cle, {}), a_l_accueil=True)
        return remarques + remarques_sur_les_textes(textes["nombre"], textes["mediane"], self.repetes.get(cle, 0))

    def tableau_des_formations(self) -> Tableau:
        echelle = self.echelle_accueil
        formations = lecture.par_formation(self.groupes)
        tues = self._tues({cle: sum(_detailler(comptes, echelle)) for cle, comptes in formations.items()})
        rangees: list[list[Valeur]] = [
            [
                formation,
                domaine,
                sum(comptes.values()),
                *self._taire((domaine, formation) in tues, _detailler(comptes, echelle)),
            ]
            for (domaine, formation), comptes in sorted(formations.items(), key=_alphabetique)
        ]
        return Tableau(
            "avis-par-formation",
            "Avis d’accueil par formation",
            ["Formation", "Domaine", "Demandes", *(LIBELLES_AVIS[avis] for avis in echelle)],
            rangees,
            "Les demandes comptent les formations demandées à l’inscription et celles ajoutées à "
            "l’entretien\u00a0; les "
            f"avis, ceux qui sont transmis.{self._reserve}",
        )

    def tableau_des_rencontres(self) -> Tableau:
        rangees: list[list[Valeur]] = [
            [
                LIBELLES_AVIS[origine],
                LIBELLES_AVIS[accueil],
                self._rencontre(origine, accueil),
                *([self._resultat(origine, accueil)] if self.montre_le_resultat else []),
            ]
            for origine in [*self.echelle_origine, Avis.ABSENT]
            for accueil in self.echelle_accueil
        ]
        return Tableau(
            "croisement",
            "Rencontre des deux avis",
            ["Avis d’origine", "Avis d’accueil", "Formations", *(["Avis final"] if self.montre_le_resultat else [])],
            rangees,
            "Une formation dont l’avis d’accueil est transmis est comptée une fois, où ses deux avis se rencontrent."
            f"{self._reserve}",
        )

    # La page

    def grille(self) -> dict[str, Any]:
        """La même rencontre, en lignes et colonnes."""
        return {
            "colonnes": [LIBELLES_AVIS[avis] for avis in self.echelle_accueil],
            "lignes": [
                {
                    "avis": LIBELLES_AVIS[origine],
                    "cases": [
                        {
                            "nombre": dire(self._rencontre(origine, accueil)),
                            "resultat": self._resultat(origine, accueil) if self.montre_le_resultat else "",
                        }
                        for accueil in self.echelle_accueil
                    ],
                }
                for origine in [*self.echelle_origine, Avis.ABSENT]
            ],
        }

    def barres(self) -> Barres:
        """Les avis des deux côtés, l'un sous l'autre."""
        cotes = [
            (nom, comptes)
            for nom, comptes in (
                ("Avis d’origine", lecture.ensemble(self.origines)),
                ("Avis d’accueil", lecture.ensemble(self.accueils)),
            )
            if not self._tait(sum(comptes.values()))
        ]
        valeurs = [avis for avis in Avis if avis in {*self.echelle_origine, *self.echelle_accueil}]
        lignes = [(nom, [comptes.get(avis, 0) for avis in valeurs]) for nom, comptes in cotes]
        phrases = [_dire_la_part(nom, comptes) for nom, comptes in cotes if comptes]
        series = [LIBELLES_AVIS[avis] for avis in valeurs]
        return barres_empilees("avis", series, lignes, " ".join(phrases) or self._reserve.strip(), totaux=False)

    def poids(self) -> list[str]:
        """Ce que pèse chaque côté dans l'avis final, en phrases ; rien si la campagne n'en montre pas."""
        if not self.montre_le_resultat:
            return []
        pesees = [
            ("d’origine", poids(self.rencontres, self.matrice, de_l_origine=True)),
            ("d’accueil", poids(self.rencontres, self.matrice, de_l_origine=False)),
        ]
        return [_dire_le_poids(cote, pesee) for cote, pesee in pesees if pesee and not self._tait(pesee.total)]

    def entretiens_a_relire(self) -> str:
        """Combien d'entretiens ressemblent à une sélection : un avis réservé, presque pas de texte."""
        total = sum(ligne["nombre"] for ligne in self.comptes_rendus.values())
        sans_conseil = sum(ligne["sans_conseil"] for ligne in self.comptes_rendus.values())
        courts = sum(ligne["courts"] for ligne in self.comptes_rendus.values())
        if not total or self._tait(total):
            return ""
        if not courts:
            return f"Aucun compte-rendu, sur {dire_nombre(total)}, ne compte moins de {COMPTE_RENDU_COURT} caractères."
        s, nt = ("s", "nt") if courts > 1 else ("", "")
        return (
            f"{dire_nombre(courts)} compte{s}-rendu{s} sur {dire_nombre(total)} ({part(courts, total)}{INSECABLE}%) ne "
            f"donne{nt} presque pas de conseil{INSECABLE}: moins de {COMPTE_RENDU_COURT}{INSECABLE}caractères. Pour "
            f"{dire_nombre(sans_conseil)} d’entre eux, un avis au moins est réservé{INSECABLE}: l’entretien a pu être "
            "vécu comme une sélection."
        )

    # Ce que l'observation ne lit pas

    def _tait(self, nombre: int) -> bool:
        """Vrai pour l'observation, sous dix : un petit nombre donnerait l'avis d'un élève (R36)."""
        return self.champ.departements is not None and nombre < AVIS_AU_MOINS

    @property
    def _reserve(self) -> str:
        return f" {DETAIL_TU}" if self._tait(0) else ""

    def _tues(self, totaux: Mapping[T, int]) -> frozenset[T]:
        """Lignes d'un tableau dont l'observation ne lit pas le détail, même en ôtant les autres du total."""
        return lignes_a_taire(totaux) if self._tait(0) else frozenset()

    @staticmethod
    def _taire(tu: bool, detail: Sequence[Valeur]) -> list[Valeur]:
        return [None] * len(detail) if tu else list(detail)

    def _rencontre(self, origine: Avis, accueil: Avis) -> int | None:
        return None if self._tait(sum(self.rencontres.values())) else self.rencontres.get((origine, accueil), 0)

    def _resultat(self, origine: Avis, accueil: Avis) -> str:
        case = self.matrice.get((origine, accueil))
        return LIBELLES_RESULTATS[case.resultat] if case else ""


def _detailler(comptes: ParAvis, echelle: Sequence[Avis]) -> list[int]:
    return [comptes.get(avis, 0) for avis in echelle]


def _alphabetique(ligne: tuple[tuple[str, str], ParAvis]) -> str:
    (domaine, formation), _ = ligne
    return cle_de_recherche(domaine, formation)


def _dire_la_part(nom: str, comptes: ParAvis) -> str:
    """« Avis d'origine : 84 % de favorables sur 3 010. »"""
    total = sum(comptes.values())
    favorables = part(comptes.get(Avis.FAVORABLE, 0), total)
    return f"{nom}{INSECABLE}: {favorables}{INSECABLE}% de favorables sur {dire_nombre(total)}."


def _dire_le_poids(cote: str, pesee: Poids) -> str:
    ux, en, s = ("ux", "en", "s") if pesee.autres > 1 else ("l", "", "")
    return (
        f"Si tous les avis {cote} avaient été «\u00a0{LIBELLES_AVIS[pesee.avis].lower()}\u00a0», l’avis le plus "
        "fréquent, "
        f"{dire_nombre(pesee.autres)} avis fina{ux} sur {dire_nombre(pesee.total)} "
        f"({pesee.part}{INSECABLE}%) aurai{en}t été différent{s}."
    )


TABLEAUX_DES_AVIS = {
    "avis-d-origine": lambda champ: LesAvis.lire(champ).tableau_des_origines(),
    "avis-d-accueil": lambda champ: LesAvis.lire(champ).tableau_des_accueils(),
    "avis-par-formation": lambda champ: LesAvis.lire(champ).tableau_des_formations(),
    "croisement": lambda champ: LesAvis.lire(champ).tableau_des_rencontres(),
}
