"""What customers and agents of the built stores say: words of two languages, the frequent ones often.

Words are drawn by Zipf's law (the n-th word with a weight of 1/n), as they lie in real texts: a few
are in every third message, most in one of thousands, order numbers in one or two of all.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import accumulate, product
from random import Random


def _listed(text: str) -> list[str]:
    return text.split()


_ZH_CORE = _listed(
    "的 您好 我 了 订单 请问 退款 快递 一下 可以 吗 发货 麻烦 什么时候 已经 收到 这个 还没 谢谢 客服 地址 商品 款式 尺码 "
    "换货 优惠券 发票 质量 物流 查询 今天 明天 昨天 有货 颜色 价格 便宜 运费 包邮 签收 退货 申请 处理 等待 帮忙 "
    "电话 联系 怎么 为什么 能不能 是不是 还有 没有 不能 需要 修改 取消 付款 支付 到账 活动 会员 积分 赠品 保修 维修 "
    "安装 说明书 型号 配件 坏了 破损 漏发 少发 发错 仓库 派送 驿站 网点 催促 加急 补发 核实 登记 反馈 抱歉 稍等 感谢 "
    "理解 耐心 亲 咱们 尽快 工作日 小时 分钟 以内 左右 上门 取件 单号 截图 照片 视频 描述 不符 色差 偏大 偏小 合适 "
    "推荐 身高 体重 面料 起球 掉色 味道 新鲜 过期 生产日期 保质期 冷藏 包装 礼盒 贺卡 抬头 税号 电子发票 邮箱 账户 "
    "登录 密码 验证码 绑定 手机 升级 系统 页面 打不开 闪退 蓝牙 连接 充电 电池 屏幕 耳机 声音 噪音 漏水 漏电 门店 "
    "自提 预约 改期 定金 尾款 分期 单价 货物 退订 价保 差价 补偿 投诉 主管 评价 好评 追评 下次 光临 祝您 愉快"
)
_ZH_KINDS = _listed(
    "红色 蓝色 黑色 白色 加厚 轻薄 儿童 男款 女款 大号 小号 便携 无线 静音 折叠 防水 复古 定制 进口 限量"
)
_ZH_THINGS = _listed(
    "外套 衬衫 长裤 连衣裙 运动鞋 凉鞋 背包 行李箱 雨伞 围巾 台灯 风扇 水杯 电饭煲 豆浆机 吸尘器 键盘 鼠标 音箱 "
    "手表 床单 枕头 窗帘 地毯 书架 餐桌 办公椅 牙刷 毛巾 洗发水 面霜 口红 奶粉 尿布 积木 拼图 帐篷 睡袋 鱼竿 茶叶"
)
_EN_CORE = _listed(
    "the I my to a is order and you it please refund have for delivery in this not of can when we your be will "
    "parcel with has that been thanks size on but address are still how hello received change do invoice at "
    "was colour return an tracking there number get out price yesterday today tomorrow help if does no wrong "
    "shipped arrived check payment card account sorry money item need would like week back from email phone "
    "they broken missing damaged box voucher discount code stock available exchange cancel status waiting "
    "answer agent shop warehouse courier signed door neighbour label seal warranty repair spare part manual "
    "install battery charger screen cable noise leak smell fabric shrink fade loose tight short long wide "
    "narrow photo video proof description match quality cheaper promise deadline urgent birthday gift wrap "
    "customs tax receipt company name subscription plan upgrade password login reset verify link page crash "
    "update version bluetooth connect pair store pickup appointment deposit balance instalment points member "
    "review complaint manager compensate apology patience kind regards happy soon within hours days morning"
)
_EN_KINDS = _listed(
    "red blue black white padded light kids mens womens large small portable wireless quiet folding"
)
_EN_THINGS = _listed(
    "jacket shirt trousers dress trainers sandals backpack suitcase umbrella scarf lamp fan bottle cooker blender "
    "vacuum keyboard mouse speaker watch sheet pillow curtain carpet shelf table chair toothbrush towel shampoo"
)
_SURNAMES = _listed("林 王 赵 陈 李 张 刘 杨 黄 周 吴 徐 孙 马 朱 胡 郭 何 高 罗")
_GIVEN = _listed("敏 静 伟 强 磊 洋 艳 勇 军 杰 娟 涛 明 超 霞 平 刚 桂英 建国 志强 秀兰 海燕 晓东 雨桐 子涵")
_FIRST = _listed("Anna Tom Rosa Carl Mary John Lena Omar Nina Paul Ines Hugo Vera Liam Emma Noah Olga Ivan")
_LAST = _listed("Lee Fox Diaz Berg Stone Moreau Novak Rossi Kim Khan Silva Wood Marsh Peters Blom Hayes")

ORDERS = 9_000_000
"""Order numbers are drawn evenly from so many."""

NEVER_SAID = ("魑魅", "饕餮盛宴", "zeppelin")
ADVERSARIAL = ("退款式", "付款式", "尾款式")
"""Two pairs (退款, 款式) that are common each and often in one message, but the three never stand together."""


@dataclass(frozen=True)
class Vocabulary:
    """Words from the most to the least frequent, with the sums of their weights."""

    words: tuple[str, ...]
    sums: tuple[float, ...]

    def draw(self, chance: Random, count: int) -> list[str]:
        return chance.choices(self.words, cum_weights=self.sums, k=count)


@cache
def vocabulary(lang: str) -> Vocabulary:
    """The words of ``zh`` or ``en``; the made-up goods are the rare ones."""
    core, kinds, things = (
        (_ZH_CORE, _ZH_KINDS, _ZH_THINGS) if lang == "zh" else (_EN_CORE, _EN_KINDS, _EN_THINGS)
    )
    joint = "" if lang == "zh" else " "
    goods = [joint.join(pair) for pair in product(kinds, things)]
    Random(lang).shuffle(goods)
    words = (*core, *goods)
    return Vocabulary(words, tuple(accumulate(1 / rank for rank in range(1, len(words) + 1))))


def message(lang: str, chance: Random) -> str:
    """One message: about 10 to 20 words; some of the other language, a number in one of six."""
    words = vocabulary(lang)
    said = words.draw(chance, chance.randint(9, 21))
    if chance.random() < 0.17:
        said[chance.randrange(len(said))] = (
            f" A{chance.randrange(ORDERS)} " if lang == "zh" else order(chance)
        )
    if chance.random() < 0.08:
        said[-1] = vocabulary("en" if lang == "zh" else "zh").draw(chance, 1)[0]
    return _chinese(said, chance) if lang == "zh" else _english(said, chance)


def order(chance: Random) -> str:
    """An order number."""
    return f"A{chance.randrange(ORDERS)}"


def _chinese(said: list[str], chance: Random) -> str:
    middle = chance.randint(4, len(said) - 3)
    return "".join(said[:middle]) + "，" + "".join(said[middle:]) + chance.choice("。？！")


def _english(said: list[str], chance: Random) -> str:
    middle = chance.randint(3, len(said) - 3)
    text = " ".join(said[:middle]) + ", " + " ".join(said[middle:]) + chance.choice(".?!")
    return text[0].upper() + text[1:]


def name(lang: str, chance: Random) -> str:
    """A person's name; one Chinese customer in three is known by a title only."""
    if lang == "en":
        return f"{chance.choice(_FIRST)} {chance.choice(_LAST)}"
    given = chance.choice(("女士", "先生")) if chance.random() < 0.35 else chance.choice(_GIVEN)
    return chance.choice(_SURNAMES) + given
