"""Simulated customers to practise on, and a score that explains every point.

Without a model, a network or a screen. A face plays a scenario like this::

    library = load_library(scenario_folders(settings.trainer.folder))   # csdesk.trainer.library
    practice = begin(library.get("zh.late-parcel"), attempt=1)          # csdesk.trainer.engine
    practice = say(practice, "您好，让您久等了…", at_s=20)                # what the agent sends
    practice = advance(practice, to_s=30)                               # time passes; the customer answers
    practice.lines, practice.due_s, practice.is_over                    # what was said; when to come back
    result = score(practice, weights_with(settings.trainer.weights))    # csdesk.trainer.scorer, .rubric
    keep(attempt_of(practice, result, agent=name, at=now_ms, mode="exam"))  # csdesk.trainer.attempts

Every step is a pure function of what it is given: the same scenario, attempt number and replies give the
same conversation and the same score on every machine. Seconds are those of the conversation, so several
customers are several practices with a beginning each. What a coach shows while somebody writes is the
etiquette check of the draft with ``practice.context``; what was found in a sent reply stands in
``practice.turns[n].heard``. :mod:`csdesk.trainer.progress` says how somebody gets on and which lesson comes
next. Loading the library reads some forty files: do it in a worker.
"""
