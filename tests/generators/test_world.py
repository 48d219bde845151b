"""The world behind the files: its telephones, mailboxes, households, purchases."""

from __future__ import annotations

from datetime import date

import numpy as np
import phonenumbers
import pytest
from scipy.optimize import minimize
from scipy.special import betaln, gammaln, hyp2f1

from data_generators.countries import COUNTRIES, PLANS
from data_generators.draws import Streams
from data_generators.mess import typing_error
from data_generators.population import (
    NONE,
    PhoneBook,
    Population,
    PopulationRates,
    make_population,
    phone_parts,
)
from data_generators.purchases import (
    STAYED,
    Buyers,
    PurchaseProcess,
    Purchases,
    make_purchases,
)
from data_generators.season import FUTURE_DAYS, HISTORY_DAYS, Season
from data_generators.writing import PHONE_STYLES, write_phones

PERSONS = 60_000
SEASON = Season(date(2026, 6, 30))
PROCESS = PurchaseProcess()


@pytest.fixture(scope="module")
def people() -> Population:
    return make_population(PERSONS, Streams(5), SEASON, PopulationRates())


@pytest.fixture(scope="module")
def bought(people: Population) -> tuple[Purchases, Buyers]:
    everybody = np.ones(PERSONS, dtype=bool)
    return make_purchases(people, Streams(5), SEASON, PROCESS, everybody)


@pytest.fixture(scope="module")
def purchases(bought: tuple[Purchases, Buyers]) -> Purchases:
    """Those up to the last day of the history."""
    all_ = bought[0]
    rows = all_.seconds < SEASON.end
    return Purchases(all_.person[rows], all_.seconds[rows], all_.cents[rows])


