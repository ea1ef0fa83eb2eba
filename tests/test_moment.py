"""Times as feeds and pages write them."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from newswatch import moment


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        # ISO 8601 and what resembles it
        ("2026-03-05T14:05:06+03:00", "2026-03-05T14:05:06+03:00"),
        ("2026-03-05T14:05:06Z", "2026-03-05T14:05:06+00:00"),
        ("2026-03-05T14:05:06.123456789Z", "2026-03-05T14:05:06.123456+00:00"),
        ("2026-03-05T14:05+0300", "2026-03-05T14:05:00+03:00"),
        ("2026-03-05 14:05:06 +0300", "2026-03-05T14:05:06+03:00"),
        ("2026-03-05 14:05:06", "2026-03-05T14:05:06+00:00"),
        ("2026-03-05 14:05:06 UTC", "2026-03-05T14:05:06+00:00"),
        ("2026-03-05", "2026-03-05T00:00:00+00:00"),
        ("2026-03-05T14:05:6Z", "2026-03-05T14:05:06+00:00"),
        (" 2026-03-05T14:05:06Z\n", "2026-03-05T14:05:06+00:00"),
        ("2026-03-05T14:05:06-03", "2026-03-05T14:05:06-03:00"),
        # RFC 822 and 850, as RSS writes it
        ("Thu, 05 Mar 2026 14:05:06 +0300", "2026-03-05T14:05:06+03:00"),
        ("Thu, 05 Mar 2026 14:05:06 GMT", "2026-03-05T14:05:06+00:00"),
        ("Thu, 5 Mar 2026 14:05 EST", "2026-03-05T14:05:00-05:00"),
        ("Thu, 05 Mar 2026 14:05:06 EDT", "2026-03-05T14:05:06-04:00"),
        ("Thu, 05 Mar 2026 14:05:06 MSK", "2026-03-05T14:05:06+03:00"),
        ("Thu, 05 Mar 2026 14:05:06 CEST", "2026-03-05T14:05:06+02:00"),
        ("Thu, 05 Mar 2026 14:05:06 IST", "2026-03-05T14:05:06+05:30"),
        ("Thu, 05 Mar 2026 14:05:06 -0000", "2026-03-05T14:05:06+00:00"),
        ("Thu, 05 Mar 2026 14:05:06", "2026-03-05T14:05:06+00:00"),
        ("05 Mar 26 14:05:06 +0000", "2026-03-05T14:05:06+00:00"),
        # words of the wires' own languages
        ("Чт, 05 марта 2026 14:05:06 +0300", "2026-03-05T14:05:06+03:00"),
        ("5 марта 2026, 14:05", "2026-03-05T14:05:00+00:00"),
        ("5 марта 2026 г., 14:05", "2026-03-05T14:05:00+00:00"),
        ("5 марта 2026 года 14:05 МСК", "2026-03-05T14:05:00+03:00"),
        ("5 березня 2026, 14:05", "2026-03-05T14:05:00+00:00"),
        ("jue, 05 marzo 2026 14:05:06 -0300", "2026-03-05T14:05:06-03:00"),
        ("5 de marzo de 2026 14:05", "2026-03-05T14:05:00+00:00"),
        ("5 mars 2026 à 14h05", "2026-03-05T14:05:00+00:00"),
        ("5. März 2026 14:05 CET", "2026-03-05T14:05:00+01:00"),
        ("Do, 05 Mär 2026 14:05:06 +0100", "2026-03-05T14:05:06+01:00"),
        ("5 março 2026 14:05", "2026-03-05T14:05:00+00:00"),
        ("Per, 05 Mart 2026 14:05:06 +0300", "2026-03-05T14:05:06+03:00"),
        ("5 Şubat 2026 14:05", "2026-02-05T14:05:00+00:00"),
        ("5 March 2026 at 2pm", "2026-03-05T14:00:00+00:00"),
        ("5 maja 2026 14:05", "2026-05-05T14:05:00+00:00"),
        ("March 5th, 2026 - 2:05 p.m. EST", "2026-03-05T14:05:00-05:00"),
        ("March 5, 2026 2:05 PM", "2026-03-05T14:05:00+00:00"),
        ("Mar 5, 2026", "2026-03-05T00:00:00+00:00"),
        ("March 5, 2026 12:05 AM EST", "2026-03-05T00:05:00-05:00"),
        # figures
        ("05.03.2026 14:05", "2026-03-05T14:05:00+00:00"),
        ("05/03/2026 14:05:06 +0300", "2026-03-05T14:05:06+03:00"),
        ("05-03-2026 14:05", "2026-03-05T14:05:00+00:00"),
        ("2026/03/05 14:05", "2026-03-05T14:05:00+00:00"),
        ("2026. 3. 5. 14:05", "2026-03-05T14:05:00+00:00"),
        # zones of hours alone: not so many minutes
        ("Thu, 05 Mar 2026 14:05:06 +03", "2026-03-05T14:05:06+03:00"),
        ("Thu, 05 Mar 2026 14:05:06 -3", "2026-03-05T14:05:06-03:00"),
        ("Thu, 05 Mar 2026 14:05:06 GMT+3", "2026-03-05T14:05:06+03:00"),
        ("Thu, 05 Mar 2026 14:05:06 GMT+05:30", "2026-03-05T14:05:06+05:30"),
        ("2026-03-05 14:05:06 +03", "2026-03-05T14:05:06+03:00"),
        ("2026-03-05T14:05:06+3", "2026-03-05T14:05:06+03:00"),
        # as programs write them
        ("Thu Mar 05 2026 14:05:06 GMT+0300 (Moscow Standard Time)", "2026-03-05T14:05:06+03:00"),
        ("Thu, 05 Mar 2026 14:05:06 +0100 (CET)", "2026-03-05T14:05:06+01:00"),
        ("2026-03-05T14:05:06+01:00[Europe/Berlin]", "2026-03-05T14:05:06+01:00"),
        ("2026-03-05T14:05:06Z[UTC]", "2026-03-05T14:05:06+00:00"),
        ("20260305140506", "2026-03-05T14:05:06+00:00"),
        ("2026-3-5 14:05", "2026-03-05T14:05:00+00:00"),
        ("2026-3-5T14:05:06Z", "2026-03-05T14:05:06+00:00"),
        ("3/25/2026 2:05:06 PM", "2026-03-25T14:05:06+00:00"),
        ("5th March 2026 14:05", "2026-03-05T14:05:00+00:00"),
        ("5. 3. 2026 14:05", "2026-03-05T14:05:00+00:00"),
        # China, Japan, Korea, Greece
        ("2026年11月25日 11:30", "2026-11-25T11:30:00+00:00"),
        ("2026年3月5日（木）午後2時5分", "2026-03-05T14:05:00+00:00"),
        ("2026年03月05日14时05分06秒", "2026-03-05T14:05:06+00:00"),
        ("2026年3月5日 下午2:05 +0800", "2026-03-05T14:05:00+08:00"),
        ("2026年3月5日", "2026-03-05T00:00:00+00:00"),
        ("2026년 11월 25일", "2026-11-25T00:00:00+00:00"),
        ("2026년 3월 5일 (목) 오후 12:05:06 KST", "2026-03-05T12:05:06+09:00"),
        ("Πεμ, 05 Μαρ 2026 14:05:06 +0200", "2026-03-05T14:05:06+02:00"),
        ("5 Ιουλίου 2026 14:05", "2026-07-05T14:05:00+00:00"),
        # the time before the date, and after it in other ways
        ("12:30, 3 марта 2026", "2026-03-03T12:30:00+00:00"),
        ("12:30 МСК, 3 марта 2026", "2026-03-03T12:30:00+03:00"),
        ("12:30:15 3 марта 2026", "2026-03-03T12:30:15+00:00"),
        ("12.30 Uhr, 3. März 2026", "2026-03-03T12:30:00+00:00"),
        ("14h05, le 3 mars 2026", "2026-03-03T14:05:00+00:00"),
        ("05:30 PM IST, 3 March 2026", "2026-03-03T17:30:00+05:30"),
        ("1:05 p.m. ET, March 3, 2026", "2026-03-03T13:05:00-05:00"),
        ("11:30 25.11.2026", "2026-11-25T11:30:00+00:00"),
        ("25.11.2026 11:30", "2026-11-25T11:30:00+00:00"),
        ("25.11.2026 11:30 МСК", "2026-11-25T11:30:00+03:00"),
        ("25.11.2026, в 11:30 (мск)", "2026-11-25T11:30:00+03:00"),
        ("25/11/2026 às 11h30", "2026-11-25T11:30:00+00:00"),
        ("25-Nov-2026 11:30", "2026-11-25T11:30:00+00:00"),
        ("3 March 2026 5.30pm", "2026-03-03T17:30:00+00:00"),
        ("3 марта 2026 г., 12:30", "2026-03-03T12:30:00+00:00"),
        ("Mar 3, 2026 1:05 PM", "2026-03-03T13:05:00+00:00"),
        # a place's clock, in winter and in summer; names behind ISO's own form
        ("Mar 3, 2026 1:05 p.m. ET", "2026-03-03T13:05:00-05:00"),
        ("Wed, 25 Jun 2026 11:30 ET", "2026-06-25T11:30:00-04:00"),
        ("2026-11-25 11:30:00 EST", "2026-11-25T11:30:00-05:00"),
        ("2026-11-25 11:30 MSK", "2026-11-25T11:30:00+03:00"),
        # midnight at the end of a day, and a leap second
        ("Wed, 25 Nov 2026 24:00:00 GMT", "2026-11-26T00:00:00+00:00"),
        ("Thu, 31 Dec 2026 24:00 EST", "2027-01-01T00:00:00-05:00"),
        ("2026-11-25T24:00:00Z", "2026-11-26T00:00:00+00:00"),
        ("2026-02-28 24:00:00.000+03:00", "2026-03-01T00:00:00+03:00"),
        ("25 ноября 2026, 24:00", "2026-11-26T00:00:00+00:00"),
        ("24:00, 25.11.2026", "2026-11-26T00:00:00+00:00"),
        ("2026年11月25日 24:00", "2026-11-26T00:00:00+00:00"),
        ("Thu, 31 Dec 2026 23:59:60 GMT", "2027-01-01T00:00:00+00:00"),
        ("2026-12-31T23:59:60Z", "2027-01-01T00:00:00+00:00"),
        ("2026-12-31T23:59:60.5+00:00", "2027-01-01T00:00:00+00:00"),
        ("31 декабря 2026 23:59:60", "2027-01-01T00:00:00+00:00"),
        # full-width figures, marks of direction, halves of a day
        ("２０２６年１１月２５日 １１：３０", "2026-11-25T11:30:00+00:00"),
        ("\u200e25\u200e.11\u200e.2026 11:30", "2026-11-25T11:30:00+00:00"),
        ("2026.11.25. 오후 2:05", "2026-11-25T14:05:00+00:00"),
        ("2026-11-25 下午2:05", "2026-11-25T14:05:00+00:00"),
        ("2026年11月25日 午前0時5分", "2026-11-25T00:05:00+00:00"),
    ],
)
def test_reads_in_its_own_zone(written: str, expected: str) -> None:
    found = moment.read(written)
    assert found is not None
    assert found.isoformat() == expected


# Of each month, in the case that a date has, alone, and abbreviated.
NAMES = {
    "ru": (
        "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
        "январь февраль март апрель май июнь июль август сентябрь октябрь ноябрь декабрь",
        "янв фев мар апр май июн июл авг сен окт ноя дек",
        "янв. февр. марта апр. мая июня июля авг. сент. окт. нояб. дек.",
    ),
    "uk": (
        "січня лютого березня квітня травня червня липня серпня вересня жовтня листопада грудня",
        "січень лютий березень квітень травень червень липень серпень вересень жовтень листопад грудень",
        "січ. лют. бер. квіт. трав. черв. лип. серп. вер. жовт. лист. груд.",
    ),
    "pl": (
        "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia",
        "styczeń luty marzec kwiecień maj czerwiec lipiec sierpień wrzesień październik listopad grudzień",
        "sty lut mar kwi maj cze lip sie wrz paź lis gru",
    ),
    "tr": (
        "Ocak Şubat Mart Nisan Mayıs Haziran Temmuz Ağustos Eylül Ekim Kasım Aralık",
        "OCAK ŞUBAT MART NİSAN MAYIS HAZİRAN TEMMUZ AĞUSTOS EYLÜL EKİM KASIM ARALIK",
        "Oca Şub Mar Nis May Haz Tem Ağu Eyl Eki Kas Ara",
    ),
    "de": (
        "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
        "Jan. Feb. März Apr. Mai Juni Juli Aug. Sept. Okt. Nov. Dez.",
        "Jänner Feber Mär Apr Mai Jun Jul Aug Sep Okt Nov Dez",
    ),
    "fr": (
        "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
        "JANVIER FEVRIER MARS AVRIL MAI JUIN JUILLET AOUT SEPTEMBRE OCTOBRE NOVEMBRE DECEMBRE",
        "janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc.",
    ),
    "es": (
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
        "ene feb mar abr may jun jul ago sept oct nov dic",
    ),
    "pt": (
        "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
        "jan. fev. mar. abr. mai. jun. jul. ago. set. out. nov. dez.",
    ),
    "it": (
        "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
        "gen feb mar apr mag giu lug ago set ott nov dic",
    ),
    "nl": (
        "januari februari maart april mei juni juli augustus september oktober november december",
        "jan feb mrt apr mei jun jul aug sep okt nov dec",
    ),
    "id": (
        "Januari Februari Maret April Mei Juni Juli Agustus September Oktober November Desember",
        "Jan Feb Mar Apr Mei Jun Jul Agu Sep Okt Nov Des",
    ),
    "ms": (
        "Januari Februari Mac April Mei Jun Julai Ogos September Oktober November Disember",
        "Jan Feb Mac Apr Mei Jun Jul Ogo Sep Okt Nov Dis",
    ),
    "cs": ("ledna února března dubna května června července srpna září října listopadu prosince",),
    "el": ("Ιαν Φεβ Μαρ Απρ Μαΐ Ιουν Ιουλ Αυγ Σεπ Οκτ Νοε Δεκ",),
}


@pytest.mark.parametrize("language", NAMES)
def test_reads_the_months_of_a_language(language: str) -> None:
    for names in NAMES[language]:
        months = names.split()
        assert len(months) == 12
        for number, month in enumerate(months, 1):
            for said in (month, unicodedata.normalize("NFD", month)):
                found = moment.read(f"5 {said} 2026, 14:05")
                assert found == datetime(2026, number, 5, 14, 5, tzinfo=UTC), said


@pytest.mark.parametrize(
    "written",
    [
        "", " ", "yesterday", "0", "2026", "0000-00-00 00:00:00", "31 февраля 2026",
        "Thu, 99 Mar 2026 14:05:06 GMT", "1969-12-31", "9999-12-31T23:59:59Z",
        "0001-01-01T00:00:00Z", "5 Quintober 2026", "2026-03-05T14:05:06+99:99", "-", "+",
        "Thu, 05 Mar 2026 14:05:06 +9999", "\ud800", "5 марта 2026 14:05 +99:00", "12.13.2026",
        "Mon, 01 Jan 0001 00:00:00 GMT", "Wed, 30 Nov -0001 00:00:00 +0000", "1 January 0001",
        "0001年1月1日", "2026年11月", "2026年13月25日", "2026년 11월 25일 25:00", "1764070200",
        "2026-11-25T24:00:01Z", "2026-11-25T24:30:00Z", "2026-11-25T25:00:00Z", "2026-11-25T12:60:00Z",
        "2026-11-25T12:00:61Z", "2026-02-30T24:00:00Z", "8999-12-31T24:00:00-24:00", "1:05 p.m. ET", "24:00",
        "9000-12-31T24:00:00Z",
    ],
)  # fmt: skip
def test_says_none_where_there_is_no_time(written: str) -> None:
    assert moment.read(written) is None


DATEISH = st.text(max_size=60) | st.text("0123456789:+-/. TZдекMarGMTµ²٣", max_size=40)


@given(DATEISH)
def test_any_text_is_a_usable_time_or_none(written: str) -> None:
    found = moment.read(written)
    if found is not None:
        assert found.utcoffset() is not None
        assert 1969 < found.astimezone(UTC).year < 9001
        found.isoformat()


@given(st.datetimes(datetime(1971, 1, 1), datetime(8999, 1, 1)), st.integers(-14 * 60, 14 * 60))  # noqa: DTZ001
def test_what_python_writes_is_read_again(naive: datetime, minutes: int) -> None:
    at = naive.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    assert moment.read(at.isoformat()) == at


@given(
    st.datetimes(datetime(1960, 1, 1), datetime(9100, 1, 1)), st.integers(-23 * 60, 23 * 60),  # noqa: DTZ001
    st.sampled_from(["seconds", "milliseconds", "microseconds"]), st.booleans(),
)  # fmt: skip
def test_the_usual_way_says_what_the_others_would(
    naive: datetime, minutes: int, digits: str, in_utc: bool
) -> None:
    zone = UTC if in_utc else timezone(timedelta(minutes=minutes))
    written = naive.replace(tzinfo=zone).isoformat(timespec=digits)
    for way in (written, written.replace("+00:00", "Z")):
        found, gone_through = moment.read(way), moment.read(f" {way}")  # which the usual way is not
        assert found == gone_through
        assert found is None or gone_through is None or found.tzinfo == gone_through.tzinfo


def test_a_long_text_costs_no_more_than_its_beginning() -> None:
    assert moment.read("9" * 10_000_000) is None
