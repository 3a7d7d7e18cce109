"""Où une mesure a été prise."""

import os
import platform


def la_machine() -> str:
    """L'interpréteur, les cœurs et la charge des cinq dernières minutes, comme les relevés les disent."""
    return f"Python {platform.python_version()}, {os.cpu_count()} cœurs, charge {os.getloadavg()[1]:.1f}"
