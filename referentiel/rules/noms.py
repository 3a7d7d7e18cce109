"""Le nom d'un établissement dans une phrase, et la capitale qui la commence."""

_GENRES = {"lycée": "le", "collège": "le", "erea": "l’", "école": "l’", "section": "la", "cfa": "le", "ufa": "l’"}
_VERS = {"le ": "au ", "la ": "à la ", "l’": "à l’"}
_DEPUIS = {"le ": "du ", "la ": "de la ", "l’": "de l’"}


def nommer(nom: str) -> str:
    """Nom d'un établissement dans une phrase : « le lycée professionnel Marcel-Pagnol »."""
    premier, _, suite = nom.partition(" ")
    article = _GENRES.get(premier.lower())
    if article is None:
        return f"l’établissement {nom}"
    mot = premier if premier.isupper() else premier.lower()
    return f"{article}{'' if article.endswith('’') else ' '}{mot} {suite}".strip()


def chez(nom: str) -> str:
    """« au lycée professionnel Marcel-Pagnol »."""
    return _contracter(nom, _VERS)


def depuis(nom: str) -> str:
    """« du collège Jean-Moulin »."""
    return _contracter(nom, _DEPUIS)


def capitale(phrase: str) -> str:
    """La phrase, sa première lettre en capitale ; le reste ne change pas."""
    return phrase[:1].upper() + phrase[1:]


def _contracter(nom: str, contractions: dict[str, str]) -> str:
    phrase = nommer(nom)
    article = next(article for article in contractions if phrase.startswith(article))
    return contractions[article] + phrase.removeprefix(article)
