# Ce que les commandes de bin/ ont en commun : les paquets du système, uv, et l'environnement Python.
# shellcheck shell=bash

set -euo pipefail

RACINE="$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)"
TRAVAIL="$RACINE/.run"
VENV="$RACINE/.venv"
PYTHON="$VENV/bin/python"
UV_LOCAL="$TRAVAIL/uv"

PAQUETS_LOCAL=(libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core)
PAQUETS_TESTS=("${PAQUETS_LOCAL[@]}" chromium libatomic1)

cd "$RACINE"

dire() { printf '%s\n' "$*"; }

abandonner() {
    printf '%s\n' "$@" >&2
    exit 2
}

# preparer <local|tests> : rend le poste prêt à servir ce que liste requirements/<nom>.txt.
preparer() {
    local verrou="$1"
    mkdir -p -m 700 "$TRAVAIL" "$TRAVAIL/verrous" "$TRAVAIL/journaux"
    installer_les_paquets "$verrou"
    est_installe "$verrou" && return
    exec 9>"$TRAVAIL/verrous/installation"
    flock 9
    est_installe "$verrou" || installer_python "$verrou"
    exec 9>&-
}

# --- Paquets du système -------------------------------------------------------------------------------------

installer_les_paquets() {
    local paquets=("${PAQUETS_LOCAL[@]}") manquants=() paquet
    [[ "$1" == tests ]] && paquets=("${PAQUETS_TESTS[@]}")
    command -v apt-get >/dev/null || return 0
    for paquet in "${paquets[@]}"; do
        est_present "$paquet" || manquants+=("$paquet")
    done
    ((${#manquants[@]})) || return 0
    local ligne=(apt-get install --yes --no-install-recommends "${manquants[@]}")
    if ((EUID == 0)); then
        apt_silencieux env
    elif sudo -n true 2>/dev/null; then
        apt_silencieux sudo -n
    else
        abandonner "Il manque des paquets du système. Lancez, puis recommencez :" "  sudo ${ligne[*]}"
    fi
}

# apt_silencieux <préfixe…> : installe ${ligne[@]} ; rafraîchit les listes si elles sont absentes ou périmées.
apt_silencieux() {
    local journal="$TRAVAIL/journaux/apt.log"
    dire "Installation des paquets du système : ${manquants[*]}"
    export DEBIAN_FRONTEND=noninteractive
    "$@" "${ligne[@]}" >"$journal" 2>&1 && return
    "$@" apt-get update >>"$journal" 2>&1 || true
    "$@" "${ligne[@]}" >>"$journal" 2>&1 && return
    tail -n 5 "$journal" >&2
    abandonner "L'installation a échoué (journal : $journal). Lancez, puis recommencez :" "  sudo ${ligne[*]}"
}

est_present() {
    case "$1" in
        chromium) navigateur >/dev/null ;;
        *) [[ "$(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null)" == installed ]] ;;
    esac
}

navigateur() { command -v chromium || command -v chromium-browser || command -v google-chrome; }

# --- Python -------------------------------------------------------------------------------------------------

empreinte() { sha256sum "$RACINE/requirements/$1.txt" | cut -d ' ' -f 1; }

est_installe() {
    porte_le_tampon "$1" || { [[ "$1" == local ]] && porte_le_tampon tests; }
}

porte_le_tampon() {
    [[ -x "$PYTHON" && -f "$VENV/tampon-$1" && "$(<"$VENV/tampon-$1")" == "$(empreinte "$1")" ]]
}

installer_python() {
    local verrou="$1" debut=$SECONDS
    dire "Installation des bibliothèques Python (requirements/$verrou.txt)…"
    [[ -x "$PYTHON" ]] || uv venv --quiet --no-python-downloads --python "$(python_recent)" "$VENV"
    rm -f "$VENV/tampon-$verrou"
    uv pip install --quiet --python "$PYTHON" --require-hashes --compile-bytecode \
        --requirement "requirements/$verrou.txt"
    empreinte "$verrou" >"$VENV/tampon-$verrou"
    dire "  fait en $((SECONDS - debut)) s"
}

uv() {
    if type -P uv >/dev/null; then
        command uv "$@"
    else
        [[ -x "$UV_LOCAL/bin/uv" ]] || installer_uv
        "$UV_LOCAL/bin/uv" "$@"
    fi
}

installer_uv() {
    python3 -m pip --version >/dev/null 2>&1 ||
        abandonner "pip est nécessaire. Lancez, puis recommencez :" "  sudo apt-get install --yes python3-pip"
    python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --target "$UV_LOCAL" uv
}

python_recent() {
    local candidat
    for candidat in python3 python3.13 python3.12 python3.11; do
        if "$candidat" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            type -P "$candidat"
            return
        fi
    done
    abandonner "Passpro demande Python 3.11 ou plus récent."
}
