"""Déposer un fichier ou des cellules, puis choisir ses colonnes (étapes 1 et 2)."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from candidatures.forms.imports import EXEMPLES, ColonnesForm, DepotForm
from candidatures.permissions import peut_inscrire
from candidatures.services import imports
from candidatures.views.communes import essayer, url_des_eleves
from candidatures.views.imports.parcours import Etat, a_expire, a_son_ecran, exiger_le_droit, importation_de, montrer
from referentiel.models.travaux import Importation
from referentiel.portes import Espace, dans_l_origine, exiger
from referentiel.rules.jeu import LIBELLES_NIVEAUX, Niveau
from referentiel.rules.refus import PeriodeClose, Refus
from referentiel.tableurs.ecriture import Feuille, reponse_xlsx


@dans_l_origine
def fichier(request: HttpRequest, espace: Espace) -> HttpResponse:
    """Étape 1 : déposer un fichier, ou coller des cellules."""
    exiger_le_droit(espace)
    form = DepotForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid() and (importation := _deposer(request, espace, form)):
        return a_son_ecran(espace, importation)
    return montrer(request, espace, "fichier", {"form": form, "annuler_url": url_des_eleves(espace)})


@dans_l_origine
def colonnes(request: HttpRequest, espace: Espace, code: str) -> HttpResponse:
    """Étape 2 : dire dans quelle colonne se lit chaque donnée."""
    exiger_le_droit(espace)
    importation = importation_de(espace, code)
    if importation.etat != Etat.COLONNES or a_expire(importation, espace):
        return a_son_ecran(espace, importation, request)
    form = ColonnesForm(
        request.POST or None,
        entetes=importation.entetes,
        exemples=_exemples(importation),
        correspondance=importation.correspondance,
    )
    if request.method == "POST" and form.is_valid() and (choisie := _choisir(espace, importation, form)):
        return a_son_ecran(espace, choisie)
    return montrer(request, espace, "colonnes", {"form": form, "importation": importation})


@require_safe
@dans_l_origine
def modele(request: HttpRequest, espace: Espace) -> HttpResponse:
    """Un classeur vide, aux titres que l'import reconnaît, et les niveaux que la campagne admet."""
    exiger(peut_inscrire(espace.place))
    titres = ("Nom", "Prénom", "Date de naissance", "INE", "Classe", "Niveau")
    niveaux = [[LIBELLES_NIVEAUX[Niveau(niveau)]] for niveau in espace.campagne.regles.niveaux_admis]
    return reponse_xlsx("passpro-eleves-modele", Feuille("Élèves", titres, []), Feuille("Niveaux", ["Niveau"], niveaux))


def _deposer(request: HttpRequest, espace: Espace, form: DepotForm) -> Importation | None:
    commun = {"etablissement": espace.etablissement, "campagne": espace.campagne, "par": request.user, "le": espace.le}
    depose = form.cleaned_data["fichier"]
    try:
        if depose is None:
            return imports.deposer_des_cellules(texte=form.cleaned_data["cellules"], **commun)
        return imports.deposer_un_fichier(contenu=depose.read(), nom=depose.name, **commun)
    except PeriodeClose:
        raise
    except Refus as refus:
        form.add_error("cellules" if depose is None else "fichier", str(refus))
        return None


def _exemples(importation: Importation) -> dict[int, list[str]]:
    """Premières valeurs de chaque colonne gardée, par rang ; une colonne vide n'en a pas."""
    exemples: dict[int, list[str]] = {rang: [] for rang in importation.correspondance.values()}
    for _, cases in importation.lignes:
        for rang, texte in cases.items():
            valeurs = exemples.setdefault(int(rang), [])
            if len(valeurs) < EXEMPLES:
                valeurs.append(texte)
    return exemples


def _choisir(espace: Espace, importation: Importation, form: ColonnesForm) -> Importation | None:
    return essayer(
        form,
        lambda: imports.choisir_les_colonnes(importation=importation, correspondance=form.correspondance, le=espace.le),
    )
