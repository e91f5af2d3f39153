"""What a reply does, beside what it says: greets, apologises, gives a reason, blames somebody.

Some acts are seen by the detectors of the etiquette check, whose precision is measured. The others are
narrower here than there: a reason or an alternative is to be given in plain words to count as one. An act that
is missed costs a trainee a point they can read about and dispute; one that is seen where there is none would
teach something wrong. All patterns are bounded.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from csdesk.etiquette.detectors import find
from csdesk.etiquette.reading import Reading, Span
from csdesk.trainer.rubric import Dimension

GREET, ADDRESS = "greet", "address"
THANK, WELCOME, MORE = "thank", "welcome", "more"
APOLOGISE, EMPATHISE = "apologise", "empathise"
SOFTEN, REASON, ALTERNATIVE = "soften", "reason", "alternative"
WAIT, DEADLINE = "wait", "deadline"
PROMISE, BLAME, DEFLECT, IMPATIENT, ABUSE, OFF_PLATFORM = (
    "promise",
    "blame",
    "deflect",
    "impatient",
    "abuse",
    "off_platform",
)

DIMENSION_OF: Mapping[str, Dimension] = {
    GREET: Dimension.OPENING,
    ADDRESS: Dimension.OPENING,
    THANK: Dimension.CLOSING,
    WELCOME: Dimension.CLOSING,
    MORE: Dimension.CLOSING,
    APOLOGISE: Dimension.FEELINGS,
    EMPATHISE: Dimension.FEELINGS,
    SOFTEN: Dimension.REASON,
    REASON: Dimension.REASON,
    ALTERNATIVE: Dimension.REASON,
    WAIT: Dimension.TIME,
    DEADLINE: Dimension.HONEST,
    PROMISE: Dimension.HONEST,
    BLAME: Dimension.FEELINGS,
    DEFLECT: Dimension.FEELINGS,
    IMPATIENT: Dimension.FEELINGS,
    ABUSE: Dimension.FEELINGS,
    OFF_PLATFORM: Dimension.HONEST,
}
"""Every act, and the dimension it counts in."""

_SORRY_ZH = "对不起|抱歉|不好意思|歉意|见谅|请您?谅解|让您久等|添麻烦了"
_FEEL_ZH = (
    "理解您|能理解|很理解|特别理解|完全理解|体谅|着急|担心|放心不下|心情|换(?:成|作|了)(?:我|谁)|确实(?:不|让|很|挺|太|会)"
    "|难怪|让您(?:久等|失望|费心|受委屈|为难|跑|白|受累|担|糟)|辛苦您|委屈|糟心|不舒服|难受|生气|(?:这么|那么)(?:久|多天|多次)"
    "|扫兴|耽误|影响(?:了)?您|不容易|看重"
)
_ZH = {
    ADDRESS: "您|亲[，,~～！!爱]|咱们|[一-龥]{1,2}(?:女士|先生|小姐|老师)",
    WELCOME: "欢迎您?(?:下次|再次|再来|随时|常来|以后)|下次光临|随时(?:联系|找|留言|来|咨询|招呼|叫|说|告诉|问|跟|喊)|期待您|祝您",
    MORE: "还有(?:什么|其他|别的|哪里|没有)|(?:其他|别的)(?:问题|需要|疑问|可以)|解决了(?:吗|没)|还需要|需要帮忙的|还满意吗",
    EMPATHISE: _FEEL_ZH,
    SOFTEN: f"{_SORRY_ZH}|{_FEEL_ZH}|实在|真想|很想|谢谢您(?:喜欢|的喜欢|的信任|看得起)|感谢您(?:喜欢|的喜欢|的信任)",
    REASON: "因为|由于|原因|已经是|活动期间|为了|考虑到|毕竟|成本|利润|规定|要求|是按|保护|保障|才能|这样(?:您|才)",
    ALTERNATIVE: "可以(?:为|给|帮|先|换|选|考虑|试|用|领|改|看|再|把|按|直接|凭|在|申请|配|送|放|等|留|寄|补|去)|要不|或者|建议您|推荐|您看|换成|不过|我(?:能|可以)",
    WAIT: "稍等|请您?等|等我|查一下|查一查|核实一下|看一下|需要(?:[一两三几0-9]{1,2})分钟|[一两三几0-9]{1,2}分钟内回",
    PROMISE: "(?:保证(?!金|书|安|质)|绝对(?!不是)|百分之?百|100%|包您)|(?<![不吗是说])(?:肯定|一定)(?:会?能?(?:到|送|修|退|行|没问题|不会|可以|好))",
    BLAME: "(?:快递|物流|仓库|平台|厂家|同事|别的部门|财务|银行)(?:那边|公司|员|小哥)?(?:的(?:问题|责任|错)(?![^。！？]{0,12}(?:我们|我|店里|由)[^。！？]{0,6}(?:来|会|负责|处理|解决|跟|担))|搞错|弄错|弄丢|自己|不靠谱|太慢)"
    "|(?:不关|跟|和|与)(?:我们|本店|我)(?:的)?(?:事|没关系|无关|没有关系)|不是(?:我们|本店|我)(?:的)?(?:问题|责任|错)"
    "|(?:你|您)自己(?:没|[拍填写选弄]错|[拍填写]的|不|洗)|(?:你|您)(?:怎么)?不(?:看|早说|说清楚)|谁让(?:你|您)",
    DEFLECT: "(?<![我们来帮替给为您你])(?:您|你|去|自己|直接)(?:可以|要|得|先|还是)?(?:自己|直接)?(?:去|来)?(?:找|问|联系|打给)(?:一下)?(?:快递|物流|平台|厂家|银行|售后部?|别人)(?:公司)?(?:吧|去|问|解决|的电话|处理|就行|$)"
    "|不归(?:我|我们)|不是我(?:管|负责)|你去投诉|(?:你|您)自己(?:联系|去|查|问|看)",
    IMPATIENT: "不是(?:都|已经)?(?:说|告诉|讲)过?(?:了|你|您).{0,4}吗|说了(?:多少|几|好几)[遍次]|急什么|催什么|别催|别急嘛|爱买不买|不买(?:就)?(?:算|拉倒)"
    "|随便你|(?<![您你])都说了|有完没完|(?:你|您)(?:到底)?(?:想|要)怎(?:么|样)|不信(?:就)?算|烦不烦|哪有这么多|问题真多|怎么这么多",
    ABUSE: "(?:你|您)(?:是不是)?有病(?!人)|有病吧|神经病|傻[子逼X]|(?:^|[，。！？\\s])滚(?:蛋|开)?(?:[！!。，]|$)|白痴|脑子(?:有(?:病|坑)|进水)|穷鬼|买不起(?:就)?(?:别|算)|不要脸|闭嘴|无理取闹|刁民|(?:你|您)(?:真|太)恶心|你才(?:有病|傻|骗)|占便宜没够|碰瓷|贪便宜",
    OFF_PLATFORM: "加(?:一?下|个)?(?:我|我们|你|您)?的?(?:微信|vx|wx|qq|v信|薇)|(?:我|我们)的?(?:微信号?|qq号?)(?:是|：|:)|微信转账给我|(?:直接|先)转(?:账)?给我"
    "|扫(?:这个|我的?|下面的?)码(?:付|转)|私下(?:转|交易)(?:可以|没问题|吧|给)|线下转(?:账)?(?:可以|给|吧)",
}
_SORRY_EN = r"\b(?:sorry|apologi[sz]e|apologies|forgive)\b"
_FEEL_EN = (
    r"\b(?:i (?:completely |fully |can |do )?(?:understand|see why|imagine)|i'd (?:be|feel)|frustrat|annoy|upset|worr|disappoint"
    r"|inconvenien|that(?: must|'s| is) (?:not|hard|so|very|really)|you(?:'ve| have) (?:waited|every right)|no wonder|not the experience)"
)
_EN = {
    ADDRESS: r"\b(?:you|your|mr|mrs|ms|sir|madam)\b",
    WELCOME: r"\b(?:come back|write (?:to us )?(?:any ?time|again)|any ?time|look forward|have a (?:good|great|nice|lovely)|enjoy|see you|happy to help|take care|always welcome)\b",
    MORE: r"\b(?:anything else|something else|else i can|other questions|further questions|does that (?:help|solve|work)|all (?:sorted|solved))\b",
    EMPATHISE: _FEEL_EN,
    SOFTEN: f"{_SORRY_EN}|{_FEEL_EN}|\\b(?:unfortunately|i(?:'m| am) afraid|i wish|i'd love to|i would love to)\\b",
    REASON: r"\b(?:because|since|due to|the reason|as it is|already|so that|to (?:protect|keep)|otherwise|policy|that way)\b",
    ALTERNATIVE: r"\b(?:instead|however|what i can|i can|we can|could|alternatively|would you like|how about|you may|if you like|option)\b",
    WAIT: r"\b(?:one moment|a moment|bear with me|hold on|give me (?:a|two|one|\d{1,2})|let me (?:check|look)|i(?:'ll| will) (?:check|look)|minutes?, please)\b",
    PROMISE: r"(?<!not )(?<!n't )(?<!cannot )\b(?:i |we )?(?:guarantee|absolutely (?:will|no)|definitely (?:will|be|arrive)|will definitely|for sure|100%|promise (?:you )?(?:it|that))",
    BLAME: r"\b(?:(?:courier|carrier|warehouse|bank|post office|another department|colleague)(?:'s| is| has)? (?:fault|problem|to blame|mistake|messed|lost)|not (?:our|my) (?:fault|problem)|nothing to do with us|your (?:own )?(?:fault|mistake)|you should have|you must have|you (?:didn't|did not) read|why didn't you)\b",
    DEFLECT: r"\b(?:(?:call|contact|ask|talk to) (?:the )?(?:courier|carrier|bank|post office|manufacturer|somebody else|someone else)|not my (?:job|department)|look it up yourself|check (?:it )?yourself|read the (?:page|website|faq))\b",
    IMPATIENT: r"\b(?:as i (?:already )?said|i(?:'ve| have)? already told you|calm down|like i said|how many times|take it or leave it|whatever(?=[.!]|$)|stop asking|be patient)\b",
    ABUSE: r"\b(?:stupid|idiot|shut up|ridiculous customer|liar|moron|get lost|crazy|you people|cheapskate)\b",
    OFF_PLATFORM: r"(?<!n't )(?<!not )\b(?:my (?:whatsapp|telegram|paypal|personal)|message me on|add me on|pay me directly|send (?:the money|it) to my|outside (?:of )?the (?:shop|platform) is fine)\b",
}
_PATTERNS = {"zh": _ZH, "en": _EN}

SHARED: Mapping[str, str] = {
    GREET: "greet",
    THANK: "thank",
    APOLOGISE: "apologise",
    DEADLINE: "give_deadline",
}
"""Acts that the etiquette check's detectors see, and their names there."""


