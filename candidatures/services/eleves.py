"""Ajouter, modifier, importer, supprimer des élèves ; leur donner une personne référente (R10 à R13)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta

from django.db import transaction

from candidatures.models import Candidature, Eleve
from candidatures.rules import Etat, cle_d_un_eleve, pourquoi_pas_admis
from candidatures.services.classes import referents_des_classes
from candidatures.services.verrous import EFFACE
from comptes.models import Personne, Trace
from comptes.services import consigner, consigner_plusieurs
from courriers.services import est_une_adresse
from referentiel.models import Campagne, Etablissement
from referentiel.rules.calendrier import Nature
from referentiel.rules.dates import jour_de
from referentiel.rules.identifiants import meme_mef, mettre_au_propre, pourquoi_pas_un_ine
from referentiel.rules.jeu import Niveau
from referentiel.rules.refus import Refus
from referentiel.services import contraintes_dites, exiger_periode, exiger_une_des_periodes

# Un élève s’ajoute de l’information à la fin des inscriptions ; ses données se corrigent jusqu’à la fermeture.
AJOUT = (Nature.INFORMATION, Nature.INSCRIPTION)
UN_DOUBLE_CLIC = timedelta(seconds=10)
AILLEURS = "Cet élève est déjà inscrit dans un autre établissement de l’académie. Demandez son transfert."


@dataclass(frozen=True, slots=True)
class SaisieEleve:
    """Ce qui est saisi d'un élève ; `propre()` le met au propre."""

    nom: str
    prenom: str
    date_de_naissance: date
    classe: str
    niveau: str = Niveau.TROISIEME
    ine: str = ""
    mef: str = ""
    referent_nom: str = ""
    referent_courriel: str = ""

    def propre(self) -> "SaisieEleve":
        return replace(
            self,
            nom=_serrer(self.nom),
            prenom=_serrer(self.prenom),
            classe=_serrer(self.classe),
            niveau=Niveau(self.niveau).value,
            ine=mettre_au_propre(self.ine),
            mef=mettre_au_propre(self.mef),
            referent_nom=_serrer(self.referent_nom),
            referent_courriel=self.referent_courriel.strip().lower(),
        )

    @property
    def identite(self) -> tuple[str, date]:
        """Noms sans accents ni casse, et date de naissance : ce qui fait reconnaître un élève sans INE (R10)."""
        return cle_d_un_eleve(self.nom, self.prenom), self.date_de_naissance


class EleveDejaInscritAilleurs(Refus):
    """Le même INE est dans un autre établissement ; rien ne dit lequel (R12)."""

    def __init__(self) -> None:
        super().__init__(AILLEURS)


class DoublonAConfirmer(Refus):
    """Un élève de mêmes noms et date de naissance est déjà dans l'établissement : `eleve` (R10)."""

    def __init__(self, eleve: Eleve) -> None:
        super().__init__(
            f"{eleve.prenom} {eleve.nom.upper()}, de même date de naissance ({eleve.date_de_naissance:%d/%m/%Y}), "
            f"existe déjà dans votre établissement, en {eleve.classe}. "
            "S’il s’agit d’un autre élève, confirmez son ajout."
        )
        self.eleve = eleve


class ImportRefuse(Refus):
    """Des lignes d'un import ne passent pas ; rien n'est écrit. `erreurs` : raison par rang, à partir de 1."""

    def __init__(self, erreurs: dict[int, str]) -> None:
        super().__init__(" ".join(f"Ligne {rang} : {raison}" for rang, raison in erreurs.items()))
        self.erreurs = erreurs


