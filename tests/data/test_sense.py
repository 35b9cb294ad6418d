import pytest

from burnish.data.sense import is_chinese, other_sense, sample_of

CHINESE = "部门,问题\n内科,头疼怎么办？\n"
SOUND = [
    CHINESE,
    "好",
    "Hi,你\n",
    "query,response\n你好,好的\n",
    "他說這個問題很難，我們還沒有辦法解決，請你們再等一等。",
    "請問臺灣的總統是誰,這個問題我無法回答，請您查閱相關資料",
    "秦川雄帝宅，函谷壯皇居。綺殿千尋起，離宮百雉餘。",
    "naive, wide: “…” — ×",
    "元素周期表,氢氦锂铍硼碳氮氧氟氖钠镁铝硅磷硫氯氩钾钙钪钛钒铬锰铁钴镍铜锌镓锗砷硒溴氪",
    "元素周期表,氢氦锂铍硼碳氮氧氟氖钠镁铝硅磷硫氯氩钾钙钪钛钒铬锰铁钴镍铜锌镓锗砷硒溴氪铷锶钇锆铌钼锝钌铑钯银镉铟锡锑碲碘氙铯钡镧铈镨钕",
    "黄芪、党参、白术、茯苓、甘草、当归、川芎、熟地黄、芍药、柴胡、枳壳、桔梗、牛膝",
    "「こんにちは」是日语里的“你好”的意思，我们在学校里学过。",
    "价格：￥１００，规格：Φ８×２０㎜，№３",
    "张伟、王芳、李娜、刘洋、陈静、杨磊、赵敏、黄强、周杰、吴霞",
    "問題0：你好嗎？今天的天氣怎麼樣😀",
]
OTHER = [
    ("こんにちは、元気ですか", "shift_jis"),
    ("query,response\nこんにちは,さようなら\n", "shift_jis"),
    ("今日は天気がいいですね。明日も晴れるでしょう。", "shift_jis"),
    ("東京都の人口,約千四百万人", "shift_jis"),
    ("東京都,千四百万人", "shift_jis"),
    ("日本国憲法第九条を読みなさい。", "shift_jis"),
    ("日本語の文章を書くときは漢字と仮名を使います。" * 4, "euc_jp"),
    ("東京都の人口,約千四百万人", "euc_jp"),
    ("カタカナだけのテキスト", "euc_jp"),
    ("今日は天気がいいですね。", "euc_jp"),
    ("query,response\n안녕,좋다\n", "euc_kr"),
    ("오늘은 날씨가 좋습니다. 내일도 맑을 것입니다.", "euc_kr"),
    ("대한민국의 수도는 서울이다", "euc_kr"),
    ("你好嗎,我很好", "big5"),
    ("他說這個問題很難，我們還沒有辦法解決，請你們再等一等。", "big5"),
    ("請問臺灣的總統是誰,這個問題我無法回答", "big5"),
    ("Сегодня хорошая погода, и завтра тоже будет ясно.", "cp1251"),
    ("Как дела?,Хорошо", "cp1251"),
]


@pytest.mark.parametrize("text", SOUND)
def test_chinese_of_every_kind_makes_sense(text: str) -> None:
    head = text.encode("gb18030")
    assert is_chinese(head) and other_sense(head) is None


@pytest.mark.parametrize(("text", "encoding"), OTHER)
def test_other_languages_are_told_by_name(text: str, encoding: str) -> None:
    head = text.encode(encoding)
    assert not is_chinese(head) and other_sense(head) == encoding


@pytest.mark.parametrize("text", ["où est le café à Zürich, señor?", "naïve café, déjà vu"])
def test_western_text_is_none_of_them(text: str) -> None:
    assert other_sense(text.encode("cp1252")) is None


def test_the_sample_begins_at_the_first_character_beyond_ascii() -> None:
    assert sample_of(b"x" * 5000 + CHINESE.encode("gb18030")).startswith("部门,问题 内科")
    assert sample_of("a,東京都".encode("euc_jp"), "euc_jp") == "東京都"
