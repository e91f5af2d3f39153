"""Simulated customers to practise on, and a score that explains every point.

Without a model, a network or a screen. A face plays a scenario like this::

    library = load_library(scenario_folders(settings))            # csdesk.trainer.library
    practice = begin(library.by_id["zh.late-parcel"], attempt=1)   # csdesk.trainer.engine
    practice = say(practice, "您好，让您久等了…", at_s=20)           # what the agent sends
    practice = advance(practice, to_s=30)                          # time passes; the customer answers
    practice.lines                                                 # what both have said so far
    result = score(practice, weights)                              # csdesk.trainer.scorer

Every step is a pure function of what it is given: the same scenario, attempt number and replies give the
same conversation and the same score on every machine.
"""
