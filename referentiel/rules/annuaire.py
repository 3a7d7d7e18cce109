"""Lire une liste d'établissements : annuaire de l'éducation, liste de l'académie, UAI des SEP (R9, R10)."""

import re
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from referentiel.rules.comparaison import Faute, Fiche, est_une_copie_appauvrie
from referentiel.rules.identifiants import cle_de_recherche, mettre_au_propre, pourquoi_pas_un_uai

COLONNES: dict[str, tuple[str, ...]] = {
    "uai": ("UAI", "Identifiant_de_l_etablissement", "Code UAI", "Numéro UAI", "UAI lycée porteur", "RNE"),
    "nom": ("Nom", "Nom_etablissement", "Établissement", "Appellation officielle"),
    "type": ("Type", "Type_etablissement"),
    "nature": ("Libelle_nature", "Nature"),
    "secteur": ("Secteur", "Statut_public_prive"),
    "contrat": ("Contrat", "Type_contrat_prive"),
    "adresse": ("Adresse", "Adresse_1"),
    "adresse_2": ("Adresse_2",),
    "adresse_3": ("Adresse_3",),
    "code_postal": ("Code postal",),
    "commune": ("Commune", "Nom_commune", "Ville"),
    "departement": ("Code_departement", "Département"),
    "latitude": ("Latitude",),
    "longitude": ("Longitude",),
    "telephone": ("Téléphone",),
    "messagerie": ("Messagerie", "Mail", "Courriel"),
    "etat": ("État",),
    "sep": ("SEP", "UAI SEP"),
    "mere": ("etablissement_mere",),
}
INDISPENSABLES = ("uai",)
LIBELLES = {
    "nom": "Nom",
    "type": "Type",
    "secteur": "Secteur",
    "contrat": "Contrat",
    "adresse": "Adresse",
    "code_postal": "Code postal",
    "commune": "Commune",
    "departement": "Département",
    "latitude": "Latitude",
    "longitude": "Longitude",
    "telephone": "Téléphone",
    "messagerie": "Messagerie",
    "etablissement": "Établissement",
}
OBLIGATOIRES = ("nom", "type", "commune", "departement")
GENRES = ("etablissement", "alias")
# Un mètre environ : les sources arrondissent chacune à leur façon.
PRECISION_EN_DEGRES = 0.00002
DEMI_TOUR = 180
TYPES = {
    "lycee polyvalent": "LPO",
    "lycee professionnel": "LP",
    "lycee voie professionnelle": "LPO",
    "lycee d enseignement general et technologique": "LGT",
    "lycee d enseignement general": "LGT",
    "lycee enseignement general et technologique": "LGT",
    "lycee ens general techno prof agricole": "LEGTPA",
    "college": "Collège",
    "section d enseignement professionnel": "SEP",
    "section enseignt professionnel": "SEP",
    "etablissement regional d enseignement adapte": "EREA",
    "erea": "EREA",
}
CONTRATS = {
    "sans objet": "",
    "contrat d association toutes classes": "Contrat d’association",
    "contrat association partie des classes": "Contrat d’association, partie des classes",
    "hors contrat": "Hors contrat",
}
HORS_SUJET = {"ecole", "service administratif", "information et orientation"}


class LectureDeLAnnuaire:
    """Les établissements et les alias demandés par un fichier, et ce qui en a été laissé de côté."""

    def __init__(self, departements: Collection[str], alias: Mapping[str, str], presents: Collection[str]) -> None:
        self.departements = departements
        self.alias = alias
        self.alias_seuls = "sep" in presents and "nom" not in presents
        self.fiches: dict[tuple[str, ...], Fiche] = {}
        self.fautes: list[Faute] = []
        self.remarques: list[str] = []
        self.ailleurs = 0
        self.laisses = 0

    def lire(self, lignes: Iterable[Mapping[str, Any]]) -> "LectureDeLAnnuaire":
        for ligne in lignes:
            self._lire_la_ligne(ligne)
        self.remarques += [
            *_compter(self.ailleurs, "d’une autre académie, laissé de côté", "d’autres académies, laissés de côté"),
            *_compter(
                self.laisses, "fermé ou sans élève de 3e, laissé de côté", "fermés ou sans élève de 3e, laissés de côté"
            ),
        ]
        return self

    def _lire_la_ligne(self, ligne: Mapping[str, Any]) -> None:
        numero, uai = ligne["ligne"], mettre_au_propre(str(ligne.get("uai") or ""))
        if not self._est_d_ici(ligne, uai):
            self.ailleurs += 1
        elif _est_hors_sujet(ligne):
            self.laisses += 1
        elif raison := pourquoi_pas_un_uai(uai):
            self.fautes.append(Faute(numero, f"UAI «\u00a0{ligne.get('uai') or ''}\u00a0». {raison}"))
        elif uai in self.alias:
            self.remarques.append(
                f"Ligne {numero}\u00a0: {uai} est un autre code de {self.alias[uai]}. Rien n’est modifié."
            )
        elif deja := self.fiches.get(("etablissement", uai)):
            self.fautes.append(Faute(numero, f"l’établissement {uai} figure déjà ligne {deja.ligne}."))
        else:
            self._retenir(ligne, uai, numero)

    def _est_d_ici(self, ligne: Mapping[str, Any], uai: str) -> bool:
        if not ligne.get("departement") and pourquoi_pas_un_uai(uai):
            return True
        return le_departement(ligne, uai) in self.departements

    def _retenir(self, ligne: Mapping[str, Any], uai: str, numero: int) -> None:
        mere = mettre_au_propre(str(ligne.get("mere") or ""))
        if mere and lire_le_type(ligne) == "SEP":
            self._retenir_la_sep(uai, mere, numero)
            return
        if not self.alias_seuls:
            champs = lire_les_champs(ligne, uai)
            self.fiches["etablissement", uai] = Fiche(("etablissement", uai), _libelle(champs, uai), champs, numero)
        if sep := mettre_au_propre(str(ligne.get("sep") or "")):
            self._retenir_la_sep(sep, uai, numero)

    def _retenir_la_sep(self, sep: str, uai: str, numero: int) -> None:
        if raison := pourquoi_pas_un_uai(sep):
            self.fautes.append(Faute(numero, f"UAI de SEP «\u00a0{sep}\u00a0». {raison}"))
            return
        deja = self.fiches.get(("alias", sep))
        if deja and deja.champs["etablissement"] != uai:
            self.fautes.append(Faute(numero, f"la SEP {sep} figure déjà ligne {deja.ligne}, pour un autre lycée."))
        self.fiches["alias", sep] = Fiche(("alias", sep), f"SEP {sep} de {uai}", {"etablissement": uai}, numero)


