"""Ce que le référentiel montre : au public, au SAIO."""
