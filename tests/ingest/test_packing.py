"""Files in gzip and zip: read as a stream, and harmless whatever is in them."""

from __future__ import annotations

import gzip
import io
import random
import stat
import struct
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path

import pytest

from customer360 import ingest
from customer360.ingest import packing
from customer360.ingest.source import Source
from customer360.ingest.unloadable import UnloadableFile

from .shop import Shop

HEADER = b"id,name,city\n"
ANN = HEADER + b"1,Ann,Rome\n"
BO = HEADER + b"2,Bo,Oslo\n"


def archive(
    *members: tuple[str | zipfile.ZipInfo, bytes],
    compression: int = zipfile.ZIP_DEFLATED,
) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", compression) as target:
        for name, content in members:
            target.writestr(name, content)
    return file.getvalue()


def link(name: str, target: str) -> tuple[zipfile.ZipInfo, bytes]:
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info, target.encode()


def names(shop: Shop) -> list[str]:
    return [file.source_file for file in ingest.discover(shop.settings)]


def load_all(shop: Shop) -> dict[str, ingest.LoadResult]:
    return {name: shop.load(name) for name in names(shop)}


@pytest.mark.parametrize(
    "compression",
    [
        zipfile.ZIP_STORED,
        zipfile.ZIP_DEFLATED,
        zipfile.ZIP_BZIP2,
        zipfile.ZIP_LZMA,
    ],
)
def test_every_member_is_a_file_of_its_own(shop: Shop, compression: int) -> None:
    content = archive(
        ("people_1.csv", ANN),
        ("old/People_2.CSV", BO + b"ragged\n"),
        ("Orders.csv", b"OrderNo,Line No,Amount\nA,1,5\n"),
        ("old/", b""),
        ("readme.txt", b"not for us"),
        ("people_packed.csv.gz", gzip.compress(HEADER + b"3,Cy,Bonn\n")),
        compression=compression,
    )
    shop.write("export.zip", content)
    results = load_all(shop)
    assert {name: result.rows_loaded for name, result in results.items()} == {
        "export.zip/people_1.csv": 1,
        "export.zip/old/People_2.CSV": 1,
        "export.zip/Orders.csv": 1,
        "export.zip/people_packed.csv.gz": 1,
    }
    assert [row[0] for row in shop.people()] == ["1", "2", "3"]
    assert shop.people("export.zip/old/%") == [("2", "Bo", "Oslo")]
    assert shop.quarantine("export.zip/old/%")[0][0] == 3
    assert ingest.unrecognised(shop.settings) == ["export.zip/readme.txt"]
    # as any file, each loads once, unpacked or not
    shop.write("people.csv", ANN)
    assert "as export.zip/people_1.csv in" in shop.load("people.csv").message


def test_a_spreadsheet_is_told_for_what_it_is(shop: Shop) -> None:
    shop.write("people.csv", archive(("xl/workbook.xml", b"<workbook/>")))
    assert shop.load("people.csv").message == "is a spreadsheet: save it as CSV."


def test_packed_files_answer_to_the_names_of_what_they_hold(shop: Shop) -> None:
    shop.write("people_a.csv.gz", gzip.compress(ANN))
    shop.write("PEOPLE_b.CSV.GZ", gzip.compress(BO))
    # one file in an archive goes where the archive's name says, if its own does not
    shop.write("people_c.csv.zip", archive(("data.txt", HEADER + b"3,Cy,Bonn\n")))
    shop.write("people_d.zip", archive(("export.csv", HEADER + b"4,Di,Bern\n")))
    shop.write("people_e.zip", archive(("a.csv", ANN), ("b.csv", BO)))
    shop.write("other.zip", archive(("a.csv", ANN)))
    assert names(shop) == [
        "PEOPLE_b.CSV.GZ",
        "people_a.csv.gz",
        "people_c.csv.zip/data.txt",
        "people_d.zip/export.csv",
    ]
    assert ingest.unrecognised(shop.settings) == [
        "other.zip/a.csv",
        "people_e.zip/a.csv",
        "people_e.zip/b.csv",
    ]
    assert {result.state for result in load_all(shop).values()} == {"loaded"}
    assert [row[0] for row in shop.people()] == ["1", "2", "3", "4"]


def test_a_members_folder_may_be_its_system(shop: Shop) -> None:
    shop.write("crm/people.zip", archive(("shop/people.csv", ANN)))
    shop.write("shop/nested.zip", archive(("2024/people.csv", BO)))
    assert names(shop) == [
        "crm/people.zip/shop/people.csv",
        "shop/nested.zip/2024/people.csv",
    ]


