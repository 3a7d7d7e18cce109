def coquille(request):
    return {}
