"""Les formulaires que le site montre, lus dans ses pages : ce qu'ils enverraient si l'on n'y touchait pas."""

from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit

from lxml import html

JETON = "csrfmiddlewaretoken"
Champs = list[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Formulaire:
    """Où il s'envoie, comment, et ses champs ; le bouton retenu est le premier qui porte un nom."""

    chemin: str
    est_un_envoi: bool
    champs: tuple[tuple[str, str], ...]
    bouton: tuple[tuple[str, str], ...]

    @property
    def noms(self) -> list[str]:
        return list(dict.fromkeys(nom for nom, _ in self.champs))

    def avec(self, nom: str, *valeurs: str) -> Champs:
        """L'envoi, où `nom` prend ces valeurs ; sans valeur, il manque."""
        autres = [(autre, valeur) for autre, valeur in self.champs if autre != nom]
        return [*autres, *((nom, valeur) for valeur in valeurs), *self.bouton]


def formulaires_de(chemin: str, contenu: str) -> Iterator[Formulaire]:
    """Les formulaires d'une page lue à `chemin`, sans leur jeton ni leurs fichiers."""
    for lu in html.document_fromstring(contenu).forms:
        adresse = urlsplit(lu.action or chemin)
        fichiers = {fichier.get("name") for fichier in lu.xpath(".//input[@type='file']")}
        remplis = [(nom, valeur or "") for nom, valeur in lu.form_values()]
        muets = [(nom, "") for nom in sorted(filter(None, lu.fields)) if nom not in dict(remplis)]
        champs = [*parse_qsl(adresse.query), *remplis, *muets]
        boutons = [(bouton.get("name"), bouton.get("value") or "") for bouton in lu.xpath(".//button[@name]")]
        yield Formulaire(
            adresse.path or chemin,
            (lu.method or "GET").upper() == "POST",
            tuple((nom, valeur) for nom, valeur in champs if nom != JETON and nom not in fichiers),
            tuple(boutons[:1]),
        )