@contraintes_dites()
def ajouter_un_eleve(
    *,
    etablissement: Etablissement,
    campagne: Campagne,
    saisie: SaisieEleve,
    par: Personne | None,
    le: datetime,
    confirme: bool = False,
    demande_le: datetime | None = None,
) -> Eleve:
    """Ajoute un élève à un établissement d'origine (R10 à R12).

    `confirme` accepte un second élève de mêmes noms et date de naissance, quand l'un des deux n'a pas d'INE.
    `demande_le` : l'instant où l'ajout a été demandé, quand il attendait une décision (R21) ; le calendrier le juge.
    Lève `PeriodeClose`, `EleveDejaInscritAilleurs`, `DoublonAConfirmer`, ou `Refus` avec la raison.
    """
    exiger_une_des_periodes(campagne, AJOUT, etablissement_id=etablissement.pk, le=demande_le or le)
    saisie = saisie.propre()
    _exiger_une_saisie_juste(saisie, campagne, le)
    _tenir(etablissement)
    [saisie] = _avec_le_referent_de_leur_classe([saisie], campagne, etablissement)
    _exiger_un_ine_libre(saisie, campagne, etablissement.pk)
    apres = _lisible(asdict(saisie) | {"confirme": "oui" if confirme else ""})
    if not confirme:
        _exiger_une_identite_nouvelle(saisie, campagne, etablissement.pk)
    elif deja := _ajoute_a_l_instant(campagne, etablissement, apres, le):
        return deja
    eleve = Eleve.objects.create(campagne=campagne, etablissement=etablissement, **asdict(saisie))
    consigner(objet=eleve, fait="ajout", phrase="Élève ajouté.", par=par, le=le, apres=apres)
    return eleve


@contraintes_dites()
def modifier_un_eleve(
    *, eleve: Eleve, saisie: SaisieEleve, par: Personne | None, le: datetime, confirme: bool = False
) -> Eleve:
    """Modifie un élève ; seules les valeurs qui changent sont écrites et consignées (R10 à R12, R39).

    Lève les mêmes refus que `ajouter_un_eleve`, ou `Refus` si ses données sont effacées.
    """
    exiger_periode(eleve.campagne, Nature.FERMETURE, etablissement_id=eleve.etablissement_id, le=le)
    return _modifier(eleve, saisie, par, le, confirme=confirme)


@contraintes_dites()
def rectifier_pour_le_saio(*, eleve: Eleve, saisie: SaisieEleve, par: Personne, le: datetime) -> Eleve:
    """Corrige un élève à sa demande, hors du calendrier, campagne close comprise (R40).

    Le droit de faire rectifier ses données ne s'éteint pas avec la campagne (R1). C'est le seul chemin, et il ne change
    que l'élève : ni candidature, ni avis, ni export. Lève `Refus` comme `modifier_un_eleve`.
    """
    return _modifier(eleve, saisie, par, le, confirme=True)


def _modifier(eleve: Eleve, saisie: SaisieEleve, par: Personne | None, le: datetime, *, confirme: bool) -> Eleve:
    campagne, saisie = eleve.campagne, saisie.propre()
    ligne = Eleve.objects.select_for_update(of=("self",), no_key=True).get(pk=eleve.pk)
    if ligne.est_efface:
        raise Refus(EFFACE)
    avant = {champ: getattr(ligne, champ) for champ in asdict(saisie)}
    apres = {champ: valeur for champ, valeur in asdict(saisie).items() if valeur != avant[champ]}
    if not apres:
        return ligne
    # Un INE gardé tel quel n'empêche pas de corriger le reste.
    _exiger_une_saisie_juste(saisie if "ine" in apres else replace(saisie, ine=""), campagne, le)
    _exiger_un_ine_libre(saisie, campagne, ligne.etablissement_id, sauf=ligne.pk)
    if not confirme and apres.keys() & {"nom", "prenom", "date_de_naissance"}:
        _exiger_une_identite_nouvelle(saisie, campagne, ligne.etablissement_id, sauf=ligne.pk)
    for champ, valeur in apres.items():
        setattr(ligne, champ, valeur)
    ligne.save(update_fields=[*apres, "cle"])
    consigner(
        objet=ligne,
        fait="modification",
        phrase="Informations de l’élève modifiées.",
        par=par,
        le=le,
        avant=_lisible({champ: avant[champ] for champ in apres}),
        apres=_lisible(apres),
    )
    return ligne


