"""Assembler des PDF balisés en un seul, qui reste balisé et lisible par un lecteur d'écran (R32)."""

import io
from pathlib import Path
from types import TracebackType
from typing import Self

from pikepdf import Array, Dictionary, Name, Object, Pdf

A4 = (595.28, 841.89)


class Assemblage:
    """Un PDF/UA que l'on allonge document par document, puis que l'on enregistre.

    Chaque document garde son arbre de structure : ses éléments rejoignent la racine commune, et les numéros par
    lesquels ses pages les désignent sont décalés d'autant. `pages` compte les pages du fichier.
    """

    def __init__(self, titre: str) -> None:
        self.titre = titre
        self._pdf = Pdf.new()
        self._racine = self._pdf.make_indirect(Dictionary(Type=Name.StructTreeRoot, K=Array()))
        self._parents = Array()
        self._decalage = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        self._pdf.close()

    @property
    def pages(self) -> int:
        return len(self._pdf.pages)

    def ajouter(self, document: bytes, *, sur_une_nouvelle_feuille: bool = False) -> None:
        """Ajoute un PDF/UA ; en recto verso, `sur_une_nouvelle_feuille` le fait commencer au recto."""
        if sur_une_nouvelle_feuille and self.pages % 2:
            self._pdf.add_blank_page(page_size=A4)
        with Pdf.open(io.BytesIO(document)) as source:
            self._decaler_les_renvois(source)
            self._pdf.pages.extend(source.pages)
            self._greffer(source)

    def enregistrer(self, fichier: Path) -> None:
        racine = self._pdf.Root
        self._racine.ParentTree = self._pdf.make_indirect(Dictionary(Nums=self._parents))
        self._racine.ParentTreeNextKey = self._decalage
        racine.StructTreeRoot = self._racine
        racine.MarkInfo = Dictionary(Marked=True)
        racine.Lang = "fr"
        racine.ViewerPreferences = Dictionary(DisplayDocTitle=True)
        with self._pdf.open_metadata(set_pikepdf_as_editor=False) as donnees:
            donnees["dc:title"] = self.titre
            donnees["pdfuaid:part"] = "1"
        self._pdf.docinfo["/Title"] = self.titre
        self._pdf.save(fichier, min_version="1.7")

    def _decaler_les_renvois(self, source: Pdf) -> None:
        for page in source.pages:
            _decaler(page.obj, "/StructParents", self._decalage)
            for annotation in page.obj.get("/Annots", Array()):
                _decaler(annotation, "/StructParent", self._decalage)

    def _greffer(self, source: Pdf) -> None:
        arbre = source.Root.StructTreeRoot
        elements = arbre.K if isinstance(arbre.K, Array) else Array([arbre.K])
        for element in elements:
            greffe = self._copier(source, element)
            greffe.P = self._racine
            self._racine.K.append(greffe)
        numeros = arbre.ParentTree.Nums
        for cle, valeur in zip(numeros[::2], numeros[1::2], strict=True):
            self._parents.extend([int(cle) + self._decalage, self._copier(source, valeur)])
        self._decalage += max((int(cle) for cle in numeros[::2]), default=-1) + 1

    def _copier(self, source: Pdf, objet: Object) -> Object:
        return self._pdf.copy_foreign(objet if objet.is_indirect else source.make_indirect(objet))


def _decaler(objet: Object, cle: str, decalage: int) -> None:
    if cle in objet:
        objet[cle] = int(objet[cle]) + decalage
