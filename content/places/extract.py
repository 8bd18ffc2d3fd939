#!/usr/bin/env python3
"""Makes the dated place table of this folder from three licensed collections of the facts.

    pip download vietnamadminunits==1.0.4 --no-deps        (MIT; unpack the wheel)
    pip download vietnam-address-converter==1.0.5 --no-deps (Apache-2.0; unpack the wheel)
    git show 1eedbfa1:json/simplified_json_generated_data_vn_units_minified.json > first.json
    git show cd580632:json/simplified_json_generated_data_vn_units_2026-07-25__20_49_07.json > now.json
                                                            (thanglequoc/vietnamese-provinces-database, MIT)
    python3 content/places/extract.py WHEEL1 WHEEL2 first.json now.json content/places

Reads nothing else and needs no network. The same input gives the same bytes. It is run when the
facts change, by hand; building and testing read only what it wrote.

How an old commune's successors are decided
    The first package names them, split communes with every part. It joins by name inside a new
    province, so two old communes of one name in one new province get each other's successors:
    there the second package, which goes by old district, decides, and the row is marked `h`.
    Where the second package contradicts (not one successor in common), or names one more, the first
    one's stay and the row is marked `c`; BY_HAND is marked `v`. Everywhere else the second one agrees or names only the larger part.
"""
import json
import re
import sqlite3
import sys
import unicodedata
from collections import Counter, defaultdict
from pathlib import Path

DATE_NEW = "2025-07-01"  # Resolution 202/2025/QH15 and the resolutions on communes
DATE_SECOND = "2026-04-30"  # Đồng Nai becomes a city, ten of its communes wards
TYPES = {
    "Tỉnh": "T", "Thành phố": "C", "Huyện": "h", "Quận": "q", "Thị xã": "s",
    "Xã": "x", "Phường": "p", "Thị trấn": "t", "Đặc khu": "d",
}
# Where the collections disagree about the code itself: (code here, code elsewhere).
OTHER_CODE = {"06978": "06970"}


# A third collection (vietnam-provinces 2026.9.0, GPL-3.0) was looked at as a check only. Where it
# sides with the second source against the first, or names fewer successors than the first:
BY_HAND = {
    "00553": ["00136", "00541", "00562", "00565"],
    "23053": ["23053"],
    "28036": ["28036"],
}


def nfc(text):
    return unicodedata.normalize("NFC", " ".join(text.split()))


def split_type(full, city="C"):
    for word, letter in TYPES.items():
        if full.lower().startswith(word.lower() + " "):
            return (city if letter == "C" else letter), full[len(word) + 1:]
    raise SystemExit(f"failed to read the type of `{full}`")


def fold(text):
    text = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    text = "".join(c for c in text if not unicodedata.combining(c)).lower()
    return " ".join(re.sub(r"[^a-z0-9]+", " ", text).split())


def respelled(one, other):
    """hòa and hoà are two spellings of one word."""
    return fold(one) == fold(other) and sorted(unicodedata.normalize("NFD", one.lower())) == sorted(
        unicodedata.normalize("NFD", other.lower())
    )


def first_package(folder):
    base = Path(folder) / "vietnamadminunits" / "data"
    db = sqlite3.connect(base / "dataset.db")
    old = {}
    for row in db.execute(
        "SELECT provinceKey, districtKey, wardKey, provinceCode, province, districtCode, district,"
        " wardCode, ward FROM admin_units_legacy"
    ):
        old["_".join(part or "" for part in row[:3])] = tuple(nfc(part or "") for part in row[3:])
    new = {
        (row[0], row[1]): row[2]
        for row in db.execute("SELECT provinceKey, wardKey, wardCode FROM admin_units")
    }
    here = {elsewhere: code for code, elsewhere in OTHER_CODE.items()}
    successors = defaultdict(dict)
    mapping = json.loads((base / "converter_2025.json").read_text("utf-8"))
    for province, wards in mapping["DICT_PROVINCE_WARD_NO_DIVIDED"].items():
        for ward, olds in wards.items():
            for key in olds:
                code = new[(province, ward)]
                successors[key][here.get(code, code)] = True
    for province, olds in mapping["DICT_PROVINCE_WARD_DIVIDED"].items():
        for key, parts in olds.items():
            for part in parts:
                code = new[(province, part["newWardKey"])]
                successors[key][here.get(code, code)] = bool(part["isDefaultNewWard"])
    assert set(successors) == set(old), "an old unit without successor"
    return old, successors


