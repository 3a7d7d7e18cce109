"""Les adresses de l'application, application par application."""

urlpatterns: list = []