def test_what_a_mac_adds_to_an_archive_is_not_seen(shop: Shop) -> None:
    shop.write(
        "export.zip",
        archive(
            ("people.csv", ANN),
            ("__MACOSX/._people.csv", b"\0\5\26\7"),
            (".DS_Store", b""),
        ),
    )
    assert names(shop) == ["export.zip/people.csv"]
    assert ingest.unrecognised(shop.settings) == []


def test_names_and_links_in_an_archive_lead_nowhere(shop: Shop) -> None:
    outside = shop.landing.parent / "people.csv"
    shop.write(
        "export.zip",
        archive(
            ("../people.csv", ANN),
            ("..\\people_w.csv", BO),
            ("/people_root.csv", HEADER + b"3,Cy,Bonn\n"),
            link("people_link.csv", "/etc/passwd"),
            ('people"; drop table raw.shop_people; --.csv', HEADER + b"4,Di,x\n"),
        ),
    )
    before = sorted(shop.landing.parent.rglob("*"))
    results = load_all(shop)
    assert {name: result.state for name, result in results.items()} == {
        "export.zip/../people.csv": "loaded",
        "export.zip/..\\people_w.csv": "loaded",
        "export.zip//people_root.csv": "loaded",
        'export.zip/people"; drop table raw.shop_people; --.csv': "loaded",
    }
    assert ingest.unrecognised(shop.settings) == ["export.zip/people_link.csv (a link)"]
    assert not outside.exists()
    assert sorted(shop.landing.parent.rglob("*")) == before
    assert len(shop.people()) == 4


def encrypted() -> bytes:
    content = bytearray(archive(("people.csv", ANN)))
    for magic, offset in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        content[content.index(magic) + offset] |= 1
    return bytes(content)


def packed_in_an_unknown_way() -> bytes:
    content = bytearray(archive(("people.csv", ANN)))
    for magic, offset in ((b"PK\3\4", 8), (b"PK\1\2", 10)):
        content[content.index(magic) + offset] = 9  # Deflate64
    return bytes(content)


def twice() -> bytes:
    with pytest.warns(UserWarning, match="Duplicate name"):
        return archive(("people.csv", ANN), ("people.csv", BO))


LONG = archive(("people.csv", HEADER + random.Random(1).randbytes(9999).hex().encode()))

UNLOADABLE = {
    "an encrypted member": (encrypted, "is encrypted"),
    "an unknown compression": (packed_in_an_unknown_way, "not known here"),
    "two members of the same name": (twice, "more than once in its archive"),
    "an archive in an archive": (
        lambda: archive(("people.csv", archive(("people.csv", ANN)))),
        "an archive within an archive",
    ),
    "a damaged member": (
        lambda: LONG[:4000] + b"damage" + LONG[4006:],
        "damaged or incomplete zip archive",
    ),
}


@pytest.mark.parametrize("kind", UNLOADABLE)
def test_a_member_that_can_not_be_read_fails_and_no_other(
    shop: Shop, kind: str
) -> None:
    make, reason = UNLOADABLE[kind]
    shop.write("export.zip", make())
    shop.write("good.zip", archive(("people.csv", HEADER + b"7,Go,x\n")))
    [file, *_, other] = ingest.discover(shop.settings)
    [result] = ingest.load_files(shop.settings, [file], batch_id=1)
    assert result.state == "failed" and reason in result.message
    [result] = ingest.load_files(shop.settings, [other], batch_id=1)
    assert result.state == "loaded"
    assert shop.people() == [("7", "Go", "x")]