@contraintes_dites()
def importer_des_eleves(
    *,
    etablissement: Etablissement,
    campagne: Campagne,
    eleves: Sequence[SaisieEleve],
    par: Personne | None,
    le: datetime,
) -> list[Eleve]:
    """Importe des élèves, tout ou rien, en un nombre constant de requêtes ; rend les élèves dans l'ordre reçu (R13).

    Un élève est reconnu à son INE, sinon à ses noms et sa date de naissance : il est mis à jour, sans que sa
    personne référente soit remplacée. Importer deux fois la même liste ne change rien la seconde fois.
    Lève `PeriodeClose`, ou `ImportRefuse` avec la raison de chaque ligne.
    """
    exiger_une_des_periodes(campagne, AJOUT, etablissement_id=etablissement.pk, le=le)
    saisies = [saisie.propre() for saisie in eleves]
    _tenir(etablissement)
    connus = list(Eleve.objects.de_l_origine(campagne, etablissement.pk))
    _exiger_des_lignes_justes(saisies, campagne, etablissement.pk, le)
    retrouver = _annuaire(connus)
    nouveaux, changes, rendus = [], [], []
    for saisie in _avec_le_referent_de_leur_classe(saisies, campagne, etablissement):
        eleve = retrouver(saisie)
        if eleve is None:
            eleve = Eleve(campagne=campagne, etablissement=etablissement, cle=saisie.identite[0], **asdict(saisie))
            nouveaux.append(eleve)
        elif _mettre_a_jour(eleve, saisie):
            changes.append(eleve)
        rendus.append(eleve)
    Eleve.objects.bulk_create(nouveaux)
    Eleve.objects.bulk_update(changes, [*SaisieEleve.__dataclass_fields__, "cle"])
    _consigner_l_import(nouveaux, "Élève ajouté par import.", par, le)
    _consigner_l_import(changes, "Élève mis à jour par import.", par, le)
    return rendus


@transaction.atomic
def supprimer_un_eleve(*, eleve: Eleve, par: Personne | None, le: datetime) -> None:
    """Efface un élève qui n'a jamais été inscrit, et ses brouillons, que personne n'a vus (écran O4).

    Lève `PeriodeClose`, ou `Refus` si une candidature a été inscrite : la ligne se garde, avec qui et quand (R18).
    """
    exiger_periode(eleve.campagne, Nature.FERMETURE, etablissement_id=eleve.etablissement_id, le=le)
    ligne = Eleve.objects.select_for_update(of=("self",)).get(pk=eleve.pk)
    inscrites = Candidature.objects.filter(eleve=ligne).exclude(etat=Etat.BROUILLON).exclude(inscrite_le=None)
    if inscrites.actives().exists():
        raise Refus("Cet élève a une candidature. Enregistrez d’abord un désistement.")
    if inscrites.exists() or ligne.preinscriptions.exists():
        raise Refus("Une candidature de cet élève a été retirée : son dossier se garde jusqu’à la fin de la campagne.")
    consigner(
        objet=ligne,
        fait="suppression",
        phrase="Élève supprimé, sans candidature.",
        par=par,
        le=le,
        avant={"eleve": ligne.initiales, "classe": ligne.classe},
    )
    Candidature.objects.filter(eleve=ligne).delete()
    ligne.delete()