def lire_les_champs(ligne: Mapping[str, Any], uai: str) -> dict[str, Any]:
    """Champs de l'établissement que la ligne renseigne ; une case vide ne dit rien."""
    champs = {
        "nom": _blancs(ligne.get("nom")),
        "type": lire_le_type(ligne),
        "secteur": _blancs(ligne.get("secteur")),
        "contrat": lire_le_contrat(ligne.get("contrat")),
        "adresse": ", ".join(filter(None, (_blancs(ligne.get(nom)) for nom in ("adresse", "adresse_2", "adresse_3")))),
        "code_postal": lire_le_code_postal(ligne.get("code_postal")),
        "commune": _blancs(ligne.get("commune")),
        "departement": le_departement(ligne, uai),
        "latitude": lire_un_degre(ligne.get("latitude")),
        "longitude": lire_un_degre(ligne.get("longitude")),
        "telephone": lire_le_telephone(ligne.get("telephone")),
        "messagerie": _blancs(ligne.get("messagerie")).lower(),
    }
    return {champ: valeur for champ, valeur in champs.items() if valeur not in ("", None)}


def le_departement(ligne: Mapping[str, Any], uai: str) -> str:
    """Code à trois signes : « 77 » et « 077 » donnent « 077 », « 2A » donne « 02A » ; à défaut, celui de l'UAI."""
    code = _blancs(ligne.get("departement")).upper()
    return code.rjust(3, "0") if re.fullmatch(r"[0-9]{1,3}|0?2[AB]", code) else uai[:3]


def lire_le_code_postal(valeur: Any) -> str:
    """Cinq chiffres ; un tableur a pu perdre le zéro de tête."""
    chiffres = _blancs(valeur).replace(" ", "")
    return chiffres.rjust(5, "0") if chiffres else ""


def lire_le_telephone(valeur: Any) -> str:
    """« 160566060 », dont un tableur a perdu le zéro, donne « 01 60 56 60 60 » ; le reste est laissé tel quel."""
    texte = _blancs(valeur)
    chiffres = re.sub(r"[\s.\-]", "", texte)
    if re.fullmatch(r"[1-9][0-9]{8}", chiffres):
        chiffres = f"0{chiffres}"
    if re.fullmatch(r"0[0-9]{9}", chiffres):
        return " ".join(chiffres[rang : rang + 2] for rang in range(0, 10, 2))
    return texte


def lire_un_degre(valeur: Any) -> float | None:
    """Latitude ou longitude en degrés, arrondie au mètre ; `None` si ce n'en est pas une."""
    try:
        degre = float(str(valeur).replace(",", "."))
    except ValueError:
        return None
    return round(degre, 5) if abs(degre) <= DEMI_TOUR else None


def lire_le_type(ligne: Mapping[str, Any]) -> str:
    """« LPO », « LP », « Collège »… d'après la nature si elle est dite, sinon d'après le type."""
    type_ = _blancs(ligne.get("type"))
    return TYPES.get(cle_de_recherche(_blancs(ligne.get("nature")))) or TYPES.get(cle_de_recherche(type_)) or type_


def lire_le_contrat(valeur: Any) -> str:
    """Le contrat, dans les mots de Passpro ; un mot inconnu reste tel quel."""
    texte = _blancs(valeur)
    return CONTRATS.get(cle_de_recherche(texte), texte)


def pareil(champ: str, avant: Any, apres: Any) -> bool:
    """Égaux à un mètre près, ou même texte en moins soigné."""
    if champ in ("latitude", "longitude"):
        return avant not in ("", None) and abs(avant - apres) < PRECISION_EN_DEGRES
    if champ in ("nom", "adresse", "commune"):
        return est_une_copie_appauvrie(str(avant), str(apres))
    return avant == apres


def _est_hors_sujet(ligne: Mapping[str, Any]) -> bool:
    etat = cle_de_recherche(_blancs(ligne.get("etat")))
    return cle_de_recherche(_blancs(ligne.get("type"))) in HORS_SUJET or etat.startswith("ferme")


def _libelle(champs: Mapping[str, Any], uai: str) -> str:
    nom = ", ".join(filter(None, (champs.get("nom"), champs.get("commune"))))
    return f"{nom} ({uai})" if nom else uai


def _blancs(valeur: Any) -> str:
    return " ".join(str("" if valeur is None else valeur).split())


def _compter(nombre: int, au_singulier: str, au_pluriel: str) -> list[str]:
    if not nombre:
        return []
    return [f"1 établissement {au_singulier}." if nombre == 1 else f"{nombre} établissements {au_pluriel}."]
