"""What the simulated people are called, and how their names get misspelled."""

from __future__ import annotations

# Surname, its pinyin, its weight.
SURNAMES = tuple(
    (part.split()[0], part.split()[1], int(part.split()[2]))
    for part in (
        "王 wang 72", "李 li 71", "张 zhang 67", "刘 liu 53", "陈 chen 45", "杨 yang 30", "赵 zhao 22", "黄 huang 22",
        "周 zhou 20", "吴 wu 20", "徐 xu 15", "孙 sun 15", "胡 hu 13", "朱 zhu 13", "高 gao 12", "林 lin 12",
        "何 he 12", "郭 guo 11", "马 ma 11", "罗 luo 10", "梁 liang 10", "宋 song 9", "郑 zheng 9", "谢 xie 8",
        "韩 han 8", "唐 tang 7", "冯 feng 7", "于 yu 7", "董 dong 6", "萧 xiao 6", "程 cheng 6", "曹 cao 6",
        "袁 yuan 6", "邓 deng 6", "许 xu 6", "傅 fu 5", "沈 shen 5", "曾 zeng 5", "彭 peng 5", "吕 lv 5",
        "苏 su 5", "卢 lu 5", "蒋 jiang 5", "蔡 cai 5", "贾 jia 4", "丁 ding 4", "魏 wei 4", "薛 xue 4",
        "叶 ye 4", "阎 yan 4", "余 yu 4", "潘 pan 4", "杜 du 4", "戴 dai 3", "夏 xia 3", "钟 zhong 3",
        "欧阳 ouyang 1", "司马 sima 1", "上官 shangguan 1", "诸葛 zhuge 1",
    )
)  # fmt: skip

GIVEN_MALE = tuple("伟强磊洋勇军杰涛超明刚平辉鹏华飞鑫波斌宇浩凯健俊帆峰龙翔志文博轩宸睿泽晨建国海东林")
GIVEN_FEMALE = tuple("芳娜敏静丽艳娟霞玲桂英秀兰萍红燕婷雪倩颖琳洁梅莉慧佳欣怡悦涵萱梓诗雨梦瑶思彤")

# A character of a given name → the one that is typed in its stead (same sound or look), and its traditional form.
LOOKALIKES = {
    "伟": "玮", "强": "墙", "磊": "垒", "洋": "羊", "勇": "永", "军": "君", "杰": "洁", "涛": "淘", "超": "朝", "明": "名",
    "刚": "钢", "平": "萍", "辉": "晖", "鹏": "朋", "华": "花", "飞": "非", "波": "坡", "斌": "彬", "宇": "于", "浩": "皓",
    "芳": "方", "娜": "那", "敏": "民", "静": "净", "丽": "莉", "艳": "燕", "娟": "涓", "霞": "遐", "玲": "铃", "秀": "绣",
    "兰": "蓝", "红": "虹", "婷": "亭", "颖": "影", "琳": "林", "洁": "杰", "梅": "玫", "慧": "惠", "佳": "家", "怡": "宜",
}  # fmt: skip
TRADITIONAL = {
    "张": "張", "刘": "劉", "陈": "陳", "杨": "楊", "赵": "趙", "黄": "黃", "吴": "吳", "孙": "孫", "马": "馬", "罗": "羅",
    "郑": "鄭", "谢": "謝", "韩": "韓", "冯": "馮", "邓": "鄧", "许": "許", "苏": "蘇", "卢": "盧", "蒋": "蔣", "贾": "賈",
    "叶": "葉", "钟": "鍾", "伟": "偉", "强": "強", "军": "軍", "杰": "傑", "涛": "濤", "刚": "剛", "辉": "輝", "鹏": "鵬",
    "华": "華", "飞": "飛", "龙": "龍", "丽": "麗", "艳": "豔", "兰": "蘭", "红": "紅", "静": "靜", "玲": "玲", "颖": "穎",
}  # fmt: skip

NICKNAMES = (
    "晴天", "小太阳", "阿宝", "追风", "一叶知秋", "不吃香菜", "西瓜味", "半糖", "慢慢来", "北岛", "星星", "橘子汽水",
    "跑步的猫", "糯米", "山有木", "阿May", "Kevin", "老王", "豆豆妈", "大白", "momo", "Leo", "夏天", "云朵",
)  # fmt: skip
