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

LOOKALIKES = dict(
    zip(
        "伟强磊洋勇军杰涛超明刚平辉鹏华飞波斌宇浩芳娜敏静丽艳娟霞玲秀兰红婷颖琳洁梅慧佳怡",
        "玮墙垒羊永君洁淘朝名钢萍晖朋花非坡彬于皓方那民净莉燕涓遐铃绣蓝虹亭影林杰玫惠家宜",
        strict=True,
    )
)
"""A character of a given name → one that sounds or looks like it and is typed in its stead."""

TRADITIONAL = dict(
    zip(
        "张刘陈杨赵黄吴孙马罗郑谢韩冯邓许苏卢蒋贾叶钟萧吕余",
        "張劉陳楊趙黃吳孫馬羅鄭謝韓馮鄧許蘇盧蔣賈葉鍾蕭呂余",
        strict=True,
    )
)
"""A surname → its traditional form."""

NICKNAMES = (
    "晴天", "小太阳", "阿宝", "追风", "一叶知秋", "不吃香菜", "西瓜味", "半糖", "慢慢来", "北岛", "星星", "橘子汽水",
    "跑步的猫", "糯米", "山有木", "阿May", "Kevin", "老王", "豆豆妈", "大白", "momo", "Leo", "夏天", "云朵",
)  # fmt: skip