@transaction.atomic
def affecter_un_referent(
    *, eleves: Sequence[Eleve], nom: str, courriel: str, par: Personne | None, le: datetime
) -> int:
    """Donne la même personne référente à plusieurs élèves d'un établissement ; rend le nombre de ceux qui changent.

    Lève `PeriodeClose`, ou `Refus` si aucun élève n'est choisi ou si l'adresse n'en est pas une.
    """
    if not eleves:
        raise Refus("Sélectionnez au moins un élève.")
    exiger_periode(eleves[0].campagne, Nature.FERMETURE, etablissement_id=eleves[0].etablissement_id, le=le)
    nom, courriel = _serrer(nom), courriel.strip().lower()
    if not nom or not est_une_adresse(courriel):
        raise Refus("Donnez le nom et le courriel de la personne référente.")
    lignes = Eleve.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=[eleve.pk for eleve in eleves])
    changes = [
        ligne for ligne in lignes.order_by("pk") if (ligne.referent_nom, ligne.referent_courriel) != (nom, courriel)
    ]
    for ligne in changes:
        consigner(
            objet=ligne,
            fait="referent",
            phrase=f"Personne référente : {nom}."[:300],
            par=par,
            le=le,
            avant=_lisible({"referent_nom": ligne.referent_nom, "referent_courriel": ligne.referent_courriel}),
            apres={"referent_nom": nom, "referent_courriel": courriel},
        )
        ligne.referent_nom, ligne.referent_courriel = nom, courriel
    Eleve.objects.bulk_update(changes, ["referent_nom", "referent_courriel"])
    return len(changes)


def _serrer(texte: str) -> str:
    return " ".join(texte.split())


def _lisible(valeurs: dict[str, object]) -> dict[str, str]:
    return {champ: str(valeur) for champ, valeur in valeurs.items() if valeur != ""}


def _tenir(etablissement: Etablissement) -> None:
    """Deux ajouts au même établissement passent l'un après l'autre : un double clic ne crée pas de doublon."""
    Etablissement.objects.select_for_update(of=("self",), no_key=True).only("pk").get(pk=etablissement.pk)


def _avec_le_referent_de_leur_classe(
    saisies: Sequence[SaisieEleve], campagne: Campagne, etablissement: Etablissement
) -> list[SaisieEleve]:
    """Les mêmes saisies ; celles qui n'ont pas de personne référente prennent celle de leur classe (écran O16)."""
    sans = {saisie.classe for saisie in saisies if not (saisie.referent_nom or saisie.referent_courriel)}
    referents = referents_des_classes(campagne, etablissement.pk, sans) if sans else {}
    return [_avec_le_referent(saisie, referents) for saisie in saisies]


def _avec_le_referent(saisie: SaisieEleve, referents: Mapping[str, tuple[str, str]]) -> SaisieEleve:
    if saisie.referent_nom or saisie.referent_courriel or saisie.classe not in referents:
        return saisie
    nom, courriel = referents[saisie.classe]
    return replace(saisie, referent_nom=nom, referent_courriel=courriel)


def _ajoute_a_l_instant(
    campagne: Campagne, etablissement: Etablissement, apres: dict[str, str], le: datetime
) -> Eleve | None:
    """Élève que le même ajout confirmé vient de créer : un double clic n'en crée pas un second (F6)."""
    eleves = Eleve.objects.de_l_origine(campagne, etablissement.pk)
    ajouts = Trace.objects.filter(
        objet_type=Eleve._meta.label_lower, fait="ajout", apres=apres, le__range=(le - UN_DOUBLE_CLIC, le)
    )
    return eleves.filter(pk__in=ajouts.values("objet_id")).first()


def _exiger_une_saisie_juste(saisie: SaisieEleve, campagne: Campagne, le: datetime) -> None:
    if raison := _pourquoi_pas_cette_saisie(saisie, campagne, le):
        raise Refus(raison)


def _pourquoi_pas_cette_saisie(saisie: SaisieEleve, campagne: Campagne, le: datetime) -> str | None:
    for libelle, valeur in (("nom", saisie.nom), ("prénom", saisie.prenom), ("classe", saisie.classe)):
        if not valeur:
            return f"Donnez : {libelle} de l’élève."
    if saisie.date_de_naissance >= jour_de(le):
        return f"La date de naissance {saisie.date_de_naissance:%d/%m/%Y} n’est pas passée."
    if saisie.ine and (raison := pourquoi_pas_un_ine(saisie.ine)):
        return raison
    return _pourquoi_pas_ce_niveau(saisie, campagne)


