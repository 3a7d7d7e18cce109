"""Des pièces jointes à plusieurs courriels : leur PDF ne se rend qu'une fois (écran 5.1).

La messagerie d'un établissement et sa personne référente reçoivent souvent les mêmes convocations, l'une après l'autre.
L'ouvrier garde les derniers PDF en mémoire, le temps d'un lot : rien ne s'en écrit nulle part (R40).
"""

from collections import OrderedDict

from courriers.imprimes import Imprime, empreinte_de
from courriers.pdf import rendre_le_html

OCTETS_GARDES = 4_000_000


class PdfRecents:
    """Les derniers PDF rendus, les plus anciens s'effaçant quand leur taille passe `octets`."""

    def __init__(self, octets: int) -> None:
        self.octets = octets
        self._gardes: OrderedDict[str, bytes] = OrderedDict()

    def rendre(self, imprime: Imprime) -> bytes:
        """PDF/UA de l'imprimé, rendu ou repris. Lève `RenduImpossible` comme `courriers.pdf.rendre`."""
        html = imprime.html()
        cle = empreinte_de(html)
        if cle not in self._gardes:
            self._garder(cle, rendre_le_html(html))
        self._gardes.move_to_end(cle)
        return self._gardes[cle]

    def oublier(self) -> None:
        self._gardes.clear()

    def _garder(self, cle: str, pdf: bytes) -> None:
        self._gardes[cle] = pdf
        while len(self._gardes) > 1 and sum(map(len, self._gardes.values())) > self.octets:
            self._gardes.popitem(last=False)


PIECES_RECENTES = PdfRecents(OCTETS_GARDES)
