"""What makes a cluster this one: kept, and made anew where a file is damaged and nothing is lost by that."""

import datetime as dt
import json
import stat

import pytest

from kubetutor.embedded import identity
from kubetutor.errors import StateError

NOW = dt.datetime(2026, 5, 4, 12, tzinfo=dt.UTC)
DAMAGE = {"empty": b"", "garbage": b"garbage", "binary": bytes(range(128, 256)) * 2}


def settle(folder, now=NOW):
    known, listener = identity.settle(folder, now)
    listener.close()
    return known


@pytest.fixture
def known(tmp_path):
    return settle(tmp_path)


def test_a_cluster_stays_who_it_is(tmp_path, known):
    assert settle(tmp_path) == known


@pytest.mark.usefixtures("known")
def test_every_file_is_its_owners_only(tmp_path):
    modes = {stat.S_IMODE(path.stat().st_mode) & 0o077 for path in tmp_path.rglob("*")}
    assert modes == {0}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_token_is_replaced_by_a_real_one(tmp_path, known, damage):
    (tmp_path / "token").write_bytes(DAMAGE[damage])
    again = settle(tmp_path)
    assert identity.TOKEN.fullmatch(again.token)
    assert again.token != known.token


@pytest.mark.usefixtures("known")
@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_id_is_replaced(tmp_path, damage):
    (tmp_path / "id").write_bytes(DAMAGE[damage])
    assert identity.known_id(tmp_path) == ""
    assert identity.ID.fullmatch(settle(tmp_path).cluster_id)


@pytest.mark.parametrize("name", ["ca.crt", "server.crt", "server.key"])
@pytest.mark.parametrize("damage", DAMAGE)
def test_damaged_certificates_are_replaced_all_together(tmp_path, known, name, damage):
    (tmp_path / "pki" / name).write_bytes(DAMAGE[damage])
    again = settle(tmp_path)
    assert again.ca != known.ca
    assert settle(tmp_path).ca == again.ca


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_network_file_is_mended_from_the_kubeconfig(tmp_path, known, damage):
    (tmp_path / "kubeconfig").write_text(f"server: {known.server}\n")
    (tmp_path / "network.json").write_bytes(DAMAGE[damage])
    assert settle(tmp_path).network == known.network
    assert json.loads((tmp_path / "network.json").read_text()) == {"octet": known.network.octet}


@pytest.mark.usefixtures("known")
def test_a_network_that_nobody_knows_any_more_is_told(tmp_path):
    (tmp_path / "network.json").write_text('{"octet": 300}')
    with pytest.raises(StateError, match=r"network\.json is damaged.*`kubetutor down`"):
        settle(tmp_path)


@pytest.mark.parametrize("days", [-400, -1, 1, 4000])
def test_certificates_hold_when_the_clock_jumps(known, days):
    from cryptography import x509

    for pem in (known.ca, known.certificate.read_bytes()):
        certificate = x509.load_pem_x509_certificate(pem)
        then = NOW + dt.timedelta(days=days)
        assert certificate.not_valid_before_utc < then < certificate.not_valid_after_utc
