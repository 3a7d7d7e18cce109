"""Règles du référentiel et de la campagne, en Python pur : identifiants, dates, calendrier, jeu de règles."""