def _pourquoi_pas_ce_niveau(saisie: SaisieEleve, campagne: Campagne) -> str | None:
    regles = campagne.regles
    if raison := pourquoi_pas_admis(Niveau(saisie.niveau), [Niveau(niveau) for niveau in regles.niveaux_admis]):
        return raison
    if saisie.mef and regles.mef_admis and not any(meme_mef(saisie.mef, admis) for admis in regles.mef_admis):
        return f"Le MEF {saisie.mef} n’est pas concerné par cette campagne."
    return None


def _exiger_un_ine_libre(
    saisie: SaisieEleve, campagne: Campagne, etablissement_id: int, sauf: int | None = None
) -> None:
    if not saisie.ine:
        return
    porteurs = Eleve.objects.filter(campagne=campagne, ine=saisie.ine)
    autre = porteurs.first() if sauf is None else porteurs.exclude(pk=sauf).first()
    if autre is None:
        return
    if autre.etablissement_id != etablissement_id:
        raise EleveDejaInscritAilleurs
    raise Refus(f"Cet INE est celui de {autre}, déjà dans votre établissement, en {autre.classe}.")


def _exiger_une_identite_nouvelle(
    saisie: SaisieEleve, campagne: Campagne, etablissement_id: int, sauf: int | None = None
) -> None:
    cle, naissance = saisie.identite
    semblables = Eleve.objects.de_l_origine(campagne, etablissement_id).filter(cle=cle, date_de_naissance=naissance)
    if saisie.ine:
        semblables = semblables.filter(ine="")
    if semblable := semblables.exclude(pk=sauf).first():
        raise DoublonAConfirmer(semblable)


def _exiger_des_lignes_justes(
    saisies: Sequence[SaisieEleve], campagne: Campagne, etablissement_id: int, le: datetime
) -> None:
    ines = {saisie.ine for saisie in saisies if saisie.ine}
    ailleurs = set(
        Eleve.objects.filter(campagne=campagne, ine__in=ines)
        .exclude(etablissement=etablissement_id)
        .values_list("ine", flat=True)
    )
    erreurs: dict[int, str] = {}
    vus: dict[object, int] = {}
    for rang, saisie in enumerate(saisies, start=1):
        raison = _pourquoi_pas_cette_saisie(saisie, campagne, le) or (AILLEURS if saisie.ine in ailleurs else None)
        premier = vus.setdefault(saisie.ine or saisie.identite, rang)
        if raison is None and premier != rang:
            raison = f"Déjà présent ligne {premier}."
        if raison:
            erreurs[rang] = raison
    if erreurs:
        raise ImportRefuse(erreurs)


def _annuaire(connus: Iterable[Eleve]):
    """Rend de quoi retrouver un élève connu : par son INE, sinon par ses noms et sa date de naissance."""
    par_ine = {eleve.ine: eleve for eleve in connus if eleve.ine}
    par_identite = {(eleve.cle, eleve.date_de_naissance): eleve for eleve in connus}

    def retrouver(saisie: SaisieEleve) -> Eleve | None:
        semblable = par_identite.get(saisie.identite)
        if semblable and saisie.ine and semblable.ine and semblable.ine != saisie.ine:
            semblable = None
        return par_ine.get(saisie.ine) or semblable

    return retrouver


def _mettre_a_jour(eleve: Eleve, saisie: SaisieEleve) -> bool:
    """Reporte sur `eleve` ce que la ligne apporte ; vrai si quelque chose a changé."""
    valeurs = {champ: valeur for champ, valeur in asdict(saisie).items() if valeur}
    if eleve.referent_nom or eleve.referent_courriel:
        valeurs.pop("referent_nom", None)
        valeurs.pop("referent_courriel", None)
    changees = {champ: valeur for champ, valeur in valeurs.items() if getattr(eleve, champ) != valeur}
    for champ, valeur in changees.items():
        setattr(eleve, champ, valeur)
    eleve.cle = cle_d_un_eleve(eleve.nom, eleve.prenom)
    return bool(changees)


def _consigner_l_import(eleves: Sequence[Eleve], phrase: str, par: Personne | None, le: datetime) -> None:
    if eleves:
        consigner_plusieurs(phrases=[(eleve, phrase) for eleve in eleves], fait="import", par=par, le=le)
