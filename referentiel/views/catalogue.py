"""Le catalogue public, ses filtres, sa carte et ses fichiers (R9, écran P2)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.core.paginator import Page
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString

from referentiel.carte import Ville
from referentiel.catalogue_lu import (
    DOMAINES,
    REPERES,
    LieuPropose,
    OffreLue,
    comprendre,
    lieux_proposes,
    nombres_par_ville,
    premiere_page,
)
from referentiel.forms.catalogue import PAR_ETABLISSEMENT, PAR_FORMATION, FiltreDuCatalogue
from referentiel.listes import adresse, adresse_selon, paginer
from referentiel.models import Campagne, Offre
from referentiel.models.catalogue import OffreQuerySet
from referentiel.pages_publiques import (
    campagne_ou_404,
    campagne_publique,
    liens_des_academies,
    page_publique,
    sans_campagne,
    suffixe,
)
from referentiel.presentation import LIBELLES_DES_RENCONTRES, nom_du_departement
from referentiel.rules.recherche import Recherche, dire_les_approches
from referentiel.tableurs.ecriture import Feuille, reponse_csv, reponse_xlsx
from referentiel.views.carte_moulee import CarteMoulee, rendre_la_carte
from referentiel.views.catalogue_garde import corps_garde
from referentiel.views.filtres_moules import rendre_les_filtres
from referentiel.views.inscription import lien_d_inscription
from referentiel.views.lignes import lignes_de, par_etablissement, par_formation

# Poids d'un fichier, en octets : celui d'un fichier vide, et ce que chaque ligne y ajoute, mesurés.
POIDS_XLSX, POIDS_CSV = (6600, 68), (200, 310)
LIBELLES_DES_FILTRES = {
    "q": "recherche",
    "domaine": "domaine",
    "departement": "département",
    "ville": "ville",
    "etablissement": "établissement",
    "type": "type",
    "modalite": "modalité",
}


@page_publique
def catalogue(request: HttpRequest) -> HttpResponse:
    campagne = campagne_publique(request)
    if campagne is None:
        return sans_campagne(request, "Formations")
    autres = [lien for lien in liens_des_academies(request, campagne.academie) if not lien["courante"]]
    contexte = {
        "campagne": campagne,
        "resultats": corps_garde(request, campagne, autres, lambda: _resultats(request, campagne, autres)),
        "inscrire_url": lien_d_inscription(request, campagne),
    }
    return render(request, "referentiel/catalogue.html", contexte)


def _resultats(request: HttpRequest, campagne: Campagne, autres_academies: list[dict[str, Any]]) -> SafeString:
    """Les filtres, la carte et la liste : rien qui dépende de qui regarde."""
    demande = Demande(request, campagne)
    par_ville = demande.nombres_par_ville
    total = sum(par_ville.values())
    page, pagination = paginer(request, range(total), en_entier=False)
    lignes = lignes_de(request, demande.offres_de(page))
    actifs = _filtres_actifs(request, demande.filtre)
    grouper = par_etablissement if demande.filtre.par_etablissement else par_formation
    contexte = {
        "filtre": demande.filtre,
        "filtres": rendre_les_filtres(demande.filtre, len(actifs)),
        "actifs": actifs,
        "rappel": _rappel_des_filtres(demande.filtre),
        "sans_filtre_url": request.path + suffixe(request),
        "vues": _vues(request, demande.filtre),
        "approches": dire_les_approches(demande.recherche.approches) if total else "",
        "lignes": lignes,
        "groupes": grouper(request, lignes),
        "total": total,
        "pagination": pagination,
        "carte": _carte(request, campagne, demande, par_ville) if total else None,
        "fichiers": _fichiers(request, total),
        "a_du_hors_passpro": any(ligne.hors_passpro for ligne in lignes),
        "autres_academies": autres_academies,
    }
    return render_to_string("referentiel/_resultats.html", contexte)


@page_publique
def catalogue_xlsx(request: HttpRequest) -> HttpResponse:
    campagne = campagne_ou_404(request)
    return reponse_xlsx(_nom_du_fichier(campagne), _feuille(Demande(request, campagne)))


@page_publique
def catalogue_csv(request: HttpRequest) -> HttpResponse:
    campagne = campagne_ou_404(request)
    return reponse_csv(_nom_du_fichier(campagne), _feuille(Demande(request, campagne)))


@dataclass(frozen=True)
class Demande:
    """Ce que demande l'adresse : les mêmes offres pour la page, la carte et les fichiers."""

    request: HttpRequest
    campagne: Campagne

    @cached_property
    def etablissements(self) -> list[LieuPropose]:
        return lieux_proposes(self.campagne)

    @cached_property
    def filtre(self) -> FiltreDuCatalogue:
        return FiltreDuCatalogue(
            self.request.GET,
            domaines=DOMAINES.lire(campagne=self.campagne.pk),
            departements=self.campagne.academie.departements,
            etablissements=self.etablissements,
        )

    @cached_property
    def recherche(self) -> Recherche:
        return comprendre(self.campagne, self.filtre.texte)

    @cached_property
    def offres(self) -> OffreQuerySet:
        trouvees = Offre.objects.du_catalogue(self.campagne).retenues(self.filtre.retenus).trouvees(self.recherche)
        if self.filtre.par_etablissement:
            return trouvees.par_etablissement(self.recherche)
        return trouvees.par_formation(self.recherche)

    @cached_property
    def nombres_par_ville(self) -> dict[str, int]:
        return nombres_par_ville(self.campagne, self.filtre.retenus, self.recherche)

    def offres_de(self, page: Page) -> Iterable[Offre | OffreLue]:
        """Les offres d'une page de leurs rangs."""
        if not page.object_list:
            return ()
        if page.number > 1:
            return self.offres[page.object_list[0] : page.object_list[-1] + 1]
        par_etablissement = self.filtre.par_etablissement
        return premiere_page(self.campagne, self.filtre.retenus, self.recherche, par_etablissement=par_etablissement)