@pytest.mark.parametrize("style", range(len(PHONE_STYLES)))
def test_every_number_is_valid_in_every_style(people: Population, style: int) -> None:
    for numbers in (people.mobile, people.landline):
        numbers = numbers[numbers != NONE][:400]
        plans, significant = phone_parts(numbers)
        texts = write_phones(plans, significant, np.full(len(plans), style))
        for plan, number, text in zip(plans, significant, texts, strict=True):
            code = COUNTRIES[plan // 2].code
            parsed = phonenumbers.parse(text, code)
            assert phonenumbers.is_valid_number_for_region(parsed, code), text
            assert phonenumbers.format_number(
                parsed, phonenumbers.PhoneNumberFormat.E164
            ) == (f"+{PLANS[plan].calling_code}{number:0{PLANS[plan].digits}d}")


def test_numbers_belong_to_one_person_or_household(people: Population) -> None:
    own = np.concatenate([people.mobile, people.second_mobile])
    own = own[own != NONE]
    shared = len(own) - len(np.unique(own))
    # recycled numbers are the only ones that two persons have
    assert shared == pytest.approx(
        PERSONS * PopulationRates().recycled_number, rel=0.25
    )
    lines = people.landline[people.landline != NONE]
    assert not np.isin(lines, own).any()
    households = people.household[people.landline != NONE]
    pairs = np.unique(np.stack([lines, households]), axis=1)
    assert len(np.unique(lines)) == pairs.shape[1] == len(np.unique(households))


def test_mailboxes_belong_to_one_person(people: Population) -> None:
    everything = _addresses(people)
    # as strict as any provider: dots and underscores mean nothing
    bare = [
        address.partition("@")[0].replace(".", "").replace("_", "")
        + address[address.index("@") :]
        for address in everything
    ]
    couples = PERSONS * 0.28 * PopulationRates().couple_shares_mailbox
    assert 0 < len(bare) - len(set(bare)) < 4 * couples
    assert all(address.isascii() and " " not in address for address in everything)


def _addresses(people: Population) -> list[str]:
    return [*people.email, *people.second_email[people.second_email != ""]]


def test_people_beside_others_have_what_nobody_has() -> None:
    book = PhoneBook(Streams(5)("phone.offsets"))
    some = make_population(3000, Streams(5), SEASON, PopulationRates(), book)
    others = make_population(
        3000,
        Streams(5).under("others"),
        SEASON,
        PopulationRates(),
        book,
        np.array(_addresses(some), dtype=object),
    )
    both = some + others
    assert len(both) == 6000
    assert set(_addresses(some)).isdisjoint(_addresses(others))
    for kind in ("mobile", "second_mobile", "landline", "switchboard"):
        numbers = set(getattr(some, kind)) - {NONE}
        assert numbers and numbers.isdisjoint(getattr(others, kind))
    for group in ("household", "company"):
        mine, theirs = getattr(both, group)[:3000], getattr(both, group)[3000:]
        assert (set(mine) - {NONE}).isdisjoint(theirs)
        assert len(set(theirs)) == len(set(getattr(others, group)))


def test_households_share_what_households_share(people: Population) -> None:
    first = np.searchsorted(people.household, people.household)
    assert (people.address.street == people.address.street[first]).all()
    assert (people.country == people.country[first]).all()
    assert 0.85 < (people.surname == people.surname[first]).mean() < 0.97
    sons = np.flatnonzero(people.suffix == 2)
    fathers = people.suffix == 1
    assert len(sons) > 50
    for son in sons.tolist():
        home = people.household == people.household[son]
        father = home & fathers & (people.given == people.given[son])
        assert father.sum() == 1
        assert (people.surname[father] == people.surname[son]).all()


def test_purchases_follow_the_model(people: Population, purchases: Purchases) -> None:
    counts = np.bincount(purchases.person, minlength=PERSONS)
    # who joined more than a year ago has had time for a first purchase
    early = people.joined < SEASON.weeks - 52
    assert (counts[early] == 0).mean() == pytest.approx(PROCESS.never_buys, abs=0.01)

    # E[repeat purchases in t] of the BG/NBD model, for those who bought at once
    r, alpha, a, b = PROCESS.r, PROCESS.alpha, PROCESS.a, PROCESS.b
    order = _by_person(purchases)
    first = np.searchsorted(purchases.person[order], np.arange(PERSONS))
    bought = counts > 0
    joined = SEASON.seconds(people.joined)
    at_once = np.zeros(PERSONS, dtype=bool)
    at_once[bought] = purchases.seconds[order][first[bought]] == joined[bought]
    t = SEASON.weeks - people.joined[at_once]
    expected = (
        (a + b - 1)
        / (a - 1)
        * (1 - (alpha / (alpha + t)) ** r * hyp2f1(r, b, a + b - 1, t / (alpha + t)))
    )
    repeats = counts[at_once] - 1
    assert repeats.mean() == pytest.approx(expected.mean(), rel=0.03)
    assert counts.mean() == pytest.approx(4, abs=0.4)


def test_the_parameters_can_be_found_again(
    people: Population, bought: tuple[Purchases, Buyers]
) -> None:
    purchases, buyers = bought
    weeks = np.linspace(0, SEASON.horizon, 400_001)[:-1]
    when = np.interp(purchases.seconds, SEASON.seconds(weeks), weeks)
    count = np.bincount(purchases.person, minlength=PERSONS)
    person = np.flatnonzero(count)
    first, last = np.full(PERSONS, np.inf), np.zeros(PERSONS)
    np.minimum.at(first, purchases.person, when)
    np.maximum.at(last, purchases.person, when)
    x, tx = count[person] - 1, (last - first)[person]
    total = SEASON.horizon - first[person]

    def loss(logs: np.ndarray) -> float:
        return -bg_nbd_likelihood(np.exp(logs), x, tx, total) / len(x)

    found = np.exp(minimize(loss, np.zeros(4), method="Nelder-Mead").x)
    wanted = (PROCESS.r, PROCESS.alpha, PROCESS.a, PROCESS.b)
    assert found == pytest.approx(wanted, rel=0.12)
    # and nobody buys after having left
    assert (purchases.seconds <= buyers.left[purchases.person]).all()
    assert (buyers.left[person] < STAYED).mean() > 0.2


def bg_nbd_likelihood(
    parameters: np.ndarray, x: np.ndarray, tx: np.ndarray, total: np.ndarray
) -> float:
    """Log-likelihood of the BG/NBD model (Fader, Hardie, Lee 2005, equation 6)."""
    r, alpha, a, b = parameters
    common = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
    stayed = betaln(a, b + x) - betaln(a, b) - (r + x) * np.log(alpha + total)
    with np.errstate(divide="ignore"):
        left = (
            betaln(a + 1, np.maximum(b + x - 1, 1e-9))
            - betaln(a, b)
            - (r + x) * np.log(alpha + tx)
        )
    left = np.where(x > 0, left, -np.inf)
    return float((common + np.logaddexp(stayed, left)).sum())


def _by_person(purchases: Purchases) -> np.ndarray:
    return np.lexsort((purchases.seconds, purchases.person))


def test_spending_follows_the_model(purchases: Purchases) -> None:
    amounts = purchases.cents / 100
    mean = PROCESS.p * PROCESS.gamma / (PROCESS.q - 1)
    assert amounts.mean() == pytest.approx(mean, rel=0.05)
    # within a person the coefficient of variation is 1 / sqrt(p)
    order = _by_person(purchases)
    person, amount = purchases.person[order], amounts[order]
    next_one = np.flatnonzero(person[1:] == person[:-1])
    ratio = np.log(amount[next_one] / amount[next_one + 1])
    assert np.std(ratio) == pytest.approx(np.sqrt(2 * 0.2491), rel=0.05)


def test_seasons_show(purchases: Purchases) -> None:
    days = purchases.seconds // 86_400
    month = days.astype("datetime64[D]").astype("datetime64[M]").astype(int) % 12
    weekday = (days + 3) % 7
    by_month = np.bincount(month, minlength=12)
    assert by_month.argmax() == 11
    by_day = np.bincount(weekday, minlength=7)
    assert by_day.argmax() == 5 and by_day[5] > 1.3 * by_day[1]


def test_operational_time_covers_the_history_in_order() -> None:
    for weeks, days in (
        (SEASON.weeks, HISTORY_DAYS),
        (SEASON.horizon, HISTORY_DAYS + FUTURE_DAYS),
    ):
        seconds = SEASON.seconds(np.linspace(0, weeks, 500_001)[:-1])
        assert (np.diff(seconds) >= 0).all()
        assert len(np.unique(seconds // 86_400)) == days
        assert seconds[0] // 86_400 == SEASON.start // 86_400
        assert seconds[-1] // 86_400 - seconds[0] // 86_400 == days - 1
    assert np.datetime64(SEASON.end, "s") == np.datetime64("2026-07-01")


def test_draws_have_the_right_moments() -> None:
    draw = Streams(1)
    for shape in (0.5, 1.0, 4.5):
        sample = draw(f"gamma{shape}").gamma(400_000, shape)
        assert sample.mean() == pytest.approx(shape, rel=0.01)
        assert sample.var() == pytest.approx(shape, rel=0.02)
    beta = draw("beta").beta(400_000, 0.6, 2.2)
    assert beta.mean() == pytest.approx(0.6 / 2.8, rel=0.01)
    picked = np.bincount(draw("choice").choice(100_000, [1, 0, 3]), minlength=3)
    assert picked[1] == 0 and picked[2] == pytest.approx(75_000, rel=0.01)


def test_typing_errors_change_little() -> None:
    for name in ("Ana", "Robert", "van der Berg"):
        wrong = [typing_error(name, draw / 100) for draw in range(100)]
        assert {len(text) - len(name) for text in wrong} == {-1, 0, 1}
        assert sum(text != name for text in wrong) > 90
        assert all(len(set(text) - set(name)) <= 1 for text in wrong)