@cache
def _compiled(lang: str) -> Mapping[str, re.Pattern[str]]:
    patterns = _PATTERNS.get(lang, _ZH)
    return {act: re.compile(pattern, re.IGNORECASE | re.MULTILINE) for act, pattern in patterns.items()}


_SLIPS = frozenset({PROMISE, BLAME, DEFLECT, IMPATIENT, ABUSE, OFF_PLATFORM})
_CLAUSE = re.compile(r"[，。！？；：,.!?;:\n]")
_NO = {
    "zh": re.compile("不(?!好意思|过|仅|管|光|但|用担心)|没|别|勿|无法|谢绝|禁止|拒绝"),
    "en": re.compile(r"\b(?:not|never|no|cannot|without|unable|refuse)\b|n't\b"),
}
_BEFORE = {"zh": 8, "en": 40}
"""How far before its place a no counts, within the clause."""


def affirmed(pattern: re.Pattern[str], reading: Reading) -> Span | None:
    """Where ``pattern`` is first said in earnest: a hit behind a no in the same clause is not.

    “加微信” is an offer, “不方便加微信” the right refusal of one.
    """
    for hit in pattern.finditer(reading.plain):
        before = reading.plain[max(0, hit.start() - _BEFORE[reading.lang]) : hit.start()]
        if not _NO[reading.lang].search(_CLAUSE.split(before)[-1]):
            return reading.place(hit.span())
    return None


