"""Assembler des PDF balisés en un seul, qui reste balisé et lisible par un lecteur d'écran (R32).

Chaque document passe en entier dans le fichier, puis s'oublie : ne restent en mémoire que les numéros qui le relient
à l'ensemble, si bien que deux mille fiches n'en demandent pas plus que cent.
"""

import io
import re
from collections import deque
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

from pikepdf import Array, Dictionary, Object, Pdf, Stream, String

from courriers.pdf_au_fil import FichierPdf

# Les objets de l'ensemble, dont le numéro se sait avant de les écrire.
CATALOGUE, PAGES, BALISES, RENVOIS, METADONNEES, INFORMATIONS = range(1, 7)
PAGE_BLANCHE = b"<</Type/Page/Parent %d 0 R/Resources<<>>/MediaBox[0 0 595.28 841.89]/Tabs/S>>" % PAGES
# Un texte de PDF peut contenir « 12 0 R » : il se lit d'un trait, pour ne pas y voir un renvoi.
TEXTE_OU_RENVOI = re.compile(rb"\((?:[^()\\]|\\.)*\)|\b(\d+) \d+ R\b", re.DOTALL)


class Assemblage:
    """Un PDF/UA que l'on allonge document par document dans `fichier`, et que la fin du bloc `with` achève.

    Chaque document garde son arbre de structure : ses éléments rejoignent la racine commune, et les numéros par
    lesquels ses pages les désignent sont décalés d'autant. `pages` compte les pages du fichier.
    """

    def __init__(self, titre: str, fichier: Path) -> None:
        self.titre = titre
        self._fichier = FichierPdf(fichier, reserves=INFORMATIONS)
        self._pages: list[int] = []
        self._elements: list[int] = []
        self._renvois: list[tuple[int, int]] = []
        self._decalage = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, erreur: type[BaseException] | None, _: BaseException | None, __: TracebackType | None) -> None:
        with self._fichier:
            if erreur is None:
                self._achever()

    @property
    def pages(self) -> int:
        return len(self._pages)

    def ajouter(self, document: bytes, *, sur_une_nouvelle_feuille: bool = False) -> None:
        """Ajoute un PDF/UA ; en recto verso, `sur_une_nouvelle_feuille` le fait commencer au recto."""
        if sur_une_nouvelle_feuille and self.pages % 2:
            self._pages.append(self._fichier.numero())
            self._fichier.ecrire(self._pages[-1], PAGE_BLANCHE)
        with Pdf.open(io.BytesIO(document)) as source:
            self._decaler_les_renvois(source)
            self._greffer(source)

    def _decaler_les_renvois(self, source: Pdf) -> None:
        for page in source.pages:
            _decaler(page.obj, "/StructParents", self._decalage)
            for annotation in page.obj.get("/Annots", Array()):
                _decaler(annotation, "/StructParent", self._decalage)

    def _greffer(self, source: Pdf) -> None:
        arbre = source.Root.StructTreeRoot
        elements = [_numero(source, element) for element in (arbre.K if isinstance(arbre.K, Array) else [arbre.K])]
        suites = arbre.ParentTree.Nums
        renvois = {int(cle): _numero(source, valeur) for cle, valeur in zip(suites[::2], suites[1::2], strict=True)}
        pages = [_numero(source, page.obj) for page in source.pages]
        numeros = self._copier(source, [*pages, *elements, *renvois.values()])
        self._pages += [numeros[page] for page in pages]
        self._elements += [numeros[element] for element in elements]
        self._renvois += [(cle + self._decalage, numeros[renvoi]) for cle, renvoi in renvois.items()]
        self._decalage += max(renvois, default=-1) + 1

    def _copier(self, source: Pdf, departs: Iterable[int]) -> dict[int, int]:
        """Écrit les objets que `departs` désignent, de proche en proche ; rend le numéro de chacun dans l'ensemble."""
        numeros = {_numero(source, source.Root.Pages): PAGES, _numero(source, source.Root.StructTreeRoot): BALISES}
        a_ecrire: deque[int] = deque()

        def numeroter(sien: int) -> int:
            if sien not in numeros:
                numeros[sien] = self._fichier.numero()
                a_ecrire.append(sien)
            return numeros[sien]

        def renumeroter(trouve: re.Match[bytes]) -> bytes:
            return b"%d 0 R" % numeroter(int(trouve[1])) if trouve[1] else trouve[0]

        for depart in departs:
            numeroter(depart)
        while a_ecrire:
            sien = a_ecrire.popleft()
            objet = source.get_object(sien, 0)
            if isinstance(objet, Stream):
                dictionnaire = TEXTE_OU_RENVOI.sub(renumeroter, objet.stream_dict.unparse(resolved=True))
                self._fichier.ecrire_un_flux(numeros[sien], dictionnaire, objet.read_raw_bytes())
            else:
                corps = TEXTE_OU_RENVOI.sub(renumeroter, objet.unparse(resolved=True))
                self._fichier.ecrire(numeros[sien], corps)
        return numeros

    def _achever(self) -> None:
        ecrire = self._fichier.ecrire
        ecrire(PAGES, b"<</Type/Pages/Count %d/Kids[%b]>>" % (self.pages, _renvois(self._pages)))
        ecrire(RENVOIS, b"<</Nums[%b]>>" % b" ".join(b"%d %d 0 R" % renvoi for renvoi in self._renvois))
        arbre = b"<</Type/StructTreeRoot/K[%b]/ParentTree %d 0 R/ParentTreeNextKey %d>>"
        ecrire(BALISES, arbre % (_renvois(self._elements), RENVOIS, self._decalage))
        ecrire(INFORMATIONS, Dictionary(Title=String(self.titre)).unparse())
        xmp = _metadonnees(self.titre)
        dictionnaire = b"<</Type/Metadata/Subtype/XML/Length %d>>" % len(xmp)
        self._fichier.ecrire_un_flux(METADONNEES, dictionnaire, xmp)
        catalogue = (
            b"<</Type/Catalog/Pages %d 0 R/StructTreeRoot %d 0 R/Metadata %d 0 R/MarkInfo<</Marked true>>/Lang(fr)"
            b"/ViewerPreferences<</DisplayDocTitle true>>>>"
        )
        ecrire(CATALOGUE, catalogue % (PAGES, BALISES, METADONNEES))
        self._fichier.achever(racine=CATALOGUE, informations=INFORMATIONS)


def _numero(source: Pdf, objet: Object) -> int:
    return (objet if objet.is_indirect else source.make_indirect(objet)).objgen[0]


def _renvois(numeros: Iterable[int]) -> bytes:
    return b" ".join(b"%d 0 R" % numero for numero in numeros)


def _metadonnees(titre: str) -> bytes:
    with Pdf.new() as modele:
        with modele.open_metadata(set_pikepdf_as_editor=False) as donnees:
            donnees["dc:title"] = titre
            donnees["pdfuaid:part"] = "1"
        return modele.Root.Metadata.read_bytes()


def _decaler(objet: Object, cle: str, decalage: int) -> None:
    if cle in objet:
        objet[cle] = int(objet[cle]) + decalage
