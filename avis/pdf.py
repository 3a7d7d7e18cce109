"""La fiche récapitulative en PDF (R32)."""

import re
from datetime import datetime

import segno
from django.conf import settings
from django.urls import reverse
from django.utils.text import slugify

from avis.lectures import FicheDeLEleve
from candidatures.models import Eleve
from courriers.pdf import rendre_document
from referentiel.detours import sans_detour
from referentiel.models import Campagne
from referentiel.rules.dates import jour_de


def fiche_en_pdf(contenu: FicheDeLEleve, campagne: Campagne, le: datetime, *, numerotee: bool = True) -> bytes:
    """Document PDF/UA de la fiche, éditée à l'instant `le`. Lève `RenduImpossible` si le rendu dure trop.

    Un jour répété donne une copie sans numéro (`numerotee=False`) : elle ne vaut pas encore.
    """
    code = contenu.code
    adresse = settings.ADRESSE_PUBLIQUE + sans_detour(reverse("avis:verification", args=[code]))
    contexte = {
        "fiche": contenu,
        "eleve": contenu.eleve,
        "etablissement": contenu.eleve.etablissement,
        "campagne": campagne,
        "regles": campagne.regles,
        "code": code if numerotee else "",
        "le": le,
        "adresse": adresse,
        "adresse_lisible": adresse.split("://", 1)[1],
        "qr": segno.make(adresse, micro=False, error="m").svg_data_uri(border=0),
    }
    return rendre_document("documents/fiche.html", contexte)


def nom_du_fichier(eleve: Eleve, le: datetime) -> str:
    """« passpro-fiche-3eB-DIALLO-Y-2027-03-13.pdf »."""
    classe = re.sub(r"[^0-9A-Za-z]", "", eleve.classe)
    nom = slugify(eleve.nom).upper()
    initiale = slugify(eleve.prenom)[:1].upper()
    jour = jour_de(le).isoformat()
    return "-".join(part for part in ("passpro-fiche", classe, nom, initiale, jour) if part) + ".pdf"
