"""Ajouter, modifier, importer des élèves ; demander le transfert de l'un d'eux (R10 à R13)."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta

from candidatures.emails import annoncer_une_demande_de_transfert
from candidatures.models import DemandeDeTransfert, Eleve
from candidatures.rules import pourquoi_pas_admis
from comptes.models import Personne, Trace
from comptes.services import consigner, consigner_plusieurs
from referentiel.models import Campagne, Etablissement
from referentiel.rules.calendrier import Nature
from referentiel.rules.dates import jour_de
from referentiel.rules.identifiants import cle_de_recherche, meme_mef, mettre_au_propre, pourquoi_pas_un_ine
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
        return cle_de_recherche(self.nom, self.prenom), self.date_de_naissance


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
) -> Eleve:
    """Ajoute un élève à un établissement d'origine (R10 à R12).

    `confirme` accepte un second élève de mêmes noms et date de naissance, quand l'un des deux n'a pas d'INE.
    Lève `PeriodeClose`, `EleveDejaInscritAilleurs`, `DoublonAConfirmer`, ou `Refus` avec la raison.
    """
    exiger_une_des_periodes(campagne, AJOUT, etablissement_id=etablissement.pk, le=le)
    saisie = saisie.propre()
    _exiger_une_saisie_juste(saisie, campagne, le)
    _tenir(etablissement)
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

    Lève les mêmes refus que `ajouter_un_eleve`.
    """
    campagne = eleve.campagne
    exiger_periode(campagne, Nature.FERMETURE, etablissement_id=eleve.etablissement_id, le=le)
    saisie = saisie.propre()
    ligne = Eleve.objects.select_for_update(of=("self",), no_key=True).get(pk=eleve.pk)
    avant = {champ: getattr(ligne, champ) for champ in asdict(saisie)}
    apres = {champ: valeur for champ, valeur in asdict(saisie).items() if valeur != avant[champ]}
    if not apres:
        return ligne
    _exiger_une_saisie_juste(saisie, campagne, le)
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
    for saisie in saisies:
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


@contraintes_dites()
def demander_un_transfert(
    *, ine: str, etablissement: Etablissement, campagne: Campagne, par: Personne | None, le: datetime
) -> DemandeDeTransfert:
    """Demande le transfert d'un élève inscrit ailleurs ; son établissement est prévenu (R12).

    L'appelant ne montre rien de l'élève ni de son établissement au demandeur. Lève `PeriodeClose`, ou `Refus`
    si aucun autre établissement n'a cet INE ou si le transfert est déjà demandé.
    """
    exiger_periode(campagne, Nature.INSCRIPTION, etablissement_id=etablissement.pk, le=le)
    propre = mettre_au_propre(ine)
    ailleurs = Eleve.objects.filter(campagne=campagne, ine=propre).exclude(ine="").exclude(etablissement=etablissement)
    eleve = ailleurs.select_related("etablissement").first()
    if eleve is None:
        raise Refus("Cet INE n’est inscrit dans aucun autre établissement : ajoutez l’élève.")
    demande = DemandeDeTransfert.objects.create(eleve=eleve, demandeur=etablissement, demandee_le=le)
    consigner(
        objet=eleve,
        fait="transfert_demande",
        phrase=f"Transfert demandé par {etablissement.nom_et_commune}."[:300],
        par=par,
        le=le,
        apres={"demandeur": etablissement.uai},
    )
    annoncer_une_demande_de_transfert(demande=demande, le=le)
    return demande


def _serrer(texte: str) -> str:
    return " ".join(texte.split())


def _lisible(valeurs: dict[str, object]) -> dict[str, str]:
    return {champ: str(valeur) for champ, valeur in valeurs.items() if valeur != ""}


def _tenir(etablissement: Etablissement) -> None:
    """Deux ajouts au même établissement passent l'un après l'autre : un double clic ne crée pas de doublon."""
    Etablissement.objects.select_for_update(of=("self",), no_key=True).only("pk").get(pk=etablissement.pk)


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
    eleve.cle = cle_de_recherche(eleve.nom, eleve.prenom)
    return bool(changees)


def _consigner_l_import(eleves: Sequence[Eleve], phrase: str, par: Personne | None, le: datetime) -> None:
    if eleves:
        consigner_plusieurs(phrases=[(eleve, phrase) for eleve in eleves], fait="import", par=par, le=le)