def _filtres_actifs(request: HttpRequest, filtre: FiltreDuCatalogue) -> list[dict[str, str]]:
    """Chaque filtre retenu, avec l'adresse qui le retire."""
    actifs = []
    for champ, valeur in _valeurs(filtre):
        reste = request.GET.copy()
        reste.pop("page", None)
        reste.setlist(champ, [autre for autre in request.GET.getlist(champ) if champ != "q" and autre != valeur])
        url = f"{request.path}?{reste.urlencode()}" if reste.urlencode() else request.path
        actifs.append({"libelle": filtre.libelle_de(champ, valeur), "url": url})
    return actifs


def _rappel_des_filtres(filtre: FiltreDuCatalogue) -> str:
    """Les filtres en une phrase, pour l'impression : « Filtres : domaine Vente ; ville Sevran. »"""
    dits = [f"{LIBELLES_DES_FILTRES[champ]} {filtre.libelle_de(champ, valeur)}" for champ, valeur in _valeurs(filtre)]
    enumeration = "\u00a0; ".join(dits)
    return f"Filtres\u00a0: {enumeration}." if dits else ""


def _valeurs(filtre: FiltreDuCatalogue) -> Iterator[tuple[str, str]]:
    for champ, valeurs in filtre.compris.items():
        for valeur in valeurs if isinstance(valeurs, list) else [valeurs]:
            yield champ, valeur


def _vues(request: HttpRequest, filtre: FiltreDuCatalogue) -> list[dict[str, Any]]:
    return [
        {
            "libelle": libelle,
            "url": adresse(request, par=valeur if valeur == PAR_ETABLISSEMENT else "", page=""),
            "courante": filtre.par_etablissement == (valeur == PAR_ETABLISSEMENT),
        }
        for valeur, libelle in ((PAR_FORMATION, "Par formation"), (PAR_ETABLISSEMENT, "Par établissement"))
    ]


def _carte(request: HttpRequest, campagne: Campagne, demande: Demande, par_ville: dict[str, int]) -> CarteMoulee | None:
    """Toutes les villes qui ont une offre, sur la silhouette des départements de l'académie."""
    reperes: dict[str, list[tuple[float, float]]] = {code: [] for code in campagne.academie.departements}
    for departement, latitude, longitude in REPERES.lire(academie=campagne.academie_id):
        reperes.setdefault(departement, []).append((latitude, longitude))
    slugs = {commune: slug for slug, communes in demande.filtre.communes.items() for commune in communes}
    lieux: dict[str, list[LieuPropose]] = {}
    for lieu in demande.etablissements:
        if lieu.latitude is not None and lieu.longitude is not None:
            lieux.setdefault(lieu.commune, []).append(lieu)
    url = adresse_selon(request, "ville", page="")
    villes = [
        Ville(
            nom=commune,
            latitude=sum(lieu.latitude for lieu in siens) / len(siens),
            longitude=sum(lieu.longitude for lieu in siens) / len(siens),
            nombre=par_ville.get(commune, 0),
            url=url(slugs[commune]),
        )
        for commune, siens in lieux.items()
    ]
    return rendre_la_carte(reperes.values(), villes)


def _fichiers(request: HttpRequest, total: int) -> list[dict[str, str]]:
    """Les deux téléchargements, avec leur format et leur poids approché."""
    filtres = request.GET.copy()
    filtres.pop("page", None)
    requete = f"?{filtres.urlencode()}" if filtres else ""
    return [
        {"libelle": f"{format_lu}, {_dire_le_poids(poids, total)}", "url": reverse(f"referentiel:{nom}") + requete}
        for nom, format_lu, poids in (("catalogue_xlsx", "Excel", POIDS_XLSX), ("catalogue_csv", "CSV", POIDS_CSV))
    ]


def _dire_le_poids(poids: tuple[int, int], lignes: int) -> str:
    vide, par_ligne = poids
    return f"environ {max(1, round((vide + par_ligne * lignes) / 1024))}\u00a0Ko"


def _nom_du_fichier(campagne: Campagne) -> str:
    return f"formations-{campagne.academie.code}-{campagne.annee}"


ENTETES = (
    "Formation",
    "Type",
    "Domaine",
    "Précision",
    "Établissement",
    "Code UAI",
    "Adresse",
    "Code postal",
    "Ville",
    "Département",
    "Modalité",
    "Hors Passpro",
    "Accès",
    "Présentation",
    "Téléphone",
    "Courriel",
    "Fiche ONISEP",
)


def _feuille(demande: Demande) -> Feuille:
    return Feuille("Formations", ENTETES, (_en_colonnes(offre) for offre in demande.offres))


def _en_colonnes(offre: Offre) -> tuple[Any, ...]:
    formation, lieu = offre.formation, offre.etablissement
    return (
        formation.intitule,
        formation.get_type_display(),
        formation.domaine.nom,
        formation.precision,
        lieu.nom,
        lieu.uai,
        lieu.adresse,
        lieu.code_postal,
        lieu.commune,
        nom_du_departement(lieu.departement),
        LIBELLES_DES_RENCONTRES[offre.rencontre],
        offre.hors_passpro,
        offre.acces,
        offre.presentation,
        lieu.telephone,
        lieu.messagerie,
        formation.onisep,
    )