def test_an_archive_cut_short_fails_whatever_is_left_of_it(shop: Shop) -> None:
    for length in (len(LONG) - 10, len(LONG) // 2, 40, 5):
        shop.write("people.csv.zip", LONG[:length])
        result = shop.load("people.csv.zip")
        assert result.state == "failed", length
        assert "zip archive" in result.message or length == 5
    shop.write("people.csv.zip", archive())
    assert "no file in it" in shop.load("people.csv.zip").message
    shop.write("people.csv", LONG)
    assert "name that ends in .zip" in shop.load("people.csv").message
    # one that nobody can tell the table of
    shop.write("unknown.zip", LONG[:300])
    [told] = ingest.unrecognised(shop.settings)
    assert told == "unknown.zip (an archive without a file that can be read)"


def bomb(megabytes: int) -> bytes:
    """Zeros, packed as tight as can be, without ever being in memory."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return b"".join(
        [
            packer.compress(HEADER + b"1,"),
            *(packer.compress(bytes(1 << 20)) for _ in range(megabytes)),
            packer.flush(),
        ]
    )


def test_a_bomb_is_not_unpacked_to_its_end(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    shop.write("people_gz.csv.gz", bomb(150))
    shop.write("people_zip.zip", archive(("people.csv", HEADER + bytes(150 << 20))))
    for name in names(shop):
        result = shop.load(name)
        assert result.state == "failed"
        assert f"more than {packing.MAX_RATIO} times its size" in result.message
        assert shop.people() == [] and shop.quarantine() == []
    # what is merely well packed is loaded: below the ratio, or small
    shop.write("people_small.csv.gz", bomb(60))
    assert shop.load("people_small.csv.gz").rows_quarantined == 1
    monkeypatch.setattr(packing, "MAX_UNPACKED_BYTES", 50 << 20)
    shop.write("people_large.csv.gz", bomb(61))
    assert "GiB: unpack it yourself" in shop.load("people_large.csv.gz").message


def test_a_bomb_needs_little_memory(tmp_path: Path) -> None:
    (tmp_path / "bomb.gz").write_bytes(bomb(250))
    script = (
        "import resource, sys; from pathlib import Path\n"
        "from customer360.ingest.source import Source\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "try:\n"
        "    with Source(Path(sys.argv[1]), None) as source: source.digest()\n"
        "except Exception as error: print(type(error).__name__)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)"
    )
    said = subprocess.run(
        [sys.executable, "-c", script, tmp_path / "bomb.gz"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split()
    assert said[0] == "UnloadableFile" and int(said[1]) < 100_000  # KiB


def test_members_that_share_their_bytes_are_a_bomb(tmp_path: Path) -> None:
    content = archive(
        *((f"people_{k}.csv", random.Random(k).randbytes(999)) for k in range(9))
    )
    # every member at the place of the first
    at, spoilt = content.index(b"PK\1\2"), bytearray(content)
    while spoilt[at : at + 4] == b"PK\1\2":
        spoilt[at + 42 : at + 46] = struct.pack("<I", 0)
        spoilt[at + 20 : at + 24] = struct.pack("<I", 9999)
        lengths = struct.unpack("<HHH", spoilt[at + 28 : at + 34])
        at += 46 + sum(lengths)
    with pytest.raises(UnloadableFile, match="share their bytes"):
        packing.members(io.BytesIO(bytes(spoilt)))
    assert len(packing.members(io.BytesIO(content))) == 9


def test_an_archive_of_too_many_members_is_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    content = archive(("a", b""), ("b", b""), ("c", b""))
    assert packing.members(io.BytesIO(content)) == ["a", "b", "c"]
    monkeypatch.setattr(packing, "MAX_MEMBERS", 2)
    with pytest.raises(UnloadableFile, match="more than 2 members"):
        packing.members(io.BytesIO(content))


@pytest.mark.parametrize("seed", range(150))
def test_any_damage_is_told_in_one_line(tmp_path: Path, seed: int) -> None:
    rng = random.Random(seed)
    compression = rng.choice([0, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, 14])
    content = bytearray(
        archive(
            *((f"{k}.csv", HEADER + rng.randbytes(300).hex().encode()) for k in "ab"),
            compression=compression,
        )
        if seed % 3
        else gzip.compress(rng.randbytes(300).hex().encode())
    )
    for _ in range(rng.randint(1, 4)):
        content[rng.randrange(len(content))] = rng.randrange(256)
    if rng.random() < 0.3:
        del content[rng.randrange(len(content)) :]
    path = tmp_path / "file"
    path.write_bytes(content)
    try:
        with path.open("rb") as file:
            members = packing.members(file)
    except UnloadableFile:
        members = [None]
    for member in members:
        try:
            with Source(path, None, member=member) as source:
                for _ in source.blocks():
                    pass
        except UnloadableFile as error:
            assert "\n" not in str(error)


def test_gzip_is_unpacked_and_damage_noticed(shop: Shop) -> None:
    packed = gzip.compress(HEADER + b"1,Ann,Rome\n" * 10_000)
    shop.write("people_cut.csv.gz", packed[:-20])
    shop.write("people_bad.csv.gz", packed[:30] + b"\xff\xff" + packed[32:])
    for name in ("people_cut.csv.gz", "people_bad.csv.gz"):
        result = shop.load(name)
        assert result.state == "failed" and "gzip" in result.message
        assert "fetch it again" in result.message
    assert shop.people() == [] and shop.quarantine() == []
    shop.write("people.csv.gz", packed)
    assert shop.load("people.csv.gz").rows_loaded == 10_000
    # whatever it is called, and also in two parts
    shop.write("people.csv", gzip.compress(ANN) + gzip.compress(b"2,Bo,Oslo\n"))
    assert shop.load("people.csv").rows_loaded == 2