def second_package(folder, new_names):
    text = (Path(folder) / "vietnam_address_converter" / "data.py").read_text("utf-8")
    literal = re.search(r"json\.loads\((.*)\)", text, re.S).group(1)
    import ast

    rows = json.loads(ast.literal_eval(literal))["mapping"]["rows"]
    by_path = defaultdict(set)
    for row in rows:
        old, new = row["old"], row["new"]
        path = tuple(fold(old[key]) for key in ("province_name", "district_name", "ward_name"))
        by_path[path] |= new_names.get((fold(new["province_name"]), fold(new["ward_name"])), set())
    return by_path


def write(folder, name, header, columns, rows):
    lines = [f"# {line}" if line else "#" for line in header.strip().split("\n")]
    lines.append("\t".join(columns))
    lines += ["\t".join(row).rstrip("\t") for row in rows]
    (Path(folder) / name).write_text("\n".join(lines) + "\n", "utf-8")


def main(wheel1, wheel2, first_json, now_json, out):
    first = json.loads(Path(first_json).read_text("utf-8"))
    now = json.loads(Path(now_json).read_text("utf-8"))
    old, successors = first_package(wheel1)
    new_names = defaultdict(set)
    for province in now:
        for ward in province["Wards"]:
            new_names[(fold(province["FullName"]), fold(ward["FullName"]))].add(ward["Code"])
    for province in first:
        for ward in province["Wards"]:
            new_names[(fold(province["FullName"]), fold(ward["FullName"]))].add(ward["Code"])
    second = second_package(wheel2, new_names)
    new_names_of = defaultdict(set)
    for units in new_names.values():
        for unit in units:
            new_names_of[unit] |= units

    # The first package mixes up old communes of one name in one new province.
    namesakes = defaultdict(list)
    feeders = defaultdict(Counter)
    seconds = {}
    paths = Counter()
    for key, (_, p_name, d_code, d_name, _, name) in old.items():
        path = (fold(p_name), fold(d_name), fold(name))
        paths[path] += 1
        seconds[key] = second.get(path, set())
        for code in successors[key]:
            namesakes[(fold(name), code)].append(key)
            feeders[code][d_code] += 1
            feeders[code][p_name] += 1
    provinces, districts, communes = {}, {}, []
    for key, (p_code, p_name, d_code, d_name, code, name) in old.items():
        parts = dict(successors[key])
        mark = ""
        for part in list(parts):
            others = [twin for twin in namesakes[(fold(name), part)] if twin != key]
            claimed = any(part in seconds[twin] for twin in others)
            # Claimed by neither: it is of the district that gave it its other communes.
            nearer = any(
                (feeders[part][old[twin][2]], feeders[part][old[twin][1]])
                > (feeders[part][d_code], feeders[part][p_name])
                for twin in others
            )
            if others and seconds[key] and part not in seconds[key] and (claimed or nearer):
                del parts[part]
                mark = "h"
            elif others and len(successors[key]) > 1:
                mark = "h"
        # Names that differ by a diacritic only can't be told apart in the second source.
        unique = paths[(fold(p_name), fold(d_name), fold(name))] == 1
        extra = {part for part in seconds[key] - set(parts) if len(new_names_of[part]) == 1}
        if extra and not set(parts) & seconds[key]:
            mark = "c"
        elif extra and unique and not mark:
            mark = "c"
        if code in BY_HAND:
            parts = {part: parts.get(part, False) for part in BY_HAND[code]}
            mark = "v"
        order = sorted(parts, key=lambda code: (not parts[code], code))
        provinces.setdefault(p_code, (p_name, set()))[1].update(order)
        districts.setdefault(d_code, (d_name, p_code, []))
        if code:
            communes.append((code, *split_type(name), d_code, ",".join(order), mark))
        else:
            # An island district without communes has its own successor.
            districts[d_code] = (d_name, p_code, order)
    communes.sort()

    now_of = {ward["Code"]: province["Code"] for province in now for ward in province["Wards"]}
    source = f"""
Sources, read 2026-11-22: {{}}
Facts of administrative units (Law on Intellectual Property, Article 15); the collections are MIT and
Apache-2.0, and nothing of their form is here. Written by extract.py; do not edit.
"""
    old_source = source.format(
        "vietnamadminunits 1.0.4 (MIT), checked against vietnam-address-converter 1.0.5 (Apache-2.0)"
    )
    new_source = source.format(
        "thanglequoc/vietnamese-provinces-database (MIT, after the NSO list), 2025-09-02 and 2026-07-25"
    )
    rows = []
    for code, (name, units) in sorted(provinces.items()):
        becomes = sorted({now_of[unit] for unit in units})
        assert len(becomes) == 1, (name, becomes)
        rows.append((code, *split_type(name), becomes[0]))
    write(
        out, "old_provinces.tsv",
        "Provinces until 2025-06-30: code, type (T tỉnh, C thành phố), name, the province it became part of."
        + old_source,
        ("code", "type", "name", "becomes"), rows,
    )
    write(
        out, "old_districts.tsv",
        "Districts until 2025-06-30: code, type (h huyện, q quận, s thị xã, c thành phố), name, province;\n"
        "for an island district without communes, the commune it became." + old_source,
        ("code", "type", "name", "province", "becomes"),
        [
            (code, *split_type(name, city="c"), province, ",".join(becomes))
            for code, (name, province, becomes) in sorted(districts.items())
        ],
    )
    write(
        out, "old_communes.tsv",
        "Communes until 2025-06-30: code, type (x xã, p phường, t thị trấn), name, district, the communes\n"
        "it became or was split among (the one with most of it first), and a mark on doubtful rows:\n"
        "h  another old commune of this name is in the same new province; decided by the second source\n"
        "c  the second source names another successor, or one more; the first source's are here\n"
        "v  decided by hand, see BY_HAND in extract.py" + old_source,
        ("code", "type", "name", "district", "becomes", "doubt"), communes,
    )

    first_units = {ward["Code"]: nfc(ward["FullName"]) for p in first for ward in p["Wards"]}
    rows = []
    for province in first:
        kind, name = split_type(nfc(province["FullName"]))
        rows.append((province["Code"], DATE_NEW, kind, name))
    before = {row[0]: row for row in rows}
    for province in now:
        kind, name = split_type(nfc(province["FullName"]))
        code, _, kind_before, _ = before[province["Code"]]
        if kind != kind_before:
            rows.append((code, DATE_SECOND, kind, name))
    write(
        out, "provinces.tsv",
        "Provinces from 2025-07-01: code, first day, type (T tỉnh, C thành phố), name." + new_source,
        ("code", "from", "type", "name"), sorted(rows),
    )
    rows = []
    for province in now:
        for ward in province["Wards"]:
            code, full = ward["Code"], nfc(ward["FullName"])
            kind, name = split_type(full)
            earlier_kind, earlier = split_type(first_units[code])
            also, doubt = "", ""
            if code in OTHER_CODE:
                also, doubt = OTHER_CODE[code], "k"
            if fold(earlier) != fold(name):
                raise SystemExit(f"{code} changed its name: {earlier} → {name}: date it by hand")
            if earlier != name and not respelled(earlier, name):
                also, doubt = earlier, "n"
            rows.append((code, DATE_NEW, earlier_kind, name, province["Code"], doubt, also))
            if earlier_kind != kind:
                rows.append((code, DATE_SECOND, kind, name, province["Code"], doubt, also))
    write(
        out, "communes.tsv",
        "Communes from 2025-07-01: code, first day, type (x xã, p phường, d đặc khu), name, province,\n"
        "a mark on doubtful rows and what it is about:\n"
        "k  another collection lists the unit under this other code\n"
        "n  the name was written so in 2025; whether it was corrected or changed is not known" + new_source,
        ("code", "from", "type", "name", "province", "doubt", "also"), sorted(rows),
    )


if __name__ == "__main__":
    if len(sys.argv) != 6:
        raise SystemExit(__doc__)
    main(*sys.argv[1:])
