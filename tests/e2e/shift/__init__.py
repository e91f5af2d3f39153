"""A scripted shift of eight hours in a real terminal, some sixty times as fast: ``python -m tests.e2e.shift``.

``plan`` says what is done when, ``hands`` press keys and read the screen, ``acts`` are what an agent does,
``books`` hold what was promised, ``watch`` looks from outside meanwhile, ``checks`` compare, ``day`` runs it.
"""
