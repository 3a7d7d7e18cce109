"""Ce qui s'imprime : la fiche récapitulative, la trame d'un entretien (R32, écran A12)."""

import re
from collections.abc import Iterable, Iterator
from datetime import datetime

import segno
from django.conf import settings
from django.urls import reverse
from django.utils.text import slugify

from avis.lectures import FicheDeLEleve
from avis.presentation import AIDE_A_LA_REDACTION, THEMES
from avis.suivi import Saisie
from candidatures.models import Eleve
from candidatures.nommes import nommes
from courriers.imprimes import Imprime
from courriers.pdf import RenduImpossible, rendre_en_lot
from referentiel.detours import sans_detour
from referentiel.models import Campagne, Etablissement
from referentiel.rules.dates import jour_de
from referentiel.rules.jeu import LIBELLES_AVIS, Lettre

GABARIT = "documents/fiche.html"
# Les huit motifs d'un code se lisent ; les essayer tous, pour un écart de 3 %, quintuple le temps d'un code.
MOTIF_DU_CODE = 2


def fiche_imprimee(contenu: FicheDeLEleve, campagne: Campagne, le: datetime, *, numerotee: bool = True) -> Imprime:
    """La fiche, éditée le jour de `le`.

    Un jour répété donne une copie sans numéro (`numerotee=False`) : elle ne vaut pas encore.
    """
    contexte = contexte_de_la_fiche(contenu, campagne, le, numerotee=numerotee)
    return Imprime(nom_du_fichier(contenu.eleve, le), GABARIT, contexte, nommes([contenu.eleve]))


def fiches_en_pdf(
    contenus: Iterable[FicheDeLEleve], campagne: Campagne, le: datetime
) -> Iterator[tuple[FicheDeLEleve, bytes | RenduImpossible]]:
    """Un document par fiche, dans leur ordre ; une fiche qui ne peut pas être rendue a sa raison à la place."""
    yield from rendre_en_lot(GABARIT, ((c, contexte_de_la_fiche(c, campagne, le)) for c in contenus))


def contexte_de_la_fiche(
    contenu: FicheDeLEleve, campagne: Campagne, le: datetime, *, numerotee: bool = True
) -> dict[str, object]:
    """Ce que le gabarit du document montre."""
    code = contenu.code
    adresse = settings.ADRESSE_PUBLIQUE + sans_detour(reverse("avis:verification", args=[code]))
    return {
        "fiche": contenu,
        "eleve": contenu.eleve,
        "etablissement": contenu.eleve.etablissement,
        "campagne": campagne,
        "code": code if numerotee else "",
        "le": le,
        "adresse": adresse,
        "adresse_lisible": adresse.split("://", 1)[1],
        "qr": segno.make(adresse, micro=False, error="m", mask=MOTIF_DU_CODE).svg_data_uri(border=0),
    }


def trame_imprimee(saisie: Saisie, campagne: Campagne, accueil: Etablissement) -> Imprime:
    """Trame vierge d'un entretien : les thèmes, l'échelle, de quoi écrire ; aucun avis d'origine (écran A12)."""
    regles, eleve = campagne.regles, saisie.candidature.eleve
    contexte = {
        "eleve": eleve,
        "domaine": saisie.candidature.domaine,
        "entretien": saisie.entretien,
        "etablissement": accueil,
        "campagne": campagne,
        "formations": [demande.formation.intitule for demande in saisie.demandes],
        "echelle": [LIBELLES_AVIS[avis] for avis in regles.avis_d_accueil_possibles],
        "themes": THEMES if regles.lettre != Lettre.SANS_OBJET else (),
        "conseils": AIDE_A_LA_REDACTION,
    }
    return Imprime("passpro-trame-entretien.pdf", "documents/trame.html", contexte, nommes([eleve]))


def nom_du_fichier(eleve: Eleve, le: datetime) -> str:
    """« passpro-fiche-3eB-DIALLO-Y-2027-03-13.pdf »."""
    classe = re.sub(r"[^0-9A-Za-z]", "", eleve.classe)
    nom = slugify(eleve.nom).upper()
    initiale = slugify(eleve.prenom)[:1].upper()
    jour = jour_de(le).isoformat()
    return "-".join(part for part in ("passpro-fiche", classe, nom, initiale, jour) if part) + ".pdf"
