"""What a school's folder says of its shop, and what is told of it to who practises."""

from __future__ import annotations

from pathlib import Path

from csdesk.etiquette.context import Policy
from csdesk.trainer import coaching
from csdesk.trainer.library import load_library
from csdesk.trainer.soundness import problems_of
from tests.unit.trainer.scene import SMALL, small

SHOP = "schema: csdesk.shop/1\ndiscount_percent: 5\nreturn_days: 7\nforbidden: [假一赔十, 全网最低]\n"


def school(folder: Path, shop: str = SHOP, more: str = "") -> Path:
    (folder / "small.yaml").write_text(SMALL.replace("mood: 0\n", f"mood: 0\n{more}", 1), "utf-8")
    (folder / "shop.yaml").write_text(shop, "utf-8")
    return folder


def test_a_folders_shop_holds_for_its_scenarios(tmp_path: Path) -> None:
    folder = school(tmp_path)
    library = load_library([folder])
    assert library.problems == ()
    (scenario,) = library.scenarios
    assert scenario.policy == Policy(5, 7, ("假一赔十", "全网最低"))
    assert scenario.digest != small().digest, "an attempt under other rules is another attempt"


def test_a_scenarios_own_word_goes_before_it(tmp_path: Path) -> None:
    own = "shop: {discount_percent: 0, forbidden: [终身质保]}\n"
    (scenario,) = load_library([school(tmp_path, more=own)]).scenarios
    assert scenario.policy == Policy(0, 7, ("终身质保", "假一赔十", "全网最低"))


def test_a_shop_that_cannot_be_read_is_named_and_holds_for_nothing(tmp_path: Path) -> None:
    for number, text in enumerate(
        (": [", "schema: other/1\n", SHOP + "discount: 3\n", SHOP.replace("5", "500"))
    ):
        folder = tmp_path / str(number)
        folder.mkdir()
        library = load_library([school(folder, text)])
        assert [problem.file for problem in library.problems] == [str(folder / "shop.yaml")]
        assert library.scenarios[0].policy == Policy()


def test_the_card_says_what_the_shop_allows() -> None:
    card = coaching.card(
        small(("mood: 0\n", "mood: 0\nshop: {discount_percent: 5, forbidden: [假一赔十]}\n"))
    )
    assert "5 %" in card and "假一赔十" in card and "within" not in card


def test_a_model_reply_that_promises_more_is_no_lesson() -> None:
    scenario = small(
        ("mood: 0\n", "mood: 0\nshop: {return_days: 7}\n"),
        ("model: 您好，这件69元。", "model: 您好，这件69元，30天内可以退。"),
    )
    assert any("promises more" in problem.reason for problem in problems_of(scenario))
