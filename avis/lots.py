"""Les fiches récapitulatives de plusieurs élèves en un seul fichier, préparé par l'atelier (R32, écran O14)."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path

from django.db.models import QuerySet
from django.utils.text import slugify

from avis.lectures import FicheDeLEleve, fiches_des_eleves
from avis.pdf import fiches_en_pdf
from candidatures.models import Eleve
from courriers.assemblage import Assemblage
from courriers.pdf import RenduImpossible
from referentiel.models import Campagne, Travail
from referentiel.travaux import Livraison, Suivi

NATURE = "fiches"
LOT = 50
SANS_CANDIDATURE = "Aucune candidature\u00a0: il n’y a pas de fiche à préparer."


def preparer_les_fiches(travail: Travail, fichier: Path, suivi: Suivi) -> Livraison:
    """Écrit dans `fichier` les fiches des élèves de `travail.demande["eleves"]`, par classe puis par nom.

    Une fiche qui ne peut pas être produite est nommée, avec sa raison ; les autres le sont.
    """
    with Assemblage(travail.titre, fichier) as assemblage:
        assembler_les_fiches(
            _contenus(travail),
            travail.campagne,
            travail.demande_le,
            assemblage,
            suivi,
            recto_verso=bool(travail.demande.get("recto_verso")),
        )
        return Livraison(_nom(travail), "application/pdf", assemblage.pages)


def assembler_les_fiches(
    contenus: Iterable[FicheDeLEleve],
    campagne: Campagne,
    le: datetime,
    assemblage: Assemblage,
    suivi: Suivi,
    *,
    recto_verso: bool,
) -> None:
    """Ajoute à `assemblage` le document de chaque fiche, dans leur ordre, et dit au `suivi` où l'on en est."""
    for contenu, document in fiches_en_pdf(_a_rendre(contenus, suivi), campagne, le):
        if isinstance(document, RenduImpossible):
            suivi.refuser(contenu.eleve.nom_affiche, str(document))
        else:
            assemblage.ajouter(document, sur_une_nouvelle_feuille=recto_verso)
            suivi.avancer()


def _a_rendre(contenus: Iterable[FicheDeLEleve], suivi: Suivi) -> Iterator[FicheDeLEleve]:
    for contenu in contenus:
        if contenu.sections:
            yield contenu
        else:
            suivi.refuser(contenu.eleve.nom_affiche, SANS_CANDIDATURE)


def _contenus(travail: Travail) -> Iterator[FicheDeLEleve]:
    eleves = list(_eleves(travail))
    for debut in range(0, len(eleves), LOT):
        yield from fiches_des_eleves(travail.campagne, eleves[debut : debut + LOT], travail.demande_le)


def _eleves(travail: Travail) -> QuerySet[Eleve]:
    de_l_etablissement = Eleve.objects.de_l_origine(travail.campagne, travail.etablissement_id)
    demandes = de_l_etablissement.filter(code__in=travail.demande["eleves"])
    return demandes.select_related("etablissement").order_by("classe", "cle", "pk")


def _nom(travail: Travail) -> str:
    """« passpro-fiches-3e-b-2027-03-13.pdf »."""
    jour: datetime = travail.demande_le
    return f"passpro-{slugify(travail.titre)[:80]}-{jour:%Y-%m-%d}.pdf"
