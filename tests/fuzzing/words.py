"""The words of each subject: a fuzzer that has to find `@` or `${` by itself finds little else."""

from __future__ import annotations


def _words(text: str, *others: str) -> tuple[str, ...]:
    return (*text.split(), " ", *others)


EMAIL = _words(
    r"""
    ana Ana ANA + . @ example.com Example.COM example.test localhost x.local a.invalid .co .arpa
    .onion bücher.de xn--bcher-kva.de xn-- xn--a -- - _ ~ [192.0.2.1] "ana" ( ) < > , ; : mailto:
    müller δοκιμή 用户 例え.jp ß.de faß.de İ i̇ ａ＠ｂ．ｃｏ .. a.b / \ '
    """,
    "a" * 63,
    "b" * 64,
)
PHONE = _words(
    """
    + 00 0 1 555 0100 650 253-0000 (0) ( ) / . - +1 +44 +49 +39 +52 +54 +55 15 9 0xx11 ext x # ,
    ,, ; ;ext= ;isub= ;phone-context= tel: Tel.: (mobile) [home] or FLOWERS 1-800- ABC e9 .0 .00
    ٠١٢٣ ２１２ доб ~ int anexo * +800 +979 +00 1234567 0000000
    """,
    "\u200b",
    "+1\u202d650",
)
VARIABLES = ("name", "number", "a-b", "_x", "X9")
TEMPLATE = _words(
    """
    ${name} ${number} ${a-b} ${_x} ${X9} $${ ${ $$ $ } ${1} ${a.b} &#36;{name} <p> </p> <a href="
    "> <a href=' '> href= = </a> <!-- --> <script> </script> <style> </style> <br/> <img alt=" />
    < > </ <! <? <![CDATA[ ]]> & &lt &amp; ; ' " <body> <title> </title> <textarea> </textarea>
    <td <li> / x
    """,
    "\n",
)
VALUE = _words(
    r"""
    ${name} ${number} $${ <b> </b> </script> --> ]]> " ' & &amp; > < / = onerror=x ; javascript:
    Ana \ {0} %s
    """,
    "\r\nBcc: x@example.com",
)
MEMBERS = (
    *("firstName", "lastName", "picture", "emails", "loginEmail", "phones", "labels", "language"),
    *("customFields", "first_name", "last_name", "login_email", "custom_fields"),
    *("name", "email", "phone", "labelKeys", "extendedFields", "info", "primaryInfo", "contact"),
    *("emial", "Score", "Note", "Birthday", "Site"),
)
