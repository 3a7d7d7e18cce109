"""Ce qui est saisi d'un élève, et ce qui l'empêche d'entrer (R10 à R12)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime

from candidatures.models import Eleve
from candidatures.rules import cle_d_un_eleve, pourquoi_pas_admis
from referentiel.models import Campagne
from referentiel.rules.dates import jour_de
from referentiel.rules.identifiants import meme_mef, mettre_au_propre, pourquoi_pas_un_ine
from referentiel.rules.jeu import Niveau
from referentiel.rules.refus import Refus

AILLEURS = "Cet élève est déjà inscrit dans un autre établissement de l’académie. Demandez son transfert."


@dataclass(frozen=True, slots=True)
class SaisieEleve:
    """Ce qui est saisi d'un élève ; `propre()` le met au propre."""

    nom: str
    prenom: str
    date_de_naissance: date
    classe: str
    niveau: str = Niveau.TROISIEME
    ine: str = ""
    mef: str = ""
    referent_nom: str = ""
    referent_courriel: str = ""

    def propre(self) -> "SaisieEleve":
        return replace(
            self,
            nom=serrer(self.nom),
            prenom=serrer(self.prenom),
            classe=serrer(self.classe),
            niveau=Niveau(self.niveau).value,
            ine=mettre_au_propre(self.ine),
            mef=mettre_au_propre(self.mef),
            referent_nom=serrer(self.referent_nom),
            referent_courriel=self.referent_courriel.strip().lower(),
        )

    @property
    def identite(self) -> tuple[str, date]:
        """Noms sans accents ni casse, et date de naissance : ce qui fait reconnaître un élève sans INE (R10)."""
        return cle_d_un_eleve(self.nom, self.prenom), self.date_de_naissance


class EleveDejaInscritAilleurs(Refus):
    """Le même INE est dans un autre établissement ; rien ne dit lequel (R12)."""

    def __init__(self) -> None:
        super().__init__(AILLEURS)


class DoublonAConfirmer(Refus):
    """Un élève de mêmes noms et date de naissance est déjà dans l'établissement : `eleve` (R10)."""

    def __init__(self, eleve: Eleve) -> None:
        super().__init__(
            f"{eleve.prenom} {eleve.nom.upper()}, de même date de naissance ({eleve.date_de_naissance:%d/%m/%Y}), "
            f"existe déjà dans votre établissement, en {eleve.classe}. "
            "S’il s’agit d’un autre élève, confirmez son ajout."
        )
        self.eleve = eleve


def serrer(texte: str) -> str:
    """Le texte sans espaces autour ni doublés."""
    return " ".join(texte.split())


def lisible(valeurs: Mapping[str, object]) -> dict[str, str]:
    """Valeurs telles que l'historique les garde ; ce qui est vide n'y est pas."""
    return {champ: str(valeur) for champ, valeur in valeurs.items() if valeur != ""}


def exiger_une_saisie_juste(
    saisie: SaisieEleve, campagne: Campagne, le: datetime, *, gardes: Collection[str] = ()
) -> None:
    """Lève `Refus` avec la raison de `pourquoi_pas_cette_saisie`."""
    if raison := pourquoi_pas_cette_saisie(saisie, campagne, le, gardes=gardes):
        raise Refus(raison)


def pourquoi_pas_cette_saisie(
    saisie: SaisieEleve, campagne: Campagne, le: datetime, *, gardes: Collection[str] = ()
) -> str | None:
    """Raison pour laquelle cette saisie n'est pas celle d'un élève admis dans `campagne`, ou `None` (R10, R11).

    `gardes` : les champs que l'élève avait déjà tels quels. Un INE, un niveau ou un MEF gardé n'empêche pas de corriger
    le reste, même si la campagne ne l'admet plus.
    """
    for libelle, valeur in (("nom", saisie.nom), ("prénom", saisie.prenom), ("classe", saisie.classe)):
        if not valeur:
            return f"Donnez : {libelle} de l’élève."
    if saisie.date_de_naissance >= jour_de(le):
        return f"La date de naissance {saisie.date_de_naissance:%d/%m/%Y} n’est pas passée."
    if saisie.ine and "ine" not in gardes and (raison := pourquoi_pas_un_ine(saisie.ine)):
        return raison
    return _pourquoi_pas_ce_niveau(saisie, campagne, gardes)


def _pourquoi_pas_ce_niveau(saisie: SaisieEleve, campagne: Campagne, gardes: Collection[str]) -> str | None:
    regles = campagne.regles
    admis = [Niveau(niveau) for niveau in regles.niveaux_admis]
    if "niveau" not in gardes and (raison := pourquoi_pas_admis(Niveau(saisie.niveau), admis)):
        return raison
    mef = "" if "mef" in gardes else saisie.mef
    if mef and regles.mef_admis and not any(meme_mef(mef, connu) for connu in regles.mef_admis):
        return f"Le MEF {mef} n’est pas concerné par cette campagne."
    return None


def exiger_un_ine_libre(
    saisie: SaisieEleve, campagne: Campagne, etablissement_id: int, sauf: int | None = None
) -> None:
    """Lève `Refus` si un autre que `sauf` porte cet INE ici, `EleveDejaInscritAilleurs` si c'est ailleurs (R12)."""
    if not saisie.ine:
        return
    porteurs = Eleve.objects.filter(campagne=campagne, ine=saisie.ine)
    autre = porteurs.first() if sauf is None else porteurs.exclude(pk=sauf).first()
    if autre is None:
        return
    if autre.etablissement_id != etablissement_id:
        raise EleveDejaInscritAilleurs
    raise Refus(f"Cet INE est celui de {autre}, déjà dans votre établissement, en {autre.classe}.")


def exiger_une_identite_nouvelle(
    saisie: SaisieEleve, campagne: Campagne, etablissement_id: int, sauf: int | None = None
) -> None:
    """Lève `DoublonAConfirmer` si un autre que `sauf` a ces noms et cette naissance, l'un des deux sans INE (R10)."""
    cle, naissance = saisie.identite
    semblables = Eleve.objects.de_l_origine(campagne, etablissement_id).filter(cle=cle, date_de_naissance=naissance)
    if saisie.ine:
        semblables = semblables.filter(ine="")
    if semblable := semblables.exclude(pk=sauf).first():
        raise DoublonAConfirmer(semblable)
