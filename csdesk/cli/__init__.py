"""The command line: one module per group of commands, loaded when it is asked for.

How a command is written: it is a ``click`` command or group named in ``main.COMMANDS``; it takes
``options.pass_start`` to learn the store, agent and settings asked for; it imports the desk inside
the function; it prints with ``output`` (people's text or one JSON document on stdout, narration on
stderr); it raises a CsdeskError to refuse, and may return an int as its exit code. ``--db``,
``--as`` and ``--lang`` are understood before and after every command's name.

With ``--json`` a refusal is ``{"error": {"code", "sentence", "hint"}}`` on stderr, and stdout stays
empty, so that a pipe never takes an error for an answer.
"""
