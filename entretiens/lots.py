"""Les convocations de plusieurs élèves en un seul fichier, préparé par l'atelier (écran O12)."""

from itertools import islice
from pathlib import Path

from courriers.assemblage import Assemblage
from courriers.pdf import RenduImpossible
from entretiens.models import Convocation
from entretiens.pdf import pdf_des_convocations
from referentiel.models import Travail
from referentiel.travaux import Livraison, Suivi

NATURE = "convocations"
PAR_RENDU = 10


def preparer_les_convocations(travail: Travail, fichier: Path, suivi: Suivi) -> Livraison:
    """Écrit les convocations de `travail.demande["convocations"]`, dans cet ordre, une page par élève."""
    codes = iter(travail.demande["convocations"])
    with Assemblage(travail.titre, fichier) as assemblage:
        while lot := list(islice(codes, PAR_RENDU)):
            _ajouter(travail, lot, assemblage, suivi)
        return Livraison(f"passpro-convocations-{travail.demande_le:%Y-%m-%d}.pdf", "application/pdf", assemblage.pages)


def _ajouter(travail: Travail, codes: list[str], assemblage: Assemblage, suivi: Suivi) -> None:
    de_l_etablissement = Convocation.objects.de_l_origine(travail.campagne, travail.etablissement_id)
    lues = de_l_etablissement.avec_document().in_bulk(codes, field_name="code")
    convocations = [lues[code] for code in codes if code in lues]
    if not convocations:
        return
    try:
        assemblage.ajouter(pdf_des_convocations(convocations).contenu)
    except RenduImpossible as panne:
        for convocation in convocations:
            suivi.refuser(convocation.entretien.candidature.eleve.nom_affiche, str(panne))
    else:
        suivi.avancer(len(convocations))
