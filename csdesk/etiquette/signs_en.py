"""Signs of acts in English, for texts in normal form (small letters, plain quotes)."""

from __future__ import annotations

V = "\ue001"  # a value that an open slot will get
_NUM = rf"(?:\d{{1,6}}|{V}|one|two|three|four|five|six|seven|eight|nine|ten|a few|a couple of|an?)"
_WHEN = (
    rf"\b{_NUM}[ -]?(?:(?:business|working) )?(?:minutes?|mins?|hours?|hrs?|days?|weeks?|months?|moments?)\b|\b(?:today|tonight|tomorrow|this (?:morning|afternoon|evening|week)|next (?:week|month))\b"
    r"|\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b|\b\d{1,2}(?::\d{2})? ?(?:am|pm|o'clock)\b|\b\d{1,2}:\d{2}\b"
    r"|\b(?:jan(?:uary)?|feb(?:ruary)?|march|april|june|july|aug(?:ust)?|sept(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?) \d{1,2}\b|\b\d{1,2}(?:st|nd|rd|th)\b"
    rf"|{V}"
)

SIGNS: dict[str, str] = {
    "greet": r"(?:^|[.!,:\n] ?)(?:hi|hello|hey|greetings|good (?:morning|afternoon|evening|day)|dear|welcome to)\b|\bhello\b|\bgood (?:morning|afternoon|evening)\b|\bthank(?:s| you) for (?:contacting|reaching out|getting in touch|writing)",
    "thank": r"\b(?<!no )(?:thank(?:s| you| u)?|thx|ty|cheers|(?:much|really|greatly) appreciate|i appreciate|we appreciate|appreciated|grateful)\b",
    "bye": r"\b(?:bye|goodbye|good-bye|see you|take care|farewell|good night)\b",
    "wish": r"\b(?:have a (?:\w{1,12} ){0,2}(?:day|evening|weekend|night|one|time|week|afternoon)|enjoy your|all the best|best (?:wishes|regards)|kind regards)\b",
    "welcome": r"\b(?:you(?:'re| are) (?:very |most |so )?welcome|no problem|not at all|my pleasure|don't mention it|happy to help|glad to help|any ?time|no worries)\b",
    "welcome_back": r"\b(?:(?:hope to|look forward to) (?:see|seeing|hear|hearing|serve|serving)|(?:come|visit|shop with) (?:us |back |again)|see you (?:again|soon)|(?:feel free|don't hesitate) to (?:contact|reach|write|ask|message)|we(?:'re| are) (?:always )?here|any ?time you need|let (?:me|us) know if)\b",
    "reqmore": r"\b(?:anything else|something else|any (?:other|further|more) questions?|what else|is there anything|further assistance)\b",
    "apologise": r"\b(?:sorry|apolog(?:y|ies|ise|ize|ising|izing)|pardon|regret|forgive)\b|\bmy bad\b",
    "empathise": r"\b(?:(?:i|we) (?:can |do |completely |fully |totally )?(?:understand|see|appreciate|imagine|realise|realize|hear)(?: how| that| why| your| you| this)?|must be (?:very |so |really )?(?:\w{3,14}ing)|(?:sorry|hate) (?:that )?you(?:'re|'ve| are| have| had)?|frustrat(?:ing|ion|ed)|inconvenien(?:ce|t)|disappoint(?:ing|ment|ed)|your (?:patience|concern|frustration))\b",
    "ask": r"\?|\b(?:could|can|would|may) (?:you|i|we) (?:please )?(?:tell|send|give|share|confirm|have|ask|check|let)|\bplease (?:tell|send|share|confirm|provide|let)\b",
    "give_reason": r"\b(?:because|since|due to|as (?:it|this|the|we|our|they)|the reason|owing to|so that|to (?:keep|protect|ensure|make sure)|already (?:at|our|been|shipped|packed|the|sold)|(?:is|are|was|were) (?:out of stock|sold out|on sale|discontinued|final sale)|our (?:policy|lowest|prices?)|lowest (?:price|margin)|sold out|policy|in order to|which (?:means|is why))\b",
    "offer_alternative": r"\b(?:(?:i|we|you) (?:can|could|may|might)(?! ?not|n't)|instead|alternative(?:ly)?|would you (?:like|prefer)|how about|what about|(?:i|we) (?:suggest|recommend)|let me|i'll|we'll|i will|we will|another option|or (?:you|we|i) (?:can|could)|voucher|coupon|free shipping|notify you|back in stock|if you(?:'d)? (?:like|prefer|wish)|try)\b",
    "take_action": r"\b(?:i(?:'ll| will|'m| am|'ve| have)|we(?:'ll| will|'re| are|'ve| have)|let (?:me|us)|going to)\b[^.!?\n]{0,24}\b(?:check(?:ing|ed)?|look(?:ing|ed)?|fix(?:ing|ed)?|resolv(?:e|ing|ed)|send(?:ing)?|sent|ship(?:ping|ped)?|refund(?:ing|ed)?|replac(?:e|ing|ed)|contact(?:ing|ed)?|arrang(?:e|ing|ed)|follow(?:ing|ed)?|updat(?:e|ing|ed)|escalat(?:e|ing|ed)|cancel(?:ling|led|ed|ing)?|chang(?:e|ing|ed)|find(?:ing)?|process(?:ing|ed)?|issu(?:e|ing|ed)|register(?:ed)?|not(?:e|ed)|ask(?:ing|ed)?|connect(?:ing)?|transfer(?:ring|red)?|get|make|help)\b",
    "promise": r"(?<!can't )(?<!cannot )(?<!not )\b(?:guarantee[sd]?|promise|definitely|absolutely|certainly|100 ?%|for sure|without fail|no matter what)(?!\w)",
    "give_deadline": _WHEN,
    "hold_notice": r"\b(?:(?:just |give me )?(?:a|one) (?:moment|minute|second|sec|few minutes|couple of minutes)|bear with (?:me|us)|hold on|hang on|please wait|(?:thanks|thank you|sorry) for (?:waiting|the wait|the delay|your patience|being patient)|kept you waiting|keep(?:ing)? you waiting|(?:quite|very|a bit|rather) busy|while i (?:check|look))\b",
    "refuse": r"\b(?:can(?:'t|not)|can not|couldn't|unable to|not (?:able|possible|allowed|available)|won't(?: be able)?|don't (?:offer|accept|do|sell|provide|ship|bargain)|do not (?:offer|accept|do|sell|provide|ship)|we refuse|no (?:refunds?|returns?|discounts?|exchanges?))\b",
    "blame": r"\b(?:(?:that|this|it)(?:'s| is) (?:your|their|the (?:courier|carrier|warehouse|manufacturer|bank)'s?) (?:fault|mistake|problem|issue)|not (?:our|my) (?:fault|problem|responsibility|mistake)|nothing to do with (?:us|me)|blame (?:the|them|him|her|it))\b",
    "deflect": r"\b(?:(?:google|look) it (?:up )?(?:yourself)?|find out yourself|(?:do|check|figure|look) (?:it|that) (?:out )?(?:for )?yourself|go (?:and )?ask (?:the|someone|them)|not my (?:job|department)|(?:ask|call|contact) (?:the )?(?:courier|carrier|manufacturer|bank|someone else)|dm us)\b",
    "number": rf"\d{{1,20}}(?:[.,]\d{{1,4}})?|{V}",
    "money": rf"[$£€]\s?(?:\d{{1,9}}(?:[.,]\d{{1,2}})?|{V})|\b\d{{1,9}}(?:\.\d{{1,2}})? ?(?:dollars?|pounds?|euros?|usd|eur|gbp|bucks)\b",
    "date": _WHEN,
    "order_number": rf"\b(?:order|tracking|parcel|invoice|ticket)(?: (?:number|no\.?|id))?[ :#is]{{0,6}}(?:[a-z]{{0,4}}\d[a-z0-9]{{3,24}}|{V})|#\d{{4,20}}",
    "address_you": r"\b(?:you|your|yours|you'll|you're|you've|sir|madam|ma'am|mr|mrs|ms)\b",
}
"""A pattern for each act. Only ``find`` of :mod:`csdesk.etiquette.detectors` applies them."""

MOODS: tuple[tuple[int, str], ...] = (
    (
        -2,
        r"\b(?:fuck\w{0,6}|shit\w{0,5}|damn\w{0,5}|goddamn|bloody|bastards?|idiots?|stupid|crap\w{0,3}|bitch|ass(?:hole)?|scam(?:mers?)?|bullshit|wtf|hell|freaking|frickin|screw)\b",
    ),
    (
        -1,
        r"\b(?:ridiculous|unacceptable|terrible|awful|worst|angry|furious|complain\w{0,4}|disappoint\w{0,5}|disgust\w{0,4}|useless|rubbish|still (?:not|haven't|hasn't|waiting)|fed up|sick of|what the|how dare|never again|lawyer|sue)\b",
    ),
    (
        1,
        r"\b(?:please|thank\w{0,3}|thx|appreciate|could you|would you|can you please|may i|kindly|great|lovely|i'd like|i would like|excuse me|help me)\b",
    ),
)
"""Signs of a customer's mood, the gravest first."""
