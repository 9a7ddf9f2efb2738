"""People of many countries and scripts, to be made up from: names, how they are written in Latin
letters, and numbers that belong to nobody in particular. Pure.

Law: numbers are of ranges kept for films and books, or the ones that `phonenumbers` gives as
examples, in their last three digits; addresses are of domains that are reserved for examples.
"""

from __future__ import annotations

from typing import NamedTuple

DOMAINS = ("example.com", "example.org", "example.net", "mail.example", "bücher.example")


class Culture(NamedTuple):
    """Where somebody may come from.

    Names stand as they are written, each with its Latin spelling where that is another one;
    `numbers` are phone numbers, with `{}` in the place of three digits.
    """

    language: str
    given: str
    family: str
    numbers: tuple[str, ...]


def _area_codes(codes: str) -> tuple[str, ...]:
    return tuple(f"+1 {code} 555 0{{}}" for code in codes.split())


CULTURES = (
    Culture("en", "Ada Ben Chloe Dan Erin Faith", "Miller O'Brien Walker Smith-Jones",
            _area_codes("212 305 312 415 512 617 702 808")),
    Culture("en", "Amelia Oliver Isla Harry Zoë", "Evans Clarke Wright Ó_Néill:oneill",
            ("+44 20 7946 0{}", "+44 161 496 0{}", "+44 131 496 0{}")),
    Culture("de", "Jürgen:juergen Anneliese Björn:bjoern Sofie", "Müller:mueller Groß:gross "
            "Weiß:weiss von_der_Heide:heide", ("+49 1512 3456{}",)),
    Culture("fr", "Chloé:chloe François:francois Noël:noel Agnès:agnes",
            "Lefèvre:lefevre Dupont Côté:cote d'Arc:darc", ("+33 6 12 34 5{}",)),
    Culture("es", "Ana José:jose Íñigo:inigo María_José:mariajose",
            "Díaz_Muñoz:diaz Núñez:nunez López:lopez Ibáñez:ibanez", ("+34 612 345 {}",)),
    Culture("pt", "João:joao Inês:ines Conceição:conceicao Rui",
            "Gonçalves:goncalves Simões:simoes da_Silva:dasilva", ("+55 11 96123 4{}",)),
    Culture("pl", "Łukasz:lukasz Agnieszka Żaneta:zaneta Paweł:pawel",
            "Wiśniewska:wisniewska Dąbrowski:dabrowski Zając:zajac", ("+48 512 345 {}",)),
    Culture("cs", "Jiří:jiri Žofie:zofie Tomáš:tomas Eliška:eliska",
            "Dvořák:dvorak Novák:novak Růžičková:ruzickova", ("+420 601 123 {}",)),
    Culture("sv", "Åsa:asa Björn:bjorn Elin Örjan:orjan", "Sjögren:sjogren Åkesson:akesson Lind",
            ("+46 70 123 4{}",)),
    Culture("is", "Þórdís:thordis Guðmundur:gudmundur Ægir:aegir",
            "Jónsdóttir:jonsdottir Sigurðsson:sigurdsson", ()),
    Culture("tr", "İpek:ipek Işıl:isil Çağrı:cagri Ömer:omer",
            "Yıldız:yildiz Şahin:sahin Öztürk:ozturk", ("+90 501 234 5{}",)),
    Culture("vi", "Thị_Hồng:hong Văn_Đức:duc Ngọc:ngoc Quỳnh:quynh",
            "Nguyễn:nguyen Trần:tran Phạm:pham", ("+84 912 345 {}",)),
    Culture("el", "Ελένη:eleni Γιώργος:giorgos Σοφία:sofia Νίκος:nikos",
            "Παπαδοπούλου:papadopoulou Γεωργίου:georgiou Αγγελής:angelis", ("+30 691 234 5{}",)),
    Culture("uk", "Оксана:oksana Андрій:andrii Їжак:yizhak Ганна:hanna",
            "Шевченко:shevchenko Ґалаґан:galagan Коваль:koval", ("+380 50 123 4{}",)),
    Culture("bg", "Иван:ivan Йорданка:yordanka Петър:petar Цвета:tsveta",
            "Димитров:dimitrov Стоянова:stoyanova Ангелов:angelov", ("+359 43 012 {}",)),
    Culture("he", "נועה:noa דוד:david רָחֵל:rachel איתן:eitan",
            "כהן:cohen לוי:levi בן־דוד:bendavid", ("+972 50 234 5{}",)),
    Culture("ar", "ليلى:layla محمد:mohammed أحمد:ahmad فاطمة_الزهراء:fatima",
            "الحسن:alhassan عبد_الله:abdullah حدّاد:haddad", ("+20 10 01234 {}",)),
    Culture("fa", "آرش:arash نسرین:nasrin می\u200cگل:meygol کیان:kian",
            "رضایی:rezaei حسینی:hosseini کریمی:karimi", ("+98 912 345 6{}",)),
    Culture("hi", "प्रिया:priya अर्जुन:arjun लक्ष्मी:lakshmi विक्रम:vikram",
            "शर्मा:sharma सिंह:singh गुप्ता:gupta", ("+91 81234 56{}",)),
    Culture("th", "สมชาย:somchai มาลี:malee กัญญา:kanya ปิยะ:piya",
            "ศรีสุข:srisuk วงศ์ใหญ่:wongyai ใจดี:jaidee", ("+66 81 234 5{}",)),
    Culture("zh", "伟:wei 秀英:xiuying 丽:li 建国:jianguo", "王:wang 李:li 欧阳:ouyang 陳:chen",
            ("+86 131 2345 6{}",)),
    Culture("ja", "さくら:sakura 太郎:taro アキラ:akira 美咲:misaki",
            "佐藤:sato 鈴木:suzuki 髙橋:takahashi", ("+81 90 1234 5{}",)),
    Culture("ko", "민준:minjun 서연:seoyeon 지우:jiwoo 하은:haeun",
            "김:kim 이:lee 박:park 남궁:namgung", ("+82 10 2000 0{}",)),
    Culture("am", "ሰላም:selam ዳዊት:dawit ሃና:hana", "በቀለ:bekele ተስፋዬ:tesfaye", ("+251 91 123 4{}",)),
)  # fmt: skip


class Name(NamedTuple):
    """A name as it is written, and for an address."""

    written: str
    latin: str


def names(listed: str) -> tuple[Name, ...]:
    """The names of a list; `_` stands for a blank inside one."""
    pairs = (word.partition(":") for word in listed.split())
    return tuple(Name(name.replace("_", " "), latin or _plain(name)) for name, _, latin in pairs)


def _plain(name: str) -> str:
    return "".join(letter for letter in name.lower() if "a" <= letter <= "z" or letter == "-")