_DENIED = {
    "zh": re.compile("(?:没有?|不(?:能|会|可以|给|送|补|是|提供|支持){0,2}(?:您|你)?)$"),
    "en": re.compile(
        r"(?:\b(?:no|not|never|cannot)|n't)(?: (?:a|an|any|the|give|offer|get|you|it|is|be)){0,4} $"
    ),
}
"""What, right before a truth, denies it: 没有优惠券, not by Friday."""


def told(pattern: re.Pattern[str], reading: Reading) -> Span | None:
    """Where ``pattern`` is first told and not denied by the very words before it."""
    for hit in pattern.finditer(reading.plain):
        before = reading.plain[max(0, hit.start() - _BEFORE[reading.lang]) : hit.start()]
        if not _DENIED[reading.lang].search(before):
            return reading.place(hit.span())
    return None


def acts_in(reading: Reading) -> dict[str, Span]:
    """The acts of a text and where each first shows, in code points of the text."""
    found: dict[str, Span] = {}
    for act, name in SHARED.items():
        if spans := find(name, reading):
            found[act] = reading.place(spans[0])
    for act, pattern in _compiled(reading.lang).items():
        span = affirmed(pattern, reading) if act in _SLIPS else _first(pattern, reading)
        if span is not None:
            found[act] = span
    return found


def _first(pattern: re.Pattern[str], reading: Reading) -> Span | None:
    hit = pattern.search(reading.plain)
    return reading.place(hit.span()) if hit is not None else None
