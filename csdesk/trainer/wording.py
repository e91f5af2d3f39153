"""What the trainer's words are called for people, in the current language."""

from __future__ import annotations

from csdesk.i18n import N_, _
from csdesk.trainer import acts
from csdesk.trainer.scenario import Ending, Fatal, Theme

_ACTS = {
    acts.GREET: N_("a greeting"),
    acts.ADDRESS: N_("a polite address"),
    acts.THANK: N_("thanks"),
    acts.WELCOME: N_("an open door"),
    acts.MORE: N_("the question whether anything is left"),
    acts.APOLOGISE: N_("an apology"),
    acts.EMPATHISE: N_("a word for how the customer feels"),
    acts.SOFTEN: N_("a word that softens the refusal"),
    acts.REASON: N_("a reason"),
    acts.ALTERNATIVE: N_("an alternative"),
    acts.WAIT: N_("a request to wait, with a time"),
    acts.DEADLINE: N_("a time"),
}
_FATAL = {
    Fatal.ABUSE: N_("an insult"),
    Fatal.FALSE_REFUSAL: N_("a right of the customer was denied"),
    Fatal.LEAK: N_("somebody else's data was given away"),
    Fatal.OFF_PLATFORM: N_("contact or payment outside the shop's channel"),
    Fatal.INVENTED: N_("something was made up"),
}
_OUTCOMES = {
    Ending.SOLVED: N_("Solved."),
    Ending.KEPT: N_("The customer left in peace and will come back."),
    Ending.LOST: N_("The customer was lost."),
    Ending.LEFT: N_("The customer left because nobody answered."),
    Ending.UNFINISHED: N_("The conversation was left unfinished."),
}
_THEMES = {
    Theme.PRESALE: N_("before the sale"),
    Theme.BARGAIN: N_("bargaining"),
    Theme.INSALE: N_("during the sale"),
    Theme.INVOICE: N_("invoice"),
    Theme.AFTERSALE: N_("after the sale"),
    Theme.LATE_PARCEL: N_("late parcel"),
    Theme.WRONG_ITEM: N_("wrong item"),
    Theme.REFUND: N_("refund"),
    Theme.COMPLAINT: N_("complaint"),
    Theme.ANGRY: N_("angry customer"),
    Theme.SILENT: N_("silence"),
    Theme.PUSHY: N_("pushy customer"),
    Theme.PRIVACY: N_("privacy"),
    Theme.OFF_PLATFORM: N_("outside the shop's channel"),
    Theme.LEAVING: N_("leaving without buying"),
    Theme.AFTER_ABUSE: N_("after an abusive customer"),
}

FACT, WRONG_FACT = "fact", "wrong"
_RULES = {
    FACT: N_("what the customer needed was not said, or late"),
    WRONG_FACT: N_("something was told wrongly"),
    "reply-time": N_("the customer waited too long"),
    "mood": N_("the customer's mood got no better"),
    "sorry": N_("sorry again and again, and nothing done"),
    "repeat": N_("the same words twice"),
    "never": N_("something nobody may say"),
    "shop.discount": N_("more off than the shop allows"),
    "shop.return_days": N_("a longer time to return than the shop gives"),
    "shop.forbidden": N_("a promise that nobody in the shop may make"),
    acts.PROMISE: N_("a promise without reserve"),
    acts.BLAME: N_("blame"),
    acts.DEFLECT: N_("sending the customer elsewhere"),
    acts.IMPATIENT: N_("impatience"),
    acts.ABUSE: N_("an insult"),
    acts.OFF_PLATFORM: N_("contact or payment outside the shop's channel"),
}


def rule(name: str) -> str:
    """What a rule is about, in a few words: of the score, or of the etiquette check by its own id."""
    if name in _RULES:
        return _(_RULES[name])
    parts = name.split("|")
    if all(part in _ACTS for part in parts):
        return " / ".join(_(_ACTS[part]) for part in parts)
    return name


def act(name: str) -> str:
    """An act in a few words."""
    return _(_ACTS.get(name, name))


def fatal(slip: Fatal) -> str:
    """A fatal slip in a few words."""
    return _(_FATAL[slip])


def outcome(ending: Ending) -> str:
    """How a conversation ended, in a sentence."""
    return _(_OUTCOMES[ending])


def theme(practised: Theme) -> str:
    """A theme in a few words."""
    return _(_THEMES[practised])
